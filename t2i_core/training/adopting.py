"""“Use this model”: what a run trained becomes a model that every page can choose."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from t2i_core.errors import InputError, WeightsError
from t2i_core.settings import Settings
from t2i_core.training import adgan, attngan, body_recipe, codes, dcgan, instant, pictures, refining, tacgan
from t2i_core.training.checkpoint import export_averaged, find_checkpoint, kind_of_run
from t2i_core.weights import CONFIG, NAME, amend_folder, list_models, locate, read_config

Export = Callable[[Path, Path], Path]  # (run, the model's folder) -> that folder
EXPORTS: dict[str, Export] = {
    "patchflow": pictures.export,
    refining.KIND: refining.export_refiner,
    adgan.KIND: export_averaged,
    instant.KIND: instant.export_instant,
    dcgan.KIND: codes.export_codes,
    **dict.fromkeys(body_recipe.KINDS, body_recipe.export_body),
}
WITHOUT_A_PAGE = {
    tacgan.KIND: "No page draws with a TAC-GAN: the judge of real photos is made of its discriminator. "
    "Start the recipe “realism” from this run.",
    attngan.KIND: "No page draws with an AttnGAN: it is there to be compared with the others (t2i compare). "
    "Its pictures are the run's sheets.",
}
WITHOUT_CODES = (
    "No page draws with this DCGAN: from noise alone there is nothing to ask for. "
    "Train one with codes: the recipe “shoes-infogan”."
)


def adoptable(run: Path) -> bool:
    """Whether a run has something to adopt: a checkpoint, or a finished model."""
    return find_checkpoint(run) is not None or (run / CONFIG).is_file()


def refines(run: Path) -> list[str]:
    """The kinds of pictures that a refiner's run can double; none where the run trains something else."""
    if kind_of_run(run) != refining.KIND:
        return []
    with suppress(OSError, ValueError, KeyError, TypeError):
        return [str(name) for name in json.loads((run / "run.json").read_text())["domains"]]
    return []


def completes(run: Path) -> str | None:
    """The model that a run of an instant generator belongs to; None where the run trains something else."""
    if kind_of_run(run) != instant.KIND:
        return None
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads((run / "run.json").read_text())["flow"])
    return None


def adopt(run: Path, name: str, settings: Settings, *, replace: bool = False) -> Path:
    """Writes a run's model under `name` into the folder of one's own models, and returns its folder.

    A refiner goes into the model of that name, whose pictures it doubles from then on, or becomes one of its own where
    there is none; an instant generator goes into the model that it was distilled from.
    replace: whether another model of one's own may give way; those that came with the studio stay
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
    if refusal := unusable(run):
        raise InputError(refusal)
    if flow := completes(run):
        return instant.export_instant(run, locate(flow))
    if kind == refining.KIND and name in list_models("patchflow"):
        return refining.export_refiner(run, locate(name))
    return EXPORTS[kind](run, _free_place(name, settings, replace))


def unusable(run: Path) -> str | None:
    """Why no page can use what a run trains; None where one can."""
    kind = kind_of_run(run)
    if kind in WITHOUT_A_PAGE:
        return WITHOUT_A_PAGE[kind]
    if kind == dcgan.KIND and not _has_codes(run):
        return WITHOUT_CODES
    known = kind in EXPORTS or (run / CONFIG).is_file()
    return None if known else f"A {kind} cannot be used on the pages: t2i export writes it as a model's folder."


def _has_codes(run: Path) -> bool:
    with suppress(OSError, ValueError, KeyError, TypeError):
        network = json.loads((run / "run.json").read_text())["network"]
        return bool(network["categories"] + network["continuous"])
    return False


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
