"""Trains a DCGAN, with the switches that were tried on shoes, and InfoGAN's codes: from parquet files to a run."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from t2i_core.data.domain import Domain, find_files
from t2i_core.data.domains import find_domain
from t2i_core.data.training_set import load_examples
from t2i_core.generate.sampler import to_images, to_tensor
from t2i_core.images import atomic_write, contact_sheet
from t2i_core.models.dcgan import (
    DcganConfig,
    DcganDiscriminator,
    DcganGenerator,
    code_loss,
    draw_codes,
    draw_noise,
)
from t2i_core.models.layers import channels_last
from t2i_core.training.adversarial import SMOOTHED, check_loss, discriminator_loss, diversity, generator_loss
from t2i_core.training.diffaugment import augment
from t2i_core.training.loop import LoopConfig, train
from t2i_core.training.opponent import Opponent
from t2i_core.training.recipe import complete, fill_section, read_kind

KIND = "dcgan"
AHEAD = 0.7  # a discriminator that loses less than so much of what the generator loses waits for it
SHEET, SHEET_COLUMNS, WATCHED = 96, 16, 16


@dataclass(frozen=True)
class DcganGameConfig:
    """The switches.

    loss: "minimax" lowers log(1 - D), "bce" raises log D, "lsgan" squares
    smooth: real pictures need to look 0.9 real only
    waits: the discriminator does not step while it loses less than 0.7 times what the generator loses
    decay: its weight decay
    augment: see `diffaugment`; info: weight of the codes' loss
    pace: the discriminator's learning rate as a multiple of the generator's
    """

    loss: str = "bce"
    smooth: bool = False
    waits: bool = False
    decay: float = 0.0
    augment: tuple[str, ...] = ()
    info: float = 1.0
    pace: float = 1.0
    watch_every: int = 20

    def __post_init__(self) -> None:
        check_loss(self.loss)


@dataclass(frozen=True)
class DcganRecipe:
    """What `t2i train shoes-dcgan` reads. pictures: how many to learn from; 0 takes all."""

    name: str
    domain: Domain
    network: DcganConfig
    game: DcganGameConfig
    loop: LoopConfig
    pictures: int = 0


class DcganGame:
    """A generator of pictures from noise alone, and a discriminator that may have to wait for it."""

    def __init__(
        self,
        generator: DcganGenerator,
        opponent: Opponent,
        images: NDArray[np.uint8],
        config: DcganGameConfig,
        *,
        batch: int,
        seed: int,
    ) -> None:
        self.model: nn.Module = channels_last(generator)
        self.network, self.opponent = generator.config, opponent
        self.images, self.config, self.batch, self.seed = images, config, batch, seed
        self._spread: Tensor | None = None

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        device = next(model.parameters()).device
        random = torch.Generator().manual_seed(hash((self.seed, step, rank)) % 2**63)
        rows = np.random.default_rng((self.seed, step)).integers(0, len(self.images), self.batch)[rank::world]
        real = to_tensor(self.images[rows]).to(device)
        noise, codes = (draw(self.network, len(rows), random).to(device) for draw in (draw_noise, draw_codes))
        made = model(noise, codes).float()
        real, made = (augment(side, self.config.augment, random) for side in (real, made))
        terms = self._step(real, made.detach(), codes)
        with self.opponent.frozen():
            judged = self.opponent.model(made)
            fooled = generator_loss(self.config.loss, judged.scores)
            unread = code_loss(codes, judged)
        total = fooled + self.config.info * unread
        return {"loss": total, "generator": fooled, "diversity": self._diversity(model, step, device), **terms}

    @torch.no_grad()
    def sheet(self, model: nn.Module) -> Image.Image:
        """Pictures from fixed noise; with codes, a row a category or a walk along each continuous one."""
        device = next(model.parameters()).device
        noise, codes = sheet_latents(self.network)
        return contact_sheet(to_images(drawn(model, noise.to(device), codes.to(device))), SHEET_COLUMNS)

    def _step(self, real: Tensor, made: Tensor, codes: Tensor) -> dict[str, Tensor]:
        """The discriminator's step, unless it waits."""
        of_real, of_made = self.opponent.model(real), self.opponent.model(made)
        target = SMOOTHED if self.config.smooth else 1.0
        kind = "lsgan" if self.config.loss == "lsgan" else "bce"
        played = discriminator_loss(self.config.loss, of_real.scores, of_made.scores, target)
        unread = code_loss(codes, of_made)
        theirs = generator_loss(kind, of_made.scores.detach())
        waits = self.config.waits and ahead(float(played.detach()), float(theirs))
        if not waits:
            self.opponent.step(played + self.config.info * unread)
        told = {"discriminator": played.detach(), "waits": played.new_tensor(float(waits))}
        return told | ({"codes": unread.detach()} if self.network.codes else {})

    def _diversity(self, model: nn.Module, step: int, device: torch.device) -> Tensor:
        if self._spread is None or step % self.config.watch_every == 0:
            noise, codes = sheet_latents(self.network)
            with torch.no_grad():
                was = model.training
                pictures = model.eval()(noise[:WATCHED].to(device), codes[:WATCHED].to(device))
                model.train(was)
            self._spread = diversity(pictures)
        return self._spread


def ahead(discriminator: float, generator: float) -> bool:
    """Whether a discriminator that loses so much is too good for its generator."""
    return discriminator < AHEAD * generator


def sheet_latents(config: DcganConfig) -> tuple[Tensor, Tensor]:
    """Noise and codes of a sheet: SHEET pictures, all different; each row of one category where there are any, and
    the first continuous code walking from -1 to 1 along a row."""
    random = torch.Generator().manual_seed(0)
    noise, codes = draw_noise(config, SHEET, random), draw_codes(config, SHEET, random)
    place = torch.arange(SHEET)
    row, column = place // SHEET_COLUMNS, place % SHEET_COLUMNS
    if config.categories:
        codes[:, : config.categories] = torch.eye(config.categories)[row % config.categories]
    if config.continuous:
        codes[:, config.categories] = 2 * column / (SHEET_COLUMNS - 1) - 1
        noise = noise[row * SHEET_COLUMNS]  # a row keeps its noise, so that only the code changes
    return noise, codes


@torch.no_grad()
def drawn(model: nn.Module, noise: Tensor, codes: Tensor, batch: int = 64) -> Tensor:
    """Pictures [N, 3, S, S], by what the norms have measured: a picture does not depend on its batch."""
    was = model.training
    model.eval()
    parts = [model(noise[start : start + batch], codes[start : start + batch]) for start in range(0, len(noise), batch)]
    model.train(was)
    return torch.cat(parts).float()


def read_dcgan_recipe(source: str | Path, overrides: Sequence[str] = ()) -> DcganRecipe:
    """A recipe from a file, or by the name of a shipped one, with `section.key=value` overrides.

    Raises InputError for a recipe that is no DCGAN's, or holds a key nobody knows.
    """
    content = read_kind(source, overrides, KIND, "a DCGAN", DcganRecipe)
    with complete():
        return DcganRecipe(
            name=str(content["name"]),
            domain=find_domain(str(content.get("domain", "shoes"))),
            network=fill_section(DcganConfig, "network", content),
            game=fill_section(DcganGameConfig, "game", content),
            loop=fill_section(LoopConfig, "loop", content),
            pictures=int(content.get("pictures", 0)),
        )


def train_dcgan(
    recipe: DcganRecipe, data: Sequence[Path], run: Path, *, cache: Path, resume: bool = False
) -> nn.Module:
    """Trains in the folder `run`; returns the averaged generator."""
    files = find_files(recipe.domain.files, data)
    examples = load_examples(recipe.domain, files, held_out=False, size=recipe.network.image_size, cache=cache)
    images = np.asarray(examples.images[: recipe.pictures or None])
    run.mkdir(parents=True, exist_ok=True)
    told = {"model": KIND, "name": recipe.name, "domain": recipe.domain.name, "network": asdict(recipe.network)}
    told |= {"recipe": {"game": asdict(recipe.game), "loop": asdict(recipe.loop)}}
    atomic_write(run / "run.json", json.dumps(told, indent=1).encode())
    game = new_game(recipe, images)
    return train(game, recipe.loop, run, resume=resume, opponent=game.opponent)


def new_game(recipe: DcganRecipe, images: NDArray[np.uint8]) -> DcganGame:
    """Two untrained players and their pictures."""
    torch.manual_seed(recipe.loop.seed)
    generator, critic = DcganGenerator(recipe.network), DcganDiscriminator(recipe.network)
    opponent = Opponent(critic, pace=recipe.game.pace, betas=recipe.loop.betas, weight_decay=recipe.game.decay)
    return DcganGame(generator, opponent, images, recipe.game, batch=recipe.loop.batch, seed=recipe.loop.seed)
