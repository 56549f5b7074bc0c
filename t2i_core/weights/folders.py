"""The folders of models at hand, and what their config.json says."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from t2i_core.errors import WeightsError
from t2i_core.settings import get_settings

FORMAT = 1
CONFIG = "config.json"
TENSORS = "model.safetensors"
SHARES = "shares"  # in config.json: whose tensors of what names lie in another model's folder
DOCUMENTS = (".md", ".png", ".jpg", ".gif")  # for people to read: shipped with a model, free to be edited
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
REPOSITORY = re.compile(rf"{NAME.pattern}/{NAME.pattern}")
AGAIN = "Download the model's folder again."
WhileFetching: TypeAlias = Callable[[int, int], None]  # (bytes fetched, bytes in all)


def list_models(kind: str | None = None) -> list[str]:
    """Names of the models at hand, those trained here too; of one kind (config.json's `model`) where asked."""
    found = {path.parent.name: path.parent for folder in _shelves() for path in folder.glob(f"*/{CONFIG}")}
    names = sorted(name for name in found if NAME.fullmatch(name))
    return [name for name in names if kind is None or _kind(found[name]) == kind]


def at_hand(name: str) -> Path | None:
    """The folder of the model of that name, in the weights folder or among those trained here; None without one."""
    places = (shelf / name for shelf in reversed(_shelves()) if NAME.fullmatch(name))
    return next((place for place in places if (place / CONFIG).is_file()), None)


def _shelves() -> tuple[Path, Path]:
    """Where models lie; a name that is on both is that of the last."""
    settings = get_settings()
    return settings.own_models, settings.weights_folder


def read_config(path: Path) -> dict[str, object]:
    """config.json of a model's folder. Raises WeightsError unless it is one of ours."""
    try:
        config = json.loads((path / CONFIG).read_bytes())
    except OSError as problem:
        raise WeightsError(f"{path} is not a model's folder: it has no {CONFIG}. {choices()}") from problem
    except (ValueError, RecursionError) as problem:
        raise WeightsError(f"{path / CONFIG} is damaged. {AGAIN}") from problem
    if not isinstance(config, dict) or not isinstance(config.get("model"), str):
        raise WeightsError(f"{path / CONFIG} does not describe a model of this studio. {choices()}")
    if config.get("format") != FORMAT:
        raise WeightsError(
            f"{path.name} has format {config.get('format')!r}; this version reads format {FORMAT}. Update the studio."
        )
    return config


def digests(path: Path, config: Mapping[str, object]) -> dict[str, str]:
    listed = config.get("files")
    if not isinstance(listed, dict) or TENSORS not in listed or not all(map(NAME.fullmatch, listed)):
        raise WeightsError(f"{path / CONFIG} does not list the model's files. {AGAIN}")
    return {name: str(digest) for name, digest in listed.items()}


def choices() -> str:
    known = list_models()
    here = f"Models here: {', '.join(known)}. " if known else "There are none here. "
    return here + "Give one of their names, the path of a model's folder, or owner/name on the Hugging Face Hub."


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _kind(path: Path) -> object:
    try:
        return read_config(path)["model"]
    except WeightsError:
        return None


def documents_of(path: Path) -> dict[str, bytes]:
    """The card and pictures that lie in a folder: what people read, and loading does not need."""
    return {file.name: file.read_bytes() for file in path.glob("*") if file.name.endswith(DOCUMENTS)}
