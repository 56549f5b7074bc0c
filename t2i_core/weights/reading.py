"""Models read from their folders, every file checked before it is used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError

from t2i_core.errors import WeightsError
from t2i_core.settings import BESIDE_THE_CODE, get_settings
from t2i_core.weights.finding import locate
from t2i_core.weights.folders import AGAIN, CONFIG, NAME, SHARES, TENSORS, digests, list_models, read_config, sha256

if TYPE_CHECKING:  # torch takes seconds to import, and a page that lists models needs none of it
    from torch import Tensor


@dataclass(frozen=True)
class ModelFolder:
    """A verified model: its folder, its config.json, its weights, and its other files, e.g. tokenizer.model."""

    path: Path
    config: dict[str, object]
    tensors: "dict[str, Tensor]"
    files: Mapping[str, bytes] = field(default_factory=dict)


def read_folder(path: Path, *, borrowed: bool = True) -> ModelFolder:
    """A model with every file checked against config.json. Raises WeightsError naming the file that is wrong.

    borrowed: with the tensors that lie in other models' folders
    """
    from safetensors.torch import load

    config = read_config(path)
    files = {name: _verified(path / name, digest) for name, digest in digests(path, config).items()}
    try:
        own = load(files.pop(TENSORS))
        return ModelFolder(path, config, own | _shared(path, config) if borrowed else own, files)
    except SafetensorError as problem:
        raise WeightsError(f"{path / TENSORS} is not a safetensors file. {AGAIN}") from problem


def shares(prefix: str, name: str, tensors: "Mapping[str, Tensor]") -> dict[str, object]:
    """What the config.json of a model of `tensors` says where those called `prefix` something are the very ones of the
    model `name`: they are kept once, in that folder. Empty where they differ, or there is no such model here."""
    if name not in list_models():
        return {}
    lender = read_folder(locate(name))
    if any(not _same(tensors.get(prefix + each), tensor) for each, tensor in lender.tensors.items()):
        return {}
    return {SHARES: {prefix: {"model": name, "sha256": digests(lender.path, lender.config)[TENSORS]}}}


def _same(one: "Tensor | None", other: "Tensor") -> bool:
    return one is not None and one.dtype == other.dtype and one.equal(other)


def _shared(path: Path, config: Mapping[str, object]) -> "dict[str, Tensor]":
    """The tensors that a model takes from another's folder. Raises WeightsError where that is not here as it was."""
    from safetensors.torch import load

    tensors: dict[str, Tensor] = {}
    for prefix, (name, digest) in shares_of(path, config).items():
        if not NAME.fullmatch(name):
            raise WeightsError(f"{path / CONFIG} is damaged. {AGAIN}")
        found = load(_verified(_lender(name) / TENSORS, digest))
        tensors |= {prefix + each: tensor for each, tensor in found.items()}
    return tensors


def _lender(name: str) -> Path:
    """The folder of a model that lends tensors; one shipped with the studio is found wherever the weights lie."""
    shipped = BESIDE_THE_CODE / name
    here = (get_settings().weights_folder / name / CONFIG).is_file()
    return shipped if not here and (shipped / CONFIG).is_file() else locate(name)


def shares_of(path: Path, config: Mapping[str, object]) -> dict[str, tuple[str, str]]:
    stored = config.get(SHARES, {})
    try:
        return {prefix: (str(told["model"]), str(told["sha256"])) for prefix, told in stored.items()}  # type: ignore[attr-defined]
    except (AttributeError, TypeError, KeyError) as problem:
        raise WeightsError(f"{path / CONFIG} is damaged. {AGAIN}") from problem


def _verified(file: Path, digest: str) -> bytes:
    try:
        data = file.read_bytes()
    except OSError as problem:
        raise WeightsError(f"{file.name} is missing from {file.parent}. {AGAIN}") from problem
    if sha256(data) == digest:
        return data
    if file.name == TENSORS and _is_whole(data):
        raise WeightsError(f"{file} belongs to another model or another version of this one. {AGAIN}")
    raise WeightsError(f"{file} is cut off, damaged or not the one {CONFIG} describes. {AGAIN}")


def _is_whole(data: bytes) -> bool:
    from safetensors import deserialize

    try:
        deserialize(data)
    except SafetensorError:
        return False
    return True
