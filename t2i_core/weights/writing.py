"""Models written whole: a folder is there as it was or as it shall be, never half of either."""

import json
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from t2i_core.errors import OutputError
from t2i_core.weights.folders import CONFIG, DOCUMENTS, FORMAT, TENSORS, digests, documents_of, read_config, sha256
from t2i_core.weights.reading import read_folder, shares_of

if TYPE_CHECKING:
    from torch import Tensor


def write_folder(
    path: Path,
    config: Mapping[str, object],
    tensors: "Mapping[str, Tensor]",
    extra_files: Mapping[str, bytes],
) -> None:
    """Writes a model's folder whole, in place of what stood at `path`; fills in `format` and the files' digests.

    Tensors that the config says to be another model's (see `shares`) are left to that. Raises OutputError as
    `place_files` does.
    """
    from safetensors.torch import save

    others = tuple(shares_of(path, config))
    own = {name: tensor for name, tensor in tensors.items() if not name.startswith(others)}
    weights = save({name: tensor.detach().cpu().contiguous() for name, tensor in own.items()}, {"format": "pt"})
    files = {**extra_files, TENSORS: weights}
    listed = {name: sha256(data) for name, data in sorted(files.items()) if not name.endswith(DOCUMENTS)}
    described = {**config, "format": FORMAT, "files": listed}
    files[CONFIG] = json.dumps(described, ensure_ascii=False, indent=1, allow_nan=False).encode() + b"\n"
    place_files(path, files)


def place_files(path: Path, files: Mapping[str, bytes]) -> None:
    """A folder of these files and no others, in place of what stood at `path`.

    Raises OutputError where it cannot be written; what stood there before is then untouched.
    """
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
    documents = documents_of(path)
    amended = {**folder.files, **documents, **files}
    kept = {name: data for name, data in amended.items() if data is not None}
    write_folder(out, {**folder.config, **settings}, folder.tensors, kept)


def copy_to(folder: Path, out: Path) -> None:
    """Writes a pulled model's files to a folder of one's own. Raises OutputError where that cannot be."""
    if out.exists() and not (out / CONFIG).is_file():
        raise OutputError(f"{out} is there already and is no model's folder. Choose another one.")
    listed = digests(folder, read_config(folder))
    documents = [file.name for file in folder.iterdir() if file.name.endswith(DOCUMENTS)]
    place_files(out, {name: (folder / name).read_bytes() for name in (CONFIG, *listed, *documents)})


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
