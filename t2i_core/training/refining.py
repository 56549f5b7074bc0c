"""Trains the second stage: a refiner that doubles the size of a domain's pictures."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save
from torch import Tensor, nn

from t2i_core.data.domain import Domain, find_files
from t2i_core.data.domains import find_domain
from t2i_core.data.training_set import load_examples
from t2i_core.errors import InputError, WeightsError
from t2i_core.generate.refine import KEY, check_chain, described, file_of, refine, stage_of
from t2i_core.generate.sampler import MIN_REMAINING, to_images, to_tensor
from t2i_core.images import atomic_write, contact_sheet
from t2i_core.models.layers import channels_last
from t2i_core.models.refiner import Refiner, RefinerConfig, enlarged, shrunk
from t2i_core.training.checkpoint import averaged
from t2i_core.training.loop import LoopConfig, train
from t2i_core.training.recipe import fill_section, only_known, read_toml
from t2i_core.weights import amend_folder, read_folder

KIND = "refiner"  # what its recipe and its run say they are
SHOWN = 24  # training pictures on a run's sheet, each small, refined and real


@dataclass(frozen=True)
class RefineConfig:
    """What the loss draws. `disturb`: the most noise added to a small picture."""

    t_mean: float = -0.4
    t_std: float = 1.0
    disturb: float = 0.15
    mirror: bool = False


@dataclass(frozen=True)
class RefineRecipe:
    """What `t2i train guitars-128` reads."""

    name: str
    domain: Domain
    data: tuple[str, ...]
    network: RefinerConfig
    flow: RefineConfig
    loop: LoopConfig


def read_refine_recipe(source: str | Path, overrides: Sequence[str] = ()) -> RefineRecipe:
    """A refiner's recipe, as `read_recipe` reads those of pictures."""
    content: dict[str, Any] = read_toml(source, overrides)
    only_known("recipe", content, {"model", *(field.name for field in fields(RefineRecipe))})
    try:
        domain = find_domain(str(content["domain"]))
        return RefineRecipe(
            name=str(content["name"]),
            domain=domain,
            data=tuple(content.get("data", domain.files)),
            network=fill_section(RefinerConfig, "network", content),
            flow=fill_section(RefineConfig, "flow", content),
            loop=fill_section(LoopConfig, "loop", content),
        )
    except KeyError as problem:
        raise InputError(f"The recipe lacks {problem}.") from problem


class RefineTask:
    """Pictures and their own halves."""

    def __init__(self, model: Refiner, images: NDArray[np.uint8], config: RefineConfig, loop: LoopConfig) -> None:
        self.model = channels_last(model)
        self.images, self.config, self.loop = images, config, loop

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        device = next(model.parameters()).device
        random = torch.Generator().manual_seed(hash((self.loop.seed, step, rank)) % 2**63)
        rows = np.random.default_rng((self.loop.seed, step)).integers(0, len(self.images), self.loop.batch)
        clean = to_tensor(self.images[rows[rank::world]])
        if self.config.mirror and float(torch.rand(1, generator=random)) < 0.5:
            clean = clean.flip(3)
        small = shrunk(clean)
        strength = self.config.disturb * torch.rand(len(clean), 1, 1, 1, generator=random)
        small = small + strength * torch.randn(small.shape, generator=random)
        draw = torch.randn(len(clean), generator=random)
        t = torch.sigmoid(self.config.t_mean + self.config.t_std * draw).to(device)
        noise, clean = torch.randn(clean.shape, generator=random).to(device), clean.to(device)
        share = t[:, None, None, None]
        noisy = (1 - share) * noise + share * clean
        guess = model(noisy.to(memory_format=torch.channels_last), t, small.to(device)).float()
        return {"loss": ((guess - clean) / (1 - share).clamp(min=MIN_REMAINING)).square().mean()}

    @torch.no_grad()
    def sheet(self, model: nn.Module) -> Image.Image:
        """Rows of training pictures: enlarged, refined, real."""
        assert isinstance(model, Refiner)
        rows = np.linspace(0, len(self.images) - 1, SHOWN).astype(int)
        real = to_tensor(self.images[rows])
        small = shrunk(real)
        lines = zip(to_images(enlarged(small)), to_images(refine(model, small)), to_images(real), strict=True)
        return contact_sheet([image for line in lines for image in line], 12)


def train_refiner(
    recipe: RefineRecipe, data: Sequence[Path], run: Path, *, cache: Path, resume: bool = False
) -> nn.Module:
    """Trains in the folder `run`; returns the averaged network."""
    size = recipe.network.image_size
    examples = load_examples(recipe.domain, find_files(recipe.data, data), held_out=False, size=size, cache=cache)
    torch.manual_seed(recipe.loop.seed)
    run.mkdir(parents=True, exist_ok=True)
    told = {"model": KIND, "name": recipe.name, "domain": recipe.domain.name, KIND: asdict(recipe.network)}
    atomic_write(run / "run.json", json.dumps(told, indent=1).encode())
    task = RefineTask(Refiner(recipe.network), examples.images, recipe.flow, recipe.loop)
    return train(task, recipe.loop, run, resume=resume)


def is_run(run: Path) -> bool:
    """Whether a run's folder is a refiner's."""
    try:
        return bool(json.loads((run / "run.json").read_text())["model"] == KIND)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def attach(run: Path, out: Path) -> Path:
    """Puts a run's averaged refiner into the model of the folder `out`, whose pictures it doubles from then on.

    A refiner for pictures of the same size gives way to it; those for larger ones stay. Raises WeightsError where the
    run has no checkpoint, or the model draws pictures of another size or kind.
    """
    _, tensors = averaged(run)
    told: dict[str, Any] = json.loads((run / "run.json").read_text())
    stage = stage_of(told[KIND])
    stages = _stages_with(stage, read_folder(out).config, out, told["domain"])
    amend_folder(out, out, {KEY: [asdict(one) for one in stages]}, {file_of(stage.image_size): save(tensors)})
    return out


def _stages_with(stage: RefinerConfig, config: Mapping[str, Any], folder: Path, domain: str) -> list[RefinerConfig]:
    """A model's later stages with this one among them. Raises WeightsError where it does not belong there."""
    others = [one for one in described(config) if one.image_size != stage.image_size]
    stages = sorted([*others, stage], key=lambda one: one.image_size)
    try:
        if config.get("domain", "products") != domain:
            raise ValueError(f"it draws {config.get('domain', 'products')}")
        check_chain(config["network"]["image_size"], stages)
    except (KeyError, TypeError, ValueError) as problem:
        wanted = f"the {domain} pictures of {stage.small} pixels that this refiner was trained on"
        raise WeightsError(f"{folder} does not draw {wanted}: {problem}.") from problem
    return stages
