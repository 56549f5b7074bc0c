"""A model's folder as the models page and the home page show it, read without loading the model."""

import re
from dataclasses import dataclass
from pathlib import Path

from t2i_core.ui.language import N_, tr
from t2i_core.weights import TENSORS, origin, read_config

FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
IMAGE = re.compile(r"!\[[^\]]*\](\[[^\]]*\]|\([^)]*\))?")
KINDS = {
    "patchflow": N_("patchflow, draws pictures"),
    "doc2vec": N_("doc2vec, finds similar titles"),
    "damsm": N_("damsm, matches texts and pictures"),
    "refiner": N_("refiner, doubles pictures that others draw"),
    "overlay": N_("overlay, finds what lies over photos"),
    "realism": N_("realism, tells product photos from other pictures"),
    "adgan": N_("adgan, draws people in other poses"),
}
SHOWN = ("model", "name", "sampling", "trained", "network")


@dataclass(frozen=True)
class ModelCard:
    """What there is to say about one model, in words."""

    name: str
    kind: str
    size: str
    parameters: str
    origin: str
    text: str
    pictures: list[Path]
    facts: dict[str, object]


def read_card(folder: Path, name: str | None = None) -> ModelCard:
    """The card of a model's folder. Raises WeightsError where its config.json is damaged.

    name: what it is called here, where that is not the folder's name
    """
    config = read_config(folder)
    return ModelCard(
        name=name or folder.name,
        kind=tr(KINDS.get(str(config["model"]), str(config["model"]))),
        size=_megabytes(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())),
        parameters=_parameters(folder / TENSORS),
        origin=origin(folder),
        text=_text(folder / "README.md"),
        pictures=pictures_of(folder),
        facts={name: config[name] for name in SHOWN if name in config},
    )


def pictures_of(folder: Path) -> list[Path]:
    """The pictures of a model's card, the sheet that it is judged by first."""
    found = (path for path in folder.glob("*") if path.suffix in (".png", ".jpg"))
    return sorted(found, key=lambda path: (path.stem != "sheet", path.name))


def _text(file: Path) -> str:
    """The card without the Hub's header, and without its pictures: those beside it a page cannot follow, and those from
    elsewhere would tell a stranger, whose card it may be, who looks at it."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return IMAGE.sub("", FRONT_MATTER.sub("", text)).strip()


def _parameters(file: Path) -> str:
    """How many numbers the weights hold, from the file's header alone."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, "numpy") as weights:
            shapes = [weights.get_slice(name).get_shape() for name in weights.keys()]  # noqa: SIM118
    except (OSError, SafetensorError):
        return tr("unknown: the file is missing or damaged")
    return tr("{count:.1f} million", count=sum(_product(shape) for shape in shapes) / 1e6)


def _product(shape: list[int]) -> int:
    total = 1
    for side in shape:
        total *= side
    return total


def _megabytes(size: int) -> str:
    return tr("{size:.1f} MB", size=size / 1e6)
