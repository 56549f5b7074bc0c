"""Tensors that take minutes to compute, kept in a folder under a name that changes with what they depend on."""

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from t2i_core.images import atomic_write

Tensors = dict[str, Tensor]

log = logging.getLogger(__name__)


def fingerprint(*parts: str | NDArray[np.generic]) -> str:
    """Sixteen hex digits that change with any of the parts."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else np.ascontiguousarray(part).tobytes()
        digest.update(f"{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def cached(path: Path, make: Callable[[], Tensors]) -> Tensors:
    """The tensors stored at `path`; made and stored where the file is missing or damaged."""
    if path.exists():
        try:
            return load_file(path)
        except SafetensorError:
            pass  # half a file from elsewhere: made anew below
    log.info("Computing %s once; it is kept for the next time.", path.stem)
    tensors = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, save(tensors))
    return tensors
