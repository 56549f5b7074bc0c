"""The experiments that `t2i experiment` knows: which runs they compare, and how those draw."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from PIL import Image
from torch import nn

from t2i_core.data.domain import Domain, find_files
from t2i_core.data.training_set import Examples, load_examples
from t2i_core.errors import InputError
from t2i_core.generate.sampler import to_images
from t2i_core.models.dcgan import draw_codes, draw_noise
from t2i_core.text.doc2vec import Doc2VecModel
from t2i_core.training.dcgan import DcganRecipe, drawn, read_dcgan_recipe, train_dcgan
from t2i_core.training.game import draw
from t2i_core.training.loop import LoopConfig
from t2i_core.training.tacgan import TITLES, TacGanRecipe, read_tacgan_recipe, train_tacgan
from t2i_core.weights import locate

Recipe = TypeVar("Recipe", DcganRecipe, TacGanRecipe)

# Each adds to the one before.
SHOES: Mapping[str, Mapping[str, Mapping[str, object]]] = {
    "1 as first published": {
        "network": {"spherical": False},
        "game": {"loss": "minimax", "smooth": False, "waits": False, "decay": 0.0},
    },
    "2 spherical noise, modified loss": {"network": {"spherical": True}, "game": {"loss": "bce"}},
    "3 label smoothing, weight decay": {"game": {"smooth": True, "decay": 1e-4}},
    "4 discriminator waits": {"game": {"waits": True}},
}


@dataclass(frozen=True)
class Trial:
    """One run of an experiment. train: into a folder, going on where it stopped; draw: a picture for each held-out
    example; held_out: those; training: the pictures that real ones are judged by."""

    name: str
    train: Callable[[Path], nn.Module]
    draw: Callable[[nn.Module, Examples], list[Image.Image]]
    held_out: Callable[[], Examples]
    training: Callable[[], Examples]


@dataclass(frozen=True)
class Place:
    """Where an experiment finds its data and keeps what it prepared. minutes: of all runs; None: as recipes say."""

    data: Sequence[Path]
    cache: Path
    minutes: float | None = None
    overrides: Sequence[str] = ()


def shoes_dcgan(place: Place) -> list[Trial]:
    """DCGAN on shoes: four switches, one after the other."""
    recipe = read_dcgan_recipe("shoes-dcgan", place.overrides)
    return [dcgan_trial(one, place) for one in dcgan_variants(_paced(recipe, place, len(SHOES))).values()]


def tacgan(domain: str) -> Callable[[Place], list[Trial]]:
    """TAC-GAN: BCE against LSGAN."""

    def trials(place: Place) -> list[Trial]:
        recipes = [read_tacgan_recipe(f"tacgan-{domain}-{loss}", place.overrides) for loss in ("bce", "lsgan")]
        return [tacgan_trial(_paced(recipe, place, len(recipes)), place) for recipe in recipes]

    return trials


EXPERIMENTS: Mapping[str, Callable[[Place], list[Trial]]] = {
    "shoes-dcgan": shoes_dcgan,
    "tacgan-guitars": tacgan("guitars"),
    "tacgan-products": tacgan("products"),
}


def dcgan_variants(recipe: DcganRecipe) -> dict[str, DcganRecipe]:
    """The four recipes, by name."""
    found, network, game = {}, recipe.network, recipe.game
    for name, changes in SHOES.items():
        network = replace(network, **changes.get("network", {}))  # type: ignore[arg-type]
        game = replace(game, **changes.get("game", {}))  # type: ignore[arg-type]
        found[name] = replace(recipe, name=name, network=network, game=game)
    return found


def _paced(recipe: Recipe, place: Place, runs: int) -> Recipe:
    """The recipe with its share of the budget. Raises InputError for a budget that is none."""
    if place.minutes is None:
        return recipe
    if not place.minutes > 0:
        raise InputError("An experiment needs a budget above zero minutes.")
    return replace(recipe, loop=paced(recipe.loop, place.minutes / runs))


def paced(loop: LoopConfig, minutes: float) -> LoopConfig:
    """The loop with that many processor minutes as its budget."""
    return replace(loop, minutes=None, steps=None, cpu_minutes=minutes)


def dcgan_trial(recipe: DcganRecipe, place: Place) -> Trial:
    """A DCGAN, judged by as many pictures as there are held-out ones."""
    examples = partial(_examples, recipe.domain, recipe.domain.files, recipe.network.image_size, place)

    def paint(model: nn.Module, asked: Examples) -> list[Image.Image]:
        random = torch.Generator().manual_seed(1)
        noise = draw_noise(recipe.network, len(asked), random)
        return to_images(drawn(model.cpu(), noise, draw_codes(recipe.network, len(asked), random)))

    return Trial(
        name=recipe.name,
        train=lambda run: train_dcgan(recipe, place.data, run, cache=place.cache, resume=run.exists()),
        draw=paint,
        held_out=lambda: examples(held_out=True),
        training=lambda: examples(held_out=False),
    )


def tacgan_trial(recipe: TacGanRecipe, place: Place) -> Trial:
    """A TAC-GAN, judged by pictures of held-out titles."""

    @cache
    def reader() -> Doc2VecModel:
        return Doc2VecModel.from_folder(locate(TITLES))

    def paint(model: nn.Module, asked: Examples) -> list[Image.Image]:
        texts = reader().vectors([item.title for item in asked.items])
        return draw(model.cpu(), torch.from_numpy(np.asarray(texts, np.float32)), range(len(asked)))

    size = int(str(recipe.network.get("image_size", 64)))
    examples = partial(_examples, recipe.domain, recipe.data, size, place)
    return Trial(
        name=recipe.name,
        train=lambda run: train_tacgan(recipe, place.data, run, cache=place.cache, resume=run.exists()),
        draw=paint,
        held_out=lambda: examples(held_out=True),
        training=lambda: examples(held_out=False),
    )


def _examples(domain: Domain, files: Sequence[str], size: int, place: Place, *, held_out: bool) -> Examples:
    return load_examples(domain, find_files(files, place.data), held_out=held_out, size=size, cache=place.cache)
