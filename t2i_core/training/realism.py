"""Makes the realism judge out of a TAC-GAN's discriminator.

The discriminator has learned to tell photos from what one generator draws. Here its heads go on learning: against the
pictures of that generator and of the shipped models, and against birds, streets and noise. Then it is calibrated on
pictures that nothing was learned from, and measured on held-out ones, before and after.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn

from t2i_core.abuse.realism import KIND, RealismJudge, as_shown, config_of
from t2i_core.errors import InputError, WeightsError
from t2i_core.models.projected import new_critic
from t2i_core.models.tacgan import Critic, Generator, baked
from t2i_core.training.adversarial import discriminator_loss
from t2i_core.training.brief import halves, in_halves, train_briefly
from t2i_core.training.checkpoint import find_checkpoint
from t2i_core.training.game import draw
from t2i_core.training.loop import LoopConfig
from t2i_core.training.matching_data import encoder_of_wheel, shared_encoder
from t2i_core.training.matching_report import logistic_regression
from t2i_core.training.notes import with_notes
from t2i_core.training.realism_card import Trained, realism_card
from t2i_core.training.realism_data import (
    OTHER_THINGS,
    PAINTERS,
    SHOPS,
    Pictures,
    as_found,
    noises,
    painted,
    shop_photos,
)
from t2i_core.training.realism_report import evaluate_realism
from t2i_core.training.recipe import fill_section, only_known, read_toml
from t2i_core.weights import write_folder

HELD_IN = 0.2  # of the pictures that only the calibration sees
NOISES = 200


@dataclass(frozen=True)
class RealismRecipe:
    """What `t2i train realism` reads.

    loss: of the heads, as in the game; painted: pictures of each shipped model; made: of the run's own generator
    """

    name: str
    loop: LoopConfig
    loss: str = "bce"
    painted: int = 120
    made: int = 400


@dataclass(frozen=True)
class Looked:
    """Pictures as the discriminator sees them: of shops, and others."""

    real: tuple[Tensor, ...]
    unreal: tuple[Tensor, ...]

    def rows(self, held_in: bool, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which of either side are learned from, or calibrated on."""
        found = []
        for side in (self.real, self.unreal):
            order = np.random.default_rng(seed).permutation(len(side[0]))
            cut = max(2, round(HELD_IN * len(order)))
            found.append(order[:cut] if held_in else order[cut:])
        return found[0], found[1]


class RealismTask:
    """Shop photos against everything else, without texts."""

    def __init__(self, model: Critic, looked: Looked, recipe: RealismRecipe) -> None:
        self.model: nn.Module = Heads(model)
        self.looked, self.recipe = looked, recipe
        self._rows = looked.rows(held_in=False)

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        random = np.random.default_rng((self.recipe.loop.seed, step))
        scores = []
        for side, rows in zip((self.looked.real, self.looked.unreal), self._rows, strict=True):
            chosen = torch.from_numpy(random.choice(rows, self.recipe.loop.batch // 2)[rank::world])
            scores.append(model([part[chosen].float() for part in side]))
        return {"loss": discriminator_loss(self.recipe.loss, *scores)}

    def sheet(self, model: nn.Module) -> Image.Image:
        """A judge draws nothing."""
        return Image.new("RGB", (8, 8), "white")


class Heads(nn.Module):
    """The part of a discriminator that goes on learning: from what it sees to scores without a text."""

    def __init__(self, critic: Critic) -> None:
        super().__init__()
        self.critic = critic

    def forward(self, seen: Sequence[Tensor]) -> Tensor:
        return self.critic.judge(seen).scores


def read_realism_recipe(source: str | Path, overrides: Sequence[str] = ()) -> RealismRecipe:
    """A recipe from a file, or by the name of a shipped one. Raises InputError for a recipe that is another model's, or
    holds a key nobody knows."""
    content: dict[str, Any] = read_toml(source, overrides)
    if content.get("model") != KIND:
        raise InputError(f'{source} is not the recipe of a realism judge: a TOML file with model = "{KIND}".')
    only_known("recipe", content, {"model", *(field.name for field in fields(RealismRecipe))})
    loop = fill_section(LoopConfig, "loop", content)
    rest = {key: value for key, value in content.items() if key not in ("model", "loop")}
    return RealismRecipe(**{"name": KIND, **rest, "loop": loop})


def train_realism(recipe: RealismRecipe, data: Sequence[Path], out: Path, *, run: Path, cache: Path) -> RealismJudge:
    """Finishes, calibrates and measures the discriminator of the TAC-GAN that was trained in the folder `run`, and
    writes the judge's folder `out`. The notes of a card that lies there stay.

    Raises DataError for missing data, WeightsError for a run without a checkpoint or where a model that draws is
    missing, OutputError for a folder that cannot be written.
    """
    critic, generator, told = load_run(run)
    looked = look(critic, gather(recipe, data, generator, cache))
    calibrate(critic, looked)
    before = evaluate_realism(RealismJudge(baked_copy(critic)), data, cache=cache)
    critic.train().requires_grad_(True)
    learns = {id(parameter) for parameter in _unseeing(critic)}
    for parameter in critic.parameters():
        parameter.requires_grad_(id(parameter) in learns)
    heads, spent = train_briefly(RealismTask(critic, looked, recipe), recipe.loop, Heads)
    critic = heads.critic
    calibrate(critic, looked)
    network = in_halves(baked_copy(critic))
    judge = RealismJudge(network)
    after = evaluate_realism(judge, data, cache=cache)
    trained = Trained(str(told["name"]), len(looked.real[0]), len(looked.unreal[0]), *spent)
    tensors = halves(network)
    described = {
        "model": KIND,
        "name": recipe.name,
        "network": {**asdict(critic.config), "spectral": False},
        "trained": asdict(trained),
        "measured": {"before": asdict(before), "after": asdict(after)},
    }
    card = realism_card(network, trained, before, after)
    write_folder(out, described | shared_encoder(tensors), tensors, with_notes(card, out))
    return judge


def load_run(run: Path) -> tuple[Critic, Generator, dict[str, Any]]:
    """Both players of a TAC-GAN's run, and what its run.json tells. Raises WeightsError where there is none."""
    found = find_checkpoint(run)
    try:
        told: dict[str, Any] = json.loads((run / "run.json").read_text())
        if found is None or told["model"] != "tacgan":
            raise WeightsError(f"{run} is no run of a TAC-GAN. Train one first: t2i train tacgan-products-bce")
        config = config_of(told["network"])
        critic, generator = new_critic(config, encoder_of_wheel), Generator(config)
        critic.load_state_dict(load_file(found / "opponent.safetensors"))
        generator.load_state_dict(load_file(found / "ema.safetensors"))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as problem:
        raise WeightsError(f"{run} is no run of a TAC-GAN: {str(problem).splitlines()[0][:200]}") from problem
    return critic.eval(), generator.eval().requires_grad_(False), told


def gather(recipe: RealismRecipe, data: Sequence[Path], generator: Generator, cache: Path) -> tuple[Pictures, Pictures]:
    """Photos of shops, and other pictures; all as they might be met."""
    real = [image for part in shop_photos(data, SHOPS, held_out=False).values() for image in part]
    others = [image for part in shop_photos(data, OTHER_THINGS, held_out=False).values() for image in part]
    for name in PAINTERS:
        others += painted(name, data, recipe.painted, held_out=False, cache=cache)
    texts = torch.randn(recipe.made, generator.config.text_dim, generator=torch.Generator().manual_seed(0)) * 0.22
    others += draw(generator, texts, range(recipe.made))
    others += noises(NOISES, 0)
    sides = (real, others)
    random = Random(0)
    met = [[as_found(image, random) for image in side] for side in sides]
    return met[0], met[1]


@torch.inference_mode()
def look(critic: Critic, pictures: tuple[Pictures, Pictures], batch: int = 32) -> Looked:
    """Both sides as the discriminator sees them, in halves."""
    sides = []
    for side in pictures:
        parts = [
            critic.see(as_shown(side[start : start + batch], critic.config.image_size))
            for start in range(0, len(side), batch)
        ]
        sides.append(tuple(torch.cat([part.half() for part in same]) for same in zip(*parts, strict=True)))
    real, unreal = (tuple(part.clone() for part in side) for side in sides)
    return Looked(real, unreal)


@torch.no_grad()
def calibrate(critic: Critic, looked: Looked) -> None:
    """Fits how much each of the scores counts, on pictures that were not learned from."""
    sides = []
    for side, rows in zip((looked.real, looked.unreal), looked.rows(held_in=True), strict=True):
        scores = critic.eval().judge([part[torch.from_numpy(rows)].float() for part in side]).scores.double()
        sides.append(torch.cat([scores, torch.ones(len(scores), 1)], dim=1))
    with torch.enable_grad():
        critic.calibration.copy_(logistic_regression(*sides))


def baked_copy(critic: Critic) -> Critic:
    """The discriminator as it is shipped: without what only training needs."""
    plain = new_critic(config_of({**asdict(critic.config), "spectral": False}))
    plain.load_state_dict(baked(_copied(critic)).state_dict())
    return plain.eval()


def _copied(critic: Critic) -> Critic:
    twin = new_critic(critic.config)
    twin.load_state_dict(critic.state_dict())
    return twin.eval()


def _unseeing(critic: Critic) -> list[nn.Parameter]:
    """What judges and does not see: the parameters through which no picture passes before `see` has answered."""
    seeing = ("encoder.", "stem.", "shrink.", "around.", "flat.") if critic.learns_to_see else ("encoder.",)
    return [parameter for name, parameter in critic.named_parameters() if not name.startswith(seeing)]
