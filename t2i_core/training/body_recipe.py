"""The recipe of a network that looks at people, and the folder of its run."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import torch

from t2i_core.errors import InputError, WeightsError
from t2i_core.models.body import BodySeeing, Views
from t2i_core.models.parsing import ParsingConfig, ParsingNet
from t2i_core.models.pose import PoseConfig, PoseNet
from t2i_core.training.checkpoint import export_averaged
from t2i_core.training.loop import LoopConfig, Task, train
from t2i_core.training.matching_data import encoder_of_wheel, shared_encoder
from t2i_core.training.recipe import fill_section, only_known, read_toml
from t2i_core.tryon.loading import load_body

KINDS = {"pose": PoseConfig, "parsing": ParsingConfig}
RUN = "run.json"
SUBSET = 400  # scenes that the channels of the encoder are measured on


@dataclass(frozen=True)
class BodyRecipe:
    """What `t2i train pose` and `t2i train parsing` read. copies: variations of each photo."""

    model: str
    name: str
    copies: int
    network: PoseConfig | ParsingConfig
    loop: LoopConfig


def read_body_recipe(source: str | Path, overrides: Sequence[str] = ()) -> BodyRecipe:
    """A recipe from a file, or by the name of a shipped one. Raises InputError for a recipe that is another model's, or
    holds a key nobody knows."""
    content = read_toml(source, overrides)
    model = str(content.get("model"))
    if model not in KINDS:
        raise InputError(f"{source} is not the recipe of a network for people: a TOML file with model = “pose”.")
    only_known("recipe", content, {field.name for field in fields(BodyRecipe)})
    return BodyRecipe(
        model=model,
        name=str(content.get("name", model)),
        copies=int(str(content.get("copies", 4))),
        network=fill_section(KINDS[model], "network", content),
        loop=fill_section(LoopConfig, "loop", content),
    )


def new_network(recipe: BodyRecipe) -> BodySeeing:
    """An untrained head on the published picture encoder."""
    torch.manual_seed(recipe.loop.seed)
    config = recipe.network
    network: BodySeeing = PoseNet(config) if isinstance(config, PoseConfig) else ParsingNet(config)
    network.encoder = encoder_of_wheel().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.eval()


def start(network: BodySeeing, recipe: BodyRecipe, views: Views, init: str | None) -> None:
    """Prepares an untrained network: its channels are measured on what was seen, or all of it is a model's weights.

    Raises WeightsError for a model that is missing, or of another shape than the recipe's.
    """
    if init is None:
        network.standardise(views[torch.linspace(0, len(views) - 1, min(SUBSET, len(views))).long()])
        return
    found = load_body(init, recipe.model)
    if found.config != recipe.network:
        raise WeightsError(f"“{init}” has {found.config}, and the recipe wants {recipe.network}. Set the same.")
    network.load_state_dict(found.state_dict())


def run_body(recipe: BodyRecipe, task: Task, out: Path, *, resume: bool) -> None:
    """Trains in the folder `out`, whose description says what the run is of."""
    out.mkdir(parents=True, exist_ok=True)
    told = {"model": recipe.model, "name": recipe.name, "network": asdict(recipe.network), "copies": recipe.copies}
    (out / RUN).write_text(json.dumps(told))
    train(task, recipe.loop, out, resume=resume)


def export_body(run: Path, out: Path) -> Path:
    """Writes a run as a model folder, as `export_averaged` does."""
    return export_averaged(run, out, shared_encoder)
