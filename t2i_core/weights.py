"""Models as folders: found by name here or on the Hugging Face Hub, verified before use, written whole, published.

A model's folder has the layout of a Hub repository: config.json, model.safetensors, what else loading needs, and
README.md, the model card. config.json lists a SHA-256 for every file that loading needs.
"""

import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError

from t2i_core.errors import OutputError, WeightsError
from t2i_core.hub import download, hub_errors
from t2i_core.settings import BESIDE_THE_CODE, get_settings

if TYPE_CHECKING:  # torch takes seconds to import, and a page that lists models needs none of it
    from torch import Tensor

FORMAT = 1
CONFIG = "config.json"
TENSORS = "model.safetensors"
SHARES = "shares"  # in config.json: whose tensors of what names lie in another model's folder
DOCUMENTS = (".md", ".png", ".jpg", ".gif")  # for people to read: shipped with a model, free to be edited
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
REPOSITORY = re.compile(rf"{NAME.pattern}/{NAME.pattern}")
AGAIN = "Download the model's folder again."


@dataclass(frozen=True)
class ModelFolder:
    """A verified model: its folder, its config.json, its weights, and its other files, e.g. tokenizer.model."""

    path: Path
    config: dict[str, object]
    tensors: "dict[str, Tensor]"
    files: Mapping[str, bytes] = field(default_factory=dict)


def locate(name: str) -> Path:
    """The folder of a model, given as a name in the weights folder, a folder's path, or owner/name on the Hub.

    A Hub model is downloaded once and kept in the Hub's cache. Raises WeightsError where there is none.
    """
    settings = get_settings()
    if not name.strip() or ".." in re.split(r"[/\\]", name) or not name.isprintable():
        raise WeightsError(f"“{name[:80]}” does not name a model. {_choices()}")
    if NAME.fullmatch(name) and (settings.weights_folder / name / CONFIG).is_file():
        return settings.weights_folder / name
    if os.path.isfile(os.path.join(name, CONFIG)):  # noqa: PTH113, PTH118 - Path.is_file raises for a name that is too long
        return Path(name).absolute()
    if NAME.fullmatch(name) and settings.hub_namespace:
        return download(f"{settings.hub_namespace}/{name}")
    if REPOSITORY.fullmatch(name):
        return download(name)
    raise WeightsError(
        f"There is no model “{name[:80]}”, neither in {settings.weights_folder} nor as a folder. {_choices()}"
    )


def list_models(kind: str | None = None) -> list[str]:
    """Names of the models in the weights folder; of one kind (config.json's `model`) where asked."""
    folder = get_settings().weights_folder
    names = sorted(path.parent.name for path in folder.glob(f"*/{CONFIG}") if NAME.fullmatch(path.parent.name))
    return [name for name in names if kind is None or _kind(folder / name) == kind]


def origin(path: Path) -> str:
    """Where a model's folder came from, in words: the studio's own weights, a Hub repository, or another folder."""
    path = path.absolute()
    if path.parent == get_settings().weights_folder:
        return "shipped with the studio"
    owner_and_name = re.search(r"models--([^/\\]+?)--([^/\\]+)[/\\]snapshots[/\\]([0-9a-f]{7})", str(path))
    if owner_and_name:
        return "Hugging Face Hub: {}/{} at {}".format(*owner_and_name.groups())
    return f"folder {path}"


def read_config(path: Path) -> dict[str, object]:
    """config.json of a model's folder. Raises WeightsError unless it is one of ours."""
    try:
        config = json.loads((path / CONFIG).read_bytes())
    except OSError as problem:
        raise WeightsError(f"{path} is not a model's folder: it has no {CONFIG}. {_choices()}") from problem
    except (ValueError, RecursionError) as problem:
        raise WeightsError(f"{path / CONFIG} is damaged. {AGAIN}") from problem
    if not isinstance(config, dict) or not isinstance(config.get("model"), str):
        raise WeightsError(f"{path / CONFIG} does not describe a model of this studio. {_choices()}")
    if config.get("format") != FORMAT:
        raise WeightsError(
            f"{path.name} has format {config.get('format')!r}; this version reads format {FORMAT}. Update the studio."
        )
    return config


def read_folder(path: Path, *, borrowed: bool = True) -> ModelFolder:
    """A model with every file checked against config.json. Raises WeightsError naming the file that is wrong.

    borrowed: with the tensors that lie in other models' folders
    """
    from safetensors.torch import load

    config = read_config(path)
    files = {name: _verified(path / name, digest) for name, digest in _digests(path, config).items()}
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
    return {SHARES: {prefix: {"model": name, "sha256": _digests(lender.path, lender.config)[TENSORS]}}}


def _same(one: "Tensor | None", other: "Tensor") -> bool:
    return one is not None and one.dtype == other.dtype and one.equal(other)


def _shared(path: Path, config: Mapping[str, object]) -> "dict[str, Tensor]":
    """The tensors that a model takes from another's folder. Raises WeightsError where that is not here as it was."""
    from safetensors.torch import load

    tensors: dict[str, Tensor] = {}
    for prefix, (name, digest) in _shares_of(path, config).items():
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


def _shares_of(path: Path, config: Mapping[str, object]) -> dict[str, tuple[str, str]]:
    stored = config.get(SHARES, {})
    try:
        return {prefix: (str(told["model"]), str(told["sha256"])) for prefix, told in stored.items()}  # type: ignore[attr-defined]
    except (AttributeError, TypeError, KeyError) as problem:
        raise WeightsError(f"{path / CONFIG} is damaged. {AGAIN}") from problem


def write_folder(
    path: Path,
    config: Mapping[str, object],
    tensors: "Mapping[str, Tensor]",
    extra_files: Mapping[str, bytes],
) -> None:
    """Writes a model's folder whole, in place of what stood at `path`; fills in `format` and the files' digests.

    Tensors that the config says to be another model's (see `shares`) are left to that.
    Raises OutputError where it cannot be written; what stood there before is then untouched.
    """
    from safetensors.torch import save

    others = tuple(_shares_of(path, config))
    own = {name: tensor for name, tensor in tensors.items() if not name.startswith(others)}
    weights = save({name: tensor.detach().cpu().contiguous() for name, tensor in own.items()}, {"format": "pt"})
    files = {**extra_files, TENSORS: weights}
    digests = {name: _sha256(data) for name, data in sorted(files.items()) if not name.endswith(DOCUMENTS)}
    described = {**config, "format": FORMAT, "files": digests}
    files[CONFIG] = json.dumps(described, ensure_ascii=False, indent=1, allow_nan=False).encode() + b"\n"
    part, old = (path.parent / f".{path.name}.{uuid.uuid4().hex}.{end}" for end in ("part", "old"))
    try:
        part.mkdir(parents=True)
        for name, data in files.items():
            (part / name).write_bytes(data)
        _swap(part, path, old)
    except OSError as problem:
        raise OutputError(
            f"The model cannot be written to {path}: {problem.strerror or problem}. "
            "Choose a folder you may write to, with room left."
        ) from problem
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def amend_folder(path: Path, out: Path, settings: Mapping[str, object], files: Mapping[str, bytes | None]) -> None:
    """Writes the model of the folder `path` to `out`, which may be the same folder, with other settings and files.

    None takes a file away. Everything else stays as it is, the card too. Raises OutputError as `write_folder` does.
    """
    folder = read_folder(path, borrowed=False)
    documents = {file.name: file.read_bytes() for file in path.iterdir() if file.name.endswith(DOCUMENTS)}
    amended = {**folder.files, **documents, **files}
    kept = {name: data for name, data in amended.items() if data is not None}
    write_folder(out, {**folder.config, **settings}, folder.tensors, kept)


def publish(path: Path, repo_id: str, private: bool = True) -> str:
    """Uploads a model's folder to the Hub as `repo_id` (owner/name), made if new, and gives its address.

    Only the model's own files go up. Raises WeightsError for a damaged model, or where the Hub refuses.
    """
    from huggingface_hub import HfApi

    if not REPOSITORY.fullmatch(repo_id):
        raise WeightsError(f"“{repo_id[:80]}” is not a Hub repository. Write it as owner/name.")
    if get_settings().offline:
        raise WeightsError("The studio is offline (T2I_OFFLINE). Publishing needs the network.")
    names = [CONFIG, *_digests(path, read_folder(path).config), *(f"*{end}" for end in DOCUMENTS)]
    with hub_errors(repo_id):
        address = HfApi().create_repo(repo_id, private=private, exist_ok=True)
        HfApi().upload_folder(
            repo_id=repo_id, folder_path=path, allow_patterns=names, commit_message=f"Publish {path.name}"
        )
    return str(address)


def _choices() -> str:
    known = list_models()
    here = f"Models here: {', '.join(known)}. " if known else "There are none here. "
    return here + "Give one of their names, the path of a model's folder, or owner/name on the Hugging Face Hub."


def _kind(path: Path) -> object:
    try:
        return read_config(path)["model"]
    except WeightsError:
        return None


def _digests(path: Path, config: Mapping[str, object]) -> dict[str, str]:
    listed = config.get("files")
    if not isinstance(listed, dict) or TENSORS not in listed or not all(map(NAME.fullmatch, listed)):
        raise WeightsError(f"{path / CONFIG} does not list the model's files. {AGAIN}")
    return {name: str(digest) for name, digest in listed.items()}


def _verified(file: Path, digest: str) -> bytes:
    try:
        data = file.read_bytes()
    except OSError as problem:
        raise WeightsError(f"{file.name} is missing from {file.parent}. {AGAIN}") from problem
    if _sha256(data) == digest:
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


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _swap(part: Path, path: Path, old: Path) -> None:
    existed = path.exists()
    if existed:
        path.rename(old)
    try:
        part.rename(path)
    except OSError:
        if existed:
            old.rename(path)
        raise
