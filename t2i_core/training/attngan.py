"""Trains an AttnGAN on what a shipped matcher (DAMSM) reads and sees: from parquet files to the folder of a run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from t2i_core.data.domain import Domain, find_files
from t2i_core.data.domains import find_domain
from t2i_core.data.training_set import load_examples
from t2i_core.generate.matcher import Matcher
from t2i_core.generate.sampler import to_images, to_tensor
from t2i_core.images import atomic_write, contact_sheet
from t2i_core.models.attngan import AttnDiscriminator, AttnGanConfig, AttnGenerator, Reading, sizes_of
from t2i_core.models.damsm import Damsm
from t2i_core.models.layers import channels_last
from t2i_core.training.adversarial import (
    Scores,
    check_loss,
    discriminator_loss,
    diversity,
    generator_loss,
    gradient_penalty,
    matching_loss,
    others,
)
from t2i_core.training.diffaugment import augment
from t2i_core.training.game import SHEET_COLUMNS, WATCHED, latent_of, seeded_latents
from t2i_core.training.loop import LoopConfig, train
from t2i_core.training.opponent import Opponent
from t2i_core.training.recipe import complete, fill_section, only_known, read_kind, section_of

KIND = "attngan"
WORDINGS = 4  # texts a picture
PROMPTS = 96  # on a run's sheet


@dataclass(frozen=True)
class AttnGameConfig:
    """How the game is played; see `game.GameConfig`.

    damsm: weight of the matcher's losses on generated pictures, of which it sees `damsm_rows` a step
    """

    loss: str = "lsgan"
    augment: tuple[str, ...] = ("colour", "move", "cut")
    mirror: bool = True
    r1: float = 0.0
    r1_every: int = 8
    pace: float = 2.0
    damsm: float = 0.2
    damsm_rows: int = 16
    watch_every: int = 20

    def __post_init__(self) -> None:
        check_loss(self.loss)


@dataclass(frozen=True)
class AttnGanRecipe:
    """What `t2i train birds-attngan` reads. matcher: the DAMSM model that reads the texts and judges the pictures;
    pictures: how many of the training pictures to learn from; 0 takes all."""

    name: str
    domain: Domain
    matcher: str
    network: AttnGanConfig
    game: AttnGameConfig
    loop: LoopConfig
    pictures: int = 0


@dataclass(frozen=True)
class Captioned:
    """Pictures uint8 [N, 3, S, S], piece ids [N, W, L] of W texts each, labels [N, K]."""

    images: NDArray[np.uint8]
    ids: NDArray[np.int64]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.images)


class AttnGame:
    """A generator that looks at words, a discriminator of all its sizes, and a matcher that says what was missed."""

    def __init__(
        self,
        generator: AttnGenerator,
        opponent: Opponent,
        matcher: Damsm,
        shown: Captioned,
        config: AttnGameConfig,
        *,
        batch: int,
        seed: int,
    ) -> None:
        self.model: nn.Module = channels_last(generator)
        self.opponent, self.matcher = opponent, matcher.eval().requires_grad_(False)
        self.shown, self.config, self.batch, self.seed = shown, config, batch, seed
        self.sizes = generator.config.shown
        self._spread: Tensor | None = None

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        device = next(model.parameters()).device
        self.matcher.to(device)
        random = torch.Generator().manual_seed(hash((self.seed, step, rank)) % 2**63)
        rows = np.random.default_rng((self.seed, step)).integers(0, len(self.shown), self.batch)[rank::world]
        ids, labels = self._ids(rows, random), torch.from_numpy(self.shown.labels[rows])
        reading = read(self.matcher, ids.to(device))
        made = model(torch.randn(len(rows), latent_of(self.model), generator=random).to(device), reading)
        real = self._real(rows, random).to(device)
        changes = int(torch.randint(2**31, (1,), generator=random))
        terms = self._step(real, [one.detach() for one in made], reading, others(labels), changes, step)
        with self.opponent.frozen():
            opinion = self.opponent.model(self._changed(made, changes + 1), reading.sentence)
            fooled = generator_loss(self.config.loss, opinion.scores)
        missed = self._missed(made[-1], ids.to(device), labels)
        total = fooled + self.config.damsm * missed
        told = {"loss": total, "generator": fooled, "damsm": missed, "diversity": self._diversity(model, step, device)}
        return told | terms

    @torch.no_grad()
    def sheet(self, model: nn.Module) -> Image.Image:
        """Texts of the data in a grid, one seed a place."""
        device = next(model.parameters()).device
        ids = torch.from_numpy(self.shown.ids[:PROMPTS, 0]).to(device)
        latents = seeded_latents(range(len(ids)), latent_of(self.model)).to(device)
        pictures: list[Image.Image] = []
        for start in range(0, len(ids), 32):
            part = slice(start, start + 32)
            pictures += to_images(model(latents[part], read(self.matcher, ids[part]))[-1].float())
        return contact_sheet(pictures, SHEET_COLUMNS)

    def _ids(self, rows: NDArray[np.int64], random: torch.Generator) -> Tensor:
        wording = torch.randint(0, self.shown.ids.shape[1], (len(rows),), generator=random).numpy()
        return torch.from_numpy(self.shown.ids[rows, wording])

    def _real(self, rows: NDArray[np.int64], random: torch.Generator) -> Tensor:
        real = to_tensor(self.shown.images[rows])
        turned = torch.rand(len(rows), generator=random) < 0.5 * self.config.mirror
        return torch.where(turned[:, None, None, None], real.flip(3), real)

    def _changed(self, pictures: Sequence[Tensor], seed: int) -> list[Tensor]:
        """Augmented, all sizes of a picture alike."""
        return [augment(one, self.config.augment, torch.Generator().manual_seed(seed)) for one in pictures]

    def _step(
        self, real: Tensor, made: Sequence[Tensor], reading: Reading, wrong: Tensor, changes: int, step: int
    ) -> dict[str, Tensor]:
        """The discriminator's step."""
        penalised = self.config.r1 > 0 and step % self.config.r1_every == 0
        judge, kind = self.opponent.model, self.config.loss
        seen = [one.requires_grad_(penalised) for one in self._changed(sizes_of(real, self.sizes), changes)]
        right, bad = judge(seen, reading.sentence).scores, judge(seen, reading.sentence[wrong]).scores
        generated = judge(self._changed(made, changes + 1), reading.sentence).scores
        played = discriminator_loss(kind, right[:, 0], generated[:, 0])
        played = played + matching_loss(kind, Scores(right[:, 1], bad[:, 1], generated[:, 1]))
        total = played
        if penalised:
            total = total + self.config.r1 / 2 * self.config.r1_every * gradient_penalty(right, seen)
        self.opponent.step(total)
        return {"discriminator": played.detach()}

    def _missed(self, made: Tensor, ids: Tensor, labels: Tensor) -> Tensor:
        """The matcher's losses: how far generated pictures are from their own texts among the batch's."""
        if not self.config.damsm:
            return made.new_zeros(())
        rows = slice(0, self.config.damsm_rows)
        own = labels[rows]
        alike = (own[:, None] == own[None]).all(-1).to(made.device)
        missed: Tensor = self.matcher(self.matcher.look(made[rows].float()), ids[rows], alike)
        return missed

    def _diversity(self, model: nn.Module, step: int, device: torch.device) -> Tensor:
        if self._spread is None or step % self.config.watch_every == 0:
            with torch.no_grad():
                texts = read(self.matcher, torch.from_numpy(self.shown.ids[:WATCHED, 0]).to(device))
                latents = seeded_latents(range(len(texts)), latent_of(self.model)).to(device)
                self._spread = diversity(model(latents, texts)[-1])
        return self._spread


@torch.no_grad()
def read(matcher: Damsm, ids: Tensor) -> Reading:
    """Piece ids [B, L] as the generator takes them."""
    texts = matcher.texts(ids)
    length = texts.sentence.shape[1] ** 0.5  # unit vectors are too short to tell a layer anything
    return Reading(texts.words * length, texts.padding, texts.sentence * length)


def read_attngan_recipe(source: str | Path, overrides: Sequence[str] = ()) -> AttnGanRecipe:
    """A recipe from a file, or by the name of a shipped one, with `section.key=value` overrides.

    Raises InputError for a recipe that is no AttnGAN's, holds a key nobody knows, or whose network does not fit.
    """
    content = read_kind(source, overrides, KIND, "an AttnGAN", AttnGanRecipe)
    network: Mapping[str, object] = section_of(content, "network")
    only_known("network", network, {field.name for field in fields(AttnGanConfig)} - {"words_dim"})
    with complete():
        return AttnGanRecipe(
            name=str(content["name"]),
            domain=find_domain(str(content["domain"])),
            matcher=str(content["matcher"]),
            network=fill_section(AttnGanConfig, "network", content),
            game=fill_section(AttnGameConfig, "game", content),
            loop=fill_section(LoopConfig, "loop", content),
            pictures=int(content.get("pictures", 0)),
        )


def train_attngan(
    recipe: AttnGanRecipe, data: Sequence[Path], run: Path, *, cache: Path, resume: bool = False
) -> nn.Module:
    """Trains in the folder `run`; returns the averaged generator."""
    matcher = Matcher.from_pretrained(recipe.matcher)
    shown = captioned(recipe, matcher, data, cache)
    config = AttnGanConfig(**{**vars(recipe.network), "words_dim": matcher.network.config.dim})
    torch.manual_seed(recipe.loop.seed)
    generator, critic = AttnGenerator(config), AttnDiscriminator(config)
    run.mkdir(parents=True, exist_ok=True)
    told = {"model": KIND, "name": recipe.name, "domain": recipe.domain.name, "network": asdict(config)}
    told |= {"matcher": recipe.matcher, "recipe": {"game": asdict(recipe.game), "loop": asdict(recipe.loop)}}
    atomic_write(run / "run.json", json.dumps(told, indent=1).encode())
    opponent = Opponent(critic, pace=recipe.game.pace, betas=recipe.loop.betas)
    game = AttnGame(
        generator, opponent, matcher.network, shown, recipe.game, batch=recipe.loop.batch, seed=recipe.loop.seed
    )
    return train(game, recipe.loop, run, resume=resume, opponent=opponent)


def captioned(recipe: AttnGanRecipe, matcher: Matcher, data: Sequence[Path], cache: Path) -> Captioned:
    """Pictures, the pieces of their texts, and what is known of them."""
    size = recipe.network.image_size
    files = find_files(recipe.domain.files, data)
    examples = load_examples(recipe.domain, files, held_out=False, size=size, cache=cache)
    chosen = np.random.default_rng(recipe.loop.seed).permutation(len(examples))[: recipe.pictures or None]
    examples = examples.taken(sorted(chosen.tolist()))
    length = matcher.network.config.max_pieces
    ids = [
        [matcher.tokenizer.ids(text, length) for text in row[:WORDINGS]]
        for row in examples.domain.wordings(examples.items)
    ]
    columns = []
    for name in recipe.domain.judged:
        values = sorted({item.labels.get(name, "") for item in examples.items})
        columns.append([values.index(item.labels.get(name, "")) for item in examples.items])
    return Captioned(np.asarray(examples.images), np.array(ids, np.int64), np.array(columns, np.int64).T)
