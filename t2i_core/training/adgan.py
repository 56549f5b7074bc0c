"""Trains pose transfer: a person as seen, drawn in another pose, from DeepFashion's pairs or from single photos."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from t2i_core.data.parts import EIGHT_NAMES
from t2i_core.errors import InputError
from t2i_core.images import atomic_write
from t2i_core.models.adgan import AdganConfig, AdganGenerator, Drawn, heat_maps
from t2i_core.models.adgan_critics import AdganCritics
from t2i_core.models.layers import channels_last
from t2i_core.models.skinning import carry
from t2i_core.training.adgan_data import Cast, deepfashion_cast, people_cast
from t2i_core.training.adgan_losses import DrawnLoss, LossWeights
from t2i_core.training.adgan_pairs import People, made_sources, people_of
from t2i_core.training.adversarial import discriminator_loss, generator_loss
from t2i_core.training.loop import LoopConfig, train
from t2i_core.training.opponent import Opponent
from t2i_core.training.recipe import fill_section, only_known, read_toml
from t2i_core.tryon.parsing import Parser

KIND, RUN = "adgan", "run.json"
PEOPLE, DEEPFASHION = DATA = ("people", "deepfashion")
SHEET = 16
LSGAN = "lsgan"


@dataclass(frozen=True)
class SeenConfig:
    """What the generator is shown. still: share of made sources that are mirrored at most; forgotten: how often nothing
    is carried along; lost: how likely each part is not."""

    still: float = 0.2
    forgotten: float = 0.15
    lost: float = 0.1


@dataclass(frozen=True)
class AdganRecipe:
    """What `t2i train people-adgan` reads. data: "people" makes pairs of single photos, "deepfashion" has its own."""

    name: str
    data: str
    network: AdganConfig
    weights: LossWeights
    loop: LoopConfig
    seen: SeenConfig = field(default_factory=SeenConfig)


class AdganTask:
    """A generator, pairs to learn from, and the critics where the recipe has any."""

    def __init__(
        self,
        generator: AdganGenerator,
        cast: Cast,
        recipe: AdganRecipe,
        *,
        pairs: NDArray[np.int64] | None = None,
        opponent: Opponent | None = None,
    ) -> None:
        """pairs: [M, 2] rows of the cast, from and to; without, sources are made of the wanted pictures"""
        self.model: nn.Module = channels_last(generator)
        self.network, self.cast, self.recipe = generator.config, cast, recipe
        self.pairs, self.opponent = pairs, opponent
        self.judge = DrawnLoss(recipe.weights)

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        device = next(model.parameters()).device
        random = np.random.default_rng((self.recipe.loop.seed, step))
        source, target = (people.to(device) for people in self.batch(random, rank, world))
        moved = carry(source.pictures, source.masks, source.joints, target.joints)
        moved = forgetful(moved, self.recipe.seen, random)
        heat = heat_maps(target.heat_joints(), self.network)
        drawn: Drawn = model(source.pictures, source.masks, heat, moved)
        terms = self.judge(drawn, target.pictures, target.masks)
        total = self.judge.total(terms)
        if self.opponent is not None:
            fooled, told = self._play(drawn.pictures.float(), source, target, heat)
            total, terms = total + fooled, terms | told
        return {"loss": total, **{name: value.detach() for name, value in terms.items()}}

    def batch(self, random: np.random.Generator, rank: int, world: int) -> tuple[People, People]:
        """People as seen and as wanted; half of them in a mirror."""
        count = self.recipe.loop.batch
        rows = random.integers(0, len(self.cast) if self.pairs is None else len(self.pairs), count)[rank::world]
        mirror = (random.random(count) < 0.5)[rank::world]
        if self.pairs is not None:
            seen, wanted = self.pairs[rows].T
            return people_of(self.cast, seen, mirror), people_of(self.cast, wanted, mirror)
        target = people_of(self.cast, rows, mirror)
        return made_sources(target, random, still=self.recipe.seen.still), target

    @torch.no_grad()
    def sheet(self, model: nn.Module) -> Image.Image:
        """People, the poses of others, and the people in these poses."""
        device = next(model.parameters()).device
        rows = np.linspace(0, len(self.cast) - 1, 2 * SHEET).astype(np.int64)
        source, target = (people_of(self.cast, part).to(device) for part in (rows[:SHEET], rows[SHEET:]))
        moved = carry(source.pictures, source.masks, source.joints, target.joints)
        heat = heat_maps(target.heat_joints(), self.network)
        drawn = [
            model(source.pictures, source.masks, heat, along).pictures for along in (moved, torch.zeros_like(moved))
        ]
        strips = [strip(part) for part in (source.pictures, target.pictures, *drawn)]
        return Image.fromarray(np.concatenate(strips))

    def _play(self, made: Tensor, source: People, target: People, heat: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The critics' step, and what the generator loses to them."""
        assert self.opponent is not None
        weights, critics = self.recipe.weights, self.opponent.model
        real = critics(target.pictures, heat, source.pictures)
        fake = critics(made.detach(), heat, source.pictures)
        counts = weights.pose, weights.appearance
        losses = [discriminator_loss(LSGAN, one, other) for one, other in zip(real, fake, strict=True)]
        self.opponent.step(losses[0] * float(counts[0] > 0) + losses[1] * float(counts[1] > 0))
        with self.opponent.frozen():
            scores = critics(made, heat, source.pictures)
            fooled = [generator_loss(LSGAN, one) for one in scores]
        told = {"pose_critic": losses[0], "appearance_critic": losses[1], "pose": fooled[0], "appearance": fooled[1]}
        return counts[0] * fooled[0] + counts[1] * fooled[1], told


def forgetful(moved: Tensor, seen: SeenConfig, random: np.random.Generator) -> Tensor:
    """What is carried along, of some people without some parts, of some nothing: that has to come out of the codes."""
    batch, parts = len(moved), moved.shape[1] - 3
    kept = random.random((batch, parts)) >= seen.lost
    kept &= random.random((batch, 1)) >= seen.forgotten
    masks = moved[:, 3:] * torch.from_numpy(kept).to(moved)[..., None, None]
    share = masks.sum(1, keepdim=True) / moved[:, 3:].sum(1, keepdim=True).clamp(min=1e-4)
    return torch.cat([moved[:, :3] * share.clamp(max=1), masks], dim=1)


def strip(pictures: Tensor) -> NDArray[np.uint8]:
    """Pictures [B, 3, H, W] beside each other, [H, B W, 3]."""
    pixels = ((pictures.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    return np.concatenate(list(pixels), axis=1)


def read_adgan_recipe(source: str | Path, overrides: Sequence[str] = ()) -> AdganRecipe:
    """A recipe from a file, or by the name of a shipped one, with `section.key=value` overrides.

    Raises InputError for a recipe that is another model's, or holds a key nobody knows.
    """
    content: dict[str, Any] = read_toml(source, overrides)
    if content.get("model") != KIND:
        raise InputError(f'{source} is not the recipe of pose transfer: a TOML file with model = "{KIND}".')
    only_known("recipe", content, {"model", *(one.name for one in fields(AdganRecipe))})
    if content.get("data", PEOPLE) not in DATA:
        raise InputError(f"Pose transfer learns from {' or '.join(DATA)}, not from “{str(content['data'])[:40]}”.")
    try:
        return AdganRecipe(
            name=str(content["name"]),
            data=str(content.get("data", PEOPLE)),
            network=fill_section(AdganConfig, "network", content),
            weights=fill_section(LossWeights, "weights", content),
            loop=fill_section(LoopConfig, "loop", content),
            seen=fill_section(SeenConfig, "seen", content),
        )
    except KeyError as problem:
        raise InputError(f"The recipe lacks {problem}.") from problem
    except ValueError as problem:
        raise InputError(f"The recipe's network does not fit together: {problem}.") from problem


def train_adgan(
    recipe: AdganRecipe, data: Sequence[Path], run: Path, *, cache: Path, resume: bool = False
) -> nn.Module:
    """Trains in the folder `run`; returns the averaged generator. Raises DataError for missing data, WeightsError
    without the parser that tells parts apart."""
    cast, pairs = cast_of(recipe, Parser.from_pretrained(), data, cache)
    run.mkdir(parents=True, exist_ok=True)
    told = {"model": KIND, "name": recipe.name, "data": recipe.data, "network": asdict(recipe.network)}
    told |= {"parts": list(EIGHT_NAMES), "photos": str(len(cast))}
    told |= {"recipe": {"weights": asdict(recipe.weights), "seen": asdict(recipe.seen), "loop": asdict(recipe.loop)}}
    atomic_write(run / RUN, json.dumps(told, indent=1).encode())
    task = new_task(recipe, cast, pairs)
    return train(task, recipe.loop, run, resume=resume, opponent=task.opponent)


def cast_of(
    recipe: AdganRecipe, parser: Parser, data: Sequence[Path], cache: Path
) -> tuple[Cast, NDArray[np.int64] | None]:
    """The people a recipe learns from, and their pairs where the data name any."""
    size = recipe.network.height, recipe.network.width
    if recipe.data == DEEPFASHION:
        return deepfashion_cast(parser, data, size, cache, held_out=False)
    return people_cast(parser, data, size, cache, held_out=False), None


def new_task(recipe: AdganRecipe, cast: Cast, pairs: NDArray[np.int64] | None = None) -> AdganTask:
    """Untrained players and what they learn from."""
    torch.manual_seed(recipe.loop.seed)
    generator, opponent = AdganGenerator(recipe.network), None
    if recipe.weights.adversarial:
        opponent = Opponent(AdganCritics(recipe.network), pace=recipe.weights.pace)
    return AdganTask(generator, cast, recipe, pairs=pairs, opponent=opponent)
