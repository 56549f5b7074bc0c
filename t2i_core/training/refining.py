"""Trains the second stage: a refiner that doubles the size of a domain's pictures."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save
from torch import Tensor, nn

from t2i_core.data.domain import find_files
from t2i_core.data.domains import find_domain
from t2i_core.data.training_set import load_examples
from t2i_core.errors import InputError, WeightsError
from t2i_core.generate.refine import (
    KEY,
    build,
    check_chain,
    described,
    file_of,
    load_refiners,
    prefix_of,
    refine,
    stage_of,
)
from t2i_core.generate.sampler import MIN_REMAINING, to_images
from t2i_core.images import atomic_write, contact_sheet
from t2i_core.models.layers import channels_last
from t2i_core.models.refiner import Refiner, RefinerConfig, enlarged, shrunk
from t2i_core.training.checkpoint import averaged, export_averaged
from t2i_core.training.loop import LoopConfig, train
from t2i_core.training.recipe import built, fill_section, only_known, read_toml, section_of
from t2i_core.training.stock import Stock, normal
from t2i_core.weights import (
    CONFIG,
    SHARES,
    ModelFolder,
    amend_folder,
    locate,
    read_config,
    read_folder,
    shares,
)

KIND = "refiner"  # what its recipe and its run say they are
BARELY = 0.15  # pixels; a narrower blur changes nothing
SHOWN = 24  # training pictures on a run's sheet, each small, refined and real


@dataclass(frozen=True)
class RefineConfig:
    """What the loss draws.

    disturb: the most noise added to a small picture
    blur: the most it is blurred, in its pixels, because drawn pictures are softer than a shrunk photo
    """

    t_mean: float = -0.4
    t_std: float = 1.0
    disturb: float = 0.15
    blur: float = 0.0
    mirror: bool = False


@dataclass(frozen=True)
class RefineRecipe:
    """What `t2i train double-128` reads. domains: the kinds of pictures, and the files of each, it learns from."""

    name: str
    domains: Mapping[str, tuple[str, ...]]
    network: RefinerConfig
    flow: RefineConfig
    loop: LoopConfig


def read_refine_recipe(source: str | Path, overrides: Sequence[str] = ()) -> RefineRecipe:
    """A refiner's recipe, as `read_recipe` reads those of pictures."""
    content: dict[str, Any] = read_toml(source, overrides)
    only_known("recipe", content, {"model", *(field.name for field in fields(RefineRecipe))})
    try:
        return RefineRecipe(
            name=str(content["name"]),
            domains={name: _names(name, files) for name, files in section_of(content, "domains").items()},
            network=fill_section(RefinerConfig, "network", content),
            flow=fill_section(RefineConfig, "flow", content),
            loop=fill_section(LoopConfig, "loop", content),
        )
    except KeyError as problem:
        raise InputError(f"The recipe lacks {problem}.") from problem


def _names(domain: str, files: object) -> tuple[str, ...]:
    if not isinstance(files, list):
        raise InputError(f"“{domain}” under [domains] in a recipe lists the names of files; it may be empty.")
    return tuple(map(str, files))


class RefineTask:
    """Pictures and their own halves."""

    def __init__(self, model: Refiner, images: NDArray[np.uint8], config: RefineConfig, loop: LoopConfig) -> None:
        self.model = channels_last(model)
        self.stock, self.config, self.loop = Stock(images), config, loop

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        device = next(model.parameters()).device
        random = torch.Generator().manual_seed(hash((self.loop.seed, step, rank)) % 2**63)
        rows = np.random.default_rng((self.loop.seed, step)).integers(0, len(self.stock), self.loop.batch)
        clean = self.stock.take(rows[rank::world], device)
        if self.config.mirror and float(torch.rand(1, generator=random)) < 0.5:
            clean = clean.flip(3)
        small = blurred(shrunk(clean), self.config.blur * float(torch.rand(1, generator=random)))
        strength = self.config.disturb * torch.rand(len(clean), 1, 1, 1, generator=random)
        small = small + strength.to(device) * normal(small.shape, random, device)
        draw = torch.randn(len(clean), generator=random)
        t = torch.sigmoid(self.config.t_mean + self.config.t_std * draw).to(device)
        noise = normal(clean.shape, random, device)
        share = t[:, None, None, None]
        noisy = (1 - share) * noise + share * clean
        guess = model(noisy.to(memory_format=torch.channels_last), t, small).float()
        return {"loss": ((guess - clean) / (1 - share).clamp(min=MIN_REMAINING)).square().mean()}

    @torch.no_grad()
    def sheet(self, model: nn.Module) -> Image.Image:
        """Rows of training pictures: enlarged, refined, real."""
        assert isinstance(model, Refiner)
        rows, device = np.linspace(0, len(self.stock) - 1, SHOWN).astype(np.int64), next(model.parameters()).device
        real = self.stock.take(rows, device)
        small = shrunk(real)
        lines = zip(to_images(enlarged(small)), to_images(refine(model, small)), to_images(real), strict=True)
        return contact_sheet([image for line in lines for image in line], 12)


def train_refiner(
    recipe: RefineRecipe,
    data: Sequence[Path],
    run: Path,
    *,
    cache: Path,
    resume: bool = False,
    init: str | None = None,
) -> nn.Module:
    """Trains in the folder `run`; returns the averaged network. `init` names a model whose refiner it starts from."""
    images = pictures_of(recipe, data, cache)
    torch.manual_seed(recipe.loop.seed)
    model = built(Refiner, recipe.network)
    if init is not None:
        _take_refiner(model, init)
    run.mkdir(parents=True, exist_ok=True)
    told = {"model": KIND, "name": recipe.name, "domains": list(recipe.domains), KIND: asdict(recipe.network)}
    atomic_write(run / "run.json", json.dumps(told, indent=1).encode())
    return train(RefineTask(model, images, recipe.flow, recipe.loop), recipe.loop, run, resume=resume)


def pictures_of(recipe: RefineRecipe, data: Sequence[Path], cache: Path) -> NDArray[np.uint8]:
    """The training pictures of all its domains."""
    size, parts = recipe.network.image_size, []
    for name, files in recipe.domains.items():
        domain = find_domain(name)
        found = find_files(files or domain.files, data)
        parts.append(np.asarray(load_examples(domain, found, held_out=False, size=size, cache=cache).images))
    if not parts:
        raise InputError("The recipe names no domain whose pictures are to be learned from.")
    return np.concatenate(parts)


def _take_refiner(model: Refiner, init: str) -> None:
    """Fills a refiner with that of a model's folder. Raises WeightsError where it has none of this form."""
    folder = read_folder(locate(init))
    try:
        refiners = load_refiners(folder)
        old = next(one for one in refiners if one.config.image_size == model.config.image_size)
        model.load_state_dict(old.state_dict())
    except (StopIteration, RuntimeError, KeyError) as problem:
        raise WeightsError(f"“{init}” has no refiner to {model.config.image_size} pixels of this form.") from problem


def blurred(pictures: Tensor, sigma: float) -> Tensor:
    """Pictures [B, 3, H, W] blurred by a Gaussian of `sigma` pixels."""
    if sigma < BARELY:
        return pictures
    reach = int(3 * sigma) + 1
    bell = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma).square())
    kernel = (bell / bell.sum()).expand(3, 1, -1).to(pictures.device)
    across = F.conv2d(F.pad(pictures, (reach, reach, 0, 0), mode="replicate"), kernel[:, :, None], groups=3)
    return F.conv2d(F.pad(across, (0, 0, reach, reach), mode="replicate"), kernel[..., None], groups=3)


def export_refiner(run: Path, out: Path) -> Path:
    """Puts a run's averaged refiner into the picture model of the folder `out`, whose pictures it doubles from then
    on; where there is none, `out` becomes a folder of the refiner's own, for several models to share (`share`).

    A refiner for pictures of the same size gives way to it; those for larger ones stay. Raises WeightsError where the
    run has no checkpoint, or the model draws pictures of another size or kind.
    """
    if not (out / CONFIG).is_file() or read_config(out)["model"] == KIND:
        return export_averaged(run, out)
    _, tensors = averaged(run)
    told: dict[str, Any] = json.loads((run / "run.json").read_text())
    stage = stage_of(told[KIND])
    config = _with_stage(stage, read_folder(out).config, out, told["domains"])
    amend_folder(out, out, config, {file_of(stage.image_size): save(tensors)})
    return out


def refiner_of(folder: ModelFolder) -> Refiner:
    """The refiner that a folder of its own holds. Raises WeightsError where it holds something else."""
    if folder.config["model"] != KIND:
        raise WeightsError(f"{folder.path.name} is no refiner: it is a {folder.config['model']} model.")
    stored: dict[str, Any] = dict(folder.config)
    try:
        return build(stage_of(stored[KIND]), folder.tensors)
    except (KeyError, TypeError, RuntimeError) as problem:
        raise WeightsError(
            f"The files in {folder.path} do not belong together. Download the folder again."
        ) from problem


def share(name: str, model: Path) -> Path:
    """Has the pictures of a model's folder doubled by the refiner called `name`, which stays in its own folder.

    Raises WeightsError where that is no refiner, or was trained on pictures of another size or kind.
    """
    lender = read_folder(locate(name))
    stage, domains = refiner_of(lender).config, lender.config["domains"]
    prefix, config = prefix_of(stage.image_size), read_config(model)
    settings = _with_stage(stage, config, model, domains)  # type: ignore[arg-type]
    lent = {prefix + each: tensor for each, tensor in lender.tensors.items()}
    borrowed = shares(prefix, name, lent)[SHARES]
    settings[SHARES] = {**settings.get(SHARES, {}), **borrowed}  # type: ignore[dict-item]
    amend_folder(model, model, settings, {file_of(stage.image_size): None})
    return model


def _with_stage(
    stage: RefinerConfig, config: Mapping[str, Any], folder: Path, domains: Sequence[str]
) -> dict[str, Any]:
    """What a model's config.json says with this stage among its own. Raises WeightsError where it does not belong."""
    others = [one for one in described(config) if one.image_size != stage.image_size]
    stages = sorted([*others, stage], key=lambda one: one.image_size)
    try:
        if config.get("domain", "products") not in domains:
            raise ValueError(f"it draws {config.get('domain', 'products')}")
        check_chain(config["network"]["image_size"], stages)
    except (KeyError, TypeError, ValueError) as problem:
        wanted = f"the {' or '.join(domains)} pictures of {stage.small} pixels that this refiner was trained on"
        raise WeightsError(f"{folder} does not draw {wanted}: {problem}.") from problem
    borrowed = {p: told for p, told in config.get(SHARES, {}).items() if p != prefix_of(stage.image_size)}
    return {KEY: [asdict(one) for one in stages], SHARES: borrowed}
