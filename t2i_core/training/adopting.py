"""“Use this model”: what a run trained becomes a model that every page can choose."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from t2i_core.errors import InputError, WeightsError
from t2i_core.settings import Settings
from t2i_core.training import adgan, body_recipe, pictures, refining
from t2i_core.training.checkpoint import find_checkpoint
from t2i_core.weights import CONFIG, NAME, amend_folder, list_models, locate, read_config

Export = Callable[[Path, Path], Path]  # (run, the model's folder) -> that folder
EXPORTS: dict[str, Export] = {
    "patchflow": pictures.export,
    refining.KIND: refining.export_refiner,
    adgan.KIND: adgan.export_adgan,
    **dict.fromkeys(body_recipe.KINDS, body_recipe.export_body),
}


def adoptable(run: Path) -> bool:
    """Whether a run has something to adopt: a checkpoint, or a finished model."""
    return find_checkpoint(run) is not None or (run / CONFIG).is_file()


def refines(run: Path) -> list[str]:
    """The kinds of pictures that a refiner's run can double; none where the run trains something else."""
    if not refining.is_run(run):
        return []
    with suppress(OSError, ValueError, KeyError, TypeError):
        return [str(name) for name in json.loads((run / "run.json").read_text())["domains"]]
    return []


def adopt(run: Path, name: str, settings: Settings, *, replace: bool = False) -> Path:
    """Writes a run's model under `name` into the folder of one's own models, and returns its folder.

    A refiner goes into the model of that name, whose pictures it doubles from then on, or becomes one of its own where
    there is none. replace: whether another model of one's own may give way; those that came with the studio stay.
    Raises InputError for a name that cannot be one or is taken; WeightsError for a run that has nothing yet.
    """
    if not NAME.fullmatch(name):
        raise InputError("A model's name is made of letters, digits, dots, dashes and underscores, at most 96 of them.")
    if not adoptable(run):
        raise WeightsError("This run has no checkpoint yet. Wait for its first one, or let it go on.")
    kind = kind_of_run(run)
    if (run / CONFIG).is_file():  # it was trained in one go, and its folder is the model's
        out = _free_place(name, settings, replace)
        amend_folder(run, out, {}, {})
        return out
    if kind not in EXPORTS:
        raise InputError(f"A {kind} cannot be used on the pages yet: t2i export writes it as a model's folder.")
    if kind == refining.KIND and name in list_models("patchflow"):
        return refining.export_refiner(run, locate(name))
    return EXPORTS[kind](run, _free_place(name, settings, replace))


def kind_of_run(run: Path) -> str:
    """The kind of model that a run trains; “run” where its folder does not say."""
    for name in ("run.json", CONFIG):
        with suppress(OSError, ValueError, KeyError, TypeError):
            return str(json.loads((run / name).read_text())["model"])
    return "run"


def _free_place(name: str, settings: Settings, replace: bool) -> Path:
    """Raises InputError where a model stands there that must stay."""
    out = settings.own_models / name
    if name not in list_models():
        return out
    if locate(name) != out:
        raise InputError(f"“{name}” came with the studio and stays. Choose another name.")
    if not replace:
        kind = read_config(out)["model"]
        raise InputError(f"There is a {kind} model “{name}” already. Choose another name, or say that it may give way.")
    return out
