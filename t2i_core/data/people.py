"""People to learn poses and parts from: photos with joints, and for some of them with parts (people.parquet)."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from t2i_core.data.catalogue import is_held_out
from t2i_core.data.domain import find_files, rows
from t2i_core.data.joints import BLAZEPOSE, Joints, from_blazepose
from t2i_core.data.parts import Parts, from_ccp
from t2i_core.errors import DataError

FILE = "people.parquet"


@dataclass(frozen=True)
class Person:
    """A photo of one person. pixels: [H, W, 3]; joints: [18, 3] of x, y and visibility; parts: [H, W] where known."""

    id: str
    pixels: NDArray[np.uint8]
    joints: Joints
    parts: Parts | None = None


def read_people(data: Sequence[Path], *, held_out: bool) -> list[Person]:
    """The people of one side of the split. Raises DataError for a file that is missing or lacks the columns."""
    (path,) = find_files((FILE,), data)
    people = list(_read(path, held_out))
    if not people:
        raise DataError(f"{path} holds nobody for this side of the split.")
    return people


def _read(path: Path, held_out: bool) -> Iterator[Person]:
    for row in rows(path, ["id", "mask", "keypoints"]):
        identity, image = str(row["id"]), row["image"]
        landmarks = np.asarray(row["keypoints"] or (), np.float32)
        if is_held_out(identity) != held_out or not isinstance(image, bytes) or landmarks.shape != (BLAZEPOSE, 3):
            continue
        joints = from_blazepose(landmarks)
        yield Person(identity, np.asarray(_open(image).convert("RGB")), joints, _parts(row["mask"], joints))


def _parts(mask: object, joints: Joints) -> Parts | None:
    file = mask.get("bytes") if isinstance(mask, dict) else mask
    return from_ccp(np.asarray(_open(file), np.uint8), joints) if isinstance(file, bytes) else None


def _open(file: bytes) -> Image.Image:
    return Image.open(io.BytesIO(file))
