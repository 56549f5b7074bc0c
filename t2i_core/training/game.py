"""The TAC-GAN game: batches, both players' losses, and the sheet a run is judged by."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from t2i_core.generate.sampler import to_images, to_tensor
from t2i_core.images import contact_sheet
from t2i_core.models.layers import channels_last
from t2i_core.models.tacgan import Critic, Opinion
from t2i_core.training.adversarial import (
    SMOOTHED,
    Scores,
    check_loss,
    diversity,
    generator_loss,
    gradient_penalty,
    matching_loss,
    others,
)
from t2i_core.training.diffaugment import augment
from t2i_core.training.opponent import Opponent

WATCHED = 16  # pictures from fixed seeds whose diversity is told
SHEET_COLUMNS = 16


@dataclass(frozen=True)
class GameConfig:
    """How the game is played.

    loss: "bce" or "lsgan"; smooth: whether real pictures need to look 0.9 real only
    classes: weight of the auxiliary classifier, in both players' losses
    augment: what both sides of the game see changed (see `diffaugment`); mirror: half of the pictures mirrored
    r1: weight of the gradient penalty, which every `r1_every`th step pays for all of them
    pace: the discriminator's learning rate as a multiple of the generator's
    watch_every: steps from one look at the diversity of the pictures of fixed seeds to the next
    """

    loss: str = "bce"
    smooth: bool = False
    classes: float = 0.3
    augment: tuple[str, ...] = ("light", "move", "cut")
    mirror: bool = False
    r1: float = 0.0
    r1_every: int = 8
    pace: float = 1.0
    watch_every: int = 20

    def __post_init__(self) -> None:
        check_loss(self.loss)


@dataclass(frozen=True)
class Shown:
    """What the game is played about: pictures uint8 [N, 3, S, S], texts [N, W, D] of W wordings, labels [N, K] whose
    first column is the class, 0 = not known."""

    images: NDArray[np.uint8]
    texts: NDArray[np.float32]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.images)


class Game:
    """A generator and a discriminator that read texts. The discriminator steps inside the generator's loss."""

    def __init__(
        self,
        generator: nn.Module,
        opponent: Opponent,
        shown: Shown,
        config: GameConfig,
        *,
        batch: int,
        seed: int,
        prompts: Tensor,
    ) -> None:
        """prompts: texts [P, D] of the run's sheet"""
        assert isinstance(opponent.model, Critic)
        self.model: nn.Module = channels_last(generator)
        self.opponent, self.critic = opponent, opponent.model
        self.shown, self.config, self.batch, self.seed, self.prompts = shown, config, batch, seed, prompts
        self._spread: Tensor | None = None

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        device = next(model.parameters()).device
        random = torch.Generator().manual_seed(hash((self.seed, step, rank)) % 2**63)
        rows = np.random.default_rng((self.seed, step)).integers(0, len(self.shown), self.batch)[rank::world]
        real, text, labels = self._examples(rows, random)
        wrong = text[others(labels)].to(device)
        real, text, classes = real.to(device), text.to(device), labels[:, 0].to(device)
        made = model(self.latents(len(rows), random).to(device), text).float()
        real, made = (augment(side, self.config.augment, random) for side in (real, made))
        sees = self.critic.learns_to_see  # if not, generated pictures are looked at once, for both players
        seen = self.critic.see(made.detach() if sees else made)
        terms = self._step(real, seen if sees else detached(seen), text, wrong, classes, step)
        with self.opponent.frozen():
            opinion = self.critic.judge(self.critic.see(made) if sees else seen, text)
            fooled = generator_loss(self.config.loss, opinion.scores)
            named = named_loss(opinion, classes)
        total = fooled + self.config.classes * named
        return {"loss": total, "generator": fooled, "diversity": self._diversity(model, step, device), **terms}

    @torch.no_grad()
    def sheet(self, model: nn.Module) -> Image.Image:
        """The prompts in a grid, one seed a place."""
        return contact_sheet(draw(model, self.prompts, range(len(self.prompts))), SHEET_COLUMNS)

    def latents(self, count: int, random: torch.Generator) -> Tensor:
        """Fresh noise for a batch."""
        return torch.randn(count, latent_of(self.model), generator=random)

    def seeded(self, seeds: Sequence[int]) -> Tensor:
        """The noise of these seeds."""
        return seeded_latents(seeds, latent_of(self.model))

    def _examples(self, rows: NDArray[np.int64], random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures, one of their texts each, and their labels."""
        wording = torch.randint(0, self.shown.texts.shape[1], (len(rows),), generator=random).numpy()
        real = to_tensor(self.shown.images[rows])
        if self.config.mirror:
            turned = torch.rand(len(rows), generator=random) < 0.5
            real = torch.where(turned[:, None, None, None], real.flip(3), real)
        text = torch.from_numpy(self.shown.texts[rows, wording])
        return real, text, torch.from_numpy(self.shown.labels[rows])

    def _step(
        self, real: Tensor, made: Sequence[Tensor], text: Tensor, wrong: Tensor, classes: Tensor, step: int
    ) -> dict[str, Tensor]:
        """The discriminator's step. made: what it sees in generated pictures"""
        penalised = self.config.r1 > 0 and step % self.config.r1_every == 0
        sees = self.critic.learns_to_see
        seen = self.critic.see(real.requires_grad_(penalised and sees))
        if penalised and not sees:
            seen = tuple(part.requires_grad_() for part in detached(seen))
        right = self.critic.judge(seen, text)
        scores = Scores(right.scores, self.critic.judge(seen, wrong).scores, self.critic.judge(made, text).scores)
        played = matching_loss(self.config.loss, scores, SMOOTHED if self.config.smooth else 1.0)
        named = named_loss(right, classes)
        total = played + self.config.classes * named
        if penalised:
            penalty = gradient_penalty(right.scores, [real] if sees else seen)
            total = total + self.config.r1 / 2 * self.config.r1_every * penalty
        self.opponent.step(total)
        means = {f"score_{name}": part.detach().mean() for name, part in scores._asdict().items()}
        return {"discriminator": played.detach(), "classes": named.detach(), **means}

    def _diversity(self, model: nn.Module, step: int, device: torch.device) -> Tensor:
        """Of the first prompts' pictures, looked at now and then."""
        if self._spread is None or step % self.config.watch_every == 0:
            with torch.no_grad():
                texts = self.prompts[torch.arange(WATCHED) % len(self.prompts)].to(device)
                self._spread = diversity(model(self.seeded(range(WATCHED)).to(device), texts))
        return self._spread


def named_loss(opinion: Opinion, classes: Tensor) -> Tensor:
    """What the auxiliary classifier loses; pictures whose class is not known (0) do not count."""
    known = classes > 0
    if not known.any():
        return opinion.classes.sum() * 0
    return F.cross_entropy(opinion.classes[known], classes[known] - 1)


def seeded_latents(seeds: Sequence[int], size: int) -> Tensor:
    """A latent a seed, [N, size]: it depends on the seed alone, never on the batch."""
    return torch.stack([torch.randn(size, generator=torch.Generator().manual_seed(seed)) for seed in seeds])


@torch.no_grad()
def draw(model: nn.Module, texts: Tensor, seeds: Sequence[int], batch: int = 64) -> list[Image.Image]:
    """A picture for every text [N, D] and its seed."""
    device = next(model.parameters()).device
    latents = seeded_latents(seeds, latent_of(model))
    pictures: list[Image.Image] = []
    for start in range(0, len(texts), batch):
        part = slice(start, start + batch)
        pictures += to_images(model(latents[part].to(device), texts[part].to(device)).float())
    return pictures


def latent_of(model: nn.Module) -> int:
    """Length of a generator's latent."""
    return int(model.config.latent)  # type: ignore[union-attr,arg-type]


def detached(parts: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The same without the way back."""
    return tuple(part.detach() for part in parts)
