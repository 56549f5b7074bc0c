"""What pose transfer learns from: people cut out at one size, labelled once and kept as arrays that are mapped, not
read, so that a data set may be larger than the memory."""

import json
import logging
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from t2i_core.data.deepfashion import read_deepfashion
from t2i_core.data.joints import Joints
from t2i_core.data.people import Person as Known
from t2i_core.data.people import read_people
from t2i_core.errors import DataError, ImageError
from t2i_core.images import open_image
from t2i_core.training.cache import fingerprint
from t2i_core.tryon.appearance import Appearance, Size, appearance
from t2i_core.tryon.framing import around
from t2i_core.tryon.parsing import Parsed, Parser
from t2i_core.tryon.pose import Pose, Sighted

VERSION = "2"  # raise it with any change that moves what is kept, a new parser too: it names the cached folders
LEAST = 0.08  # of a picture that somebody must cover; less is a person who was not found
ARRAYS, NAMES = ("pixels", "parts", "joints"), "names.json"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cast:
    """People as arrays. pixels: uint8 [N, H, W, 3]; parts: uint8 [N, H, W]; joints: float32 [N, 18, 3]; names: of the
    photos in their data."""

    pixels: NDArray[np.uint8]
    parts: NDArray[np.uint8]
    joints: Joints
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.parts)


@dataclass(frozen=True)
class Shot:
    """A photo to be labelled: its name in the data, and what makes an Appearance of it, or None where it is of no
    use."""

    name: str
    look: Callable[[Size], Appearance | None]


def people_cast(parser: Parser, data: Sequence[Path], size: Size, cache: Path, *, held_out: bool) -> Cast:
    """The people of people.parquet before a plain ground, at the joints that came with them; parts are parsed where
    nobody marked them. Raises DataError for a file that is missing or holds nobody."""
    known = read_people(data, held_out=held_out)
    return kept_cast([_shot(one, parser) for one in known], size, cache, "people")


def deepfashion_cast(
    parser: Parser, data: Sequence[Path], size: Size, cache: Path, *, held_out: bool
) -> tuple[Cast, NDArray[np.int64]]:
    """DeepFashion's people at the joints that were published with them, parsed, and the pairs [M, 2] of their rows.

    Raises DataError for files that are missing or cannot be read.
    """
    found = read_deepfashion(data, held_out=held_out)
    shots = [_published(name, path, found.joints[name], parser) for name, path in sorted(found.paths.items())]
    cast = kept_cast(shots, size, cache, "deepfashion")
    row = {name: number for number, name in enumerate(cast.names)}
    pairs = [(row[one], row[other]) for one, other in found.pairs if one in row and other in row]
    if not pairs:
        raise DataError("In no pair of these pictures was somebody found in both.")
    return cast, np.array(pairs, np.int64)


def kept_cast(shots: Sequence[Shot], size: Size, cache: Path, what: str) -> Cast:
    """The people of these shots, from the cache folder where they were labelled before."""
    folder = cache / f"cast-{fingerprint(VERSION, what, repr(size), *(shot.name for shot in shots))}"
    if not (folder / NAMES).is_file():
        log.info("Cutting %d people out once; they are kept for the next time.", len(shots))
        _write(folder, shots, size)
    pixels, parts, joints = (np.load(folder / f"{name}.npy", "r", allow_pickle=False) for name in ARRAYS)
    return Cast(pixels, parts, joints, tuple(json.loads((folder / NAMES).read_text())))


def _write(folder: Path, shots: Sequence[Shot], size: Size) -> None:
    """Writes the arrays beside their place and then moves them there: whole or not at all."""
    building = folder.parent / f".{folder.name}.{uuid.uuid4().hex}"
    building.mkdir(parents=True)
    try:
        shapes = ((*size, 3), size, (18, 3))
        kinds = (np.uint8, np.uint8, np.float32)
        arrays = [
            np.lib.format.open_memmap(building / f".{name}.npy", "w+", kind, (len(shots), *shape))
            for name, shape, kind in zip(ARRAYS, shapes, kinds, strict=True)
        ]
        names: list[str] = []
        for name, one in _useful(shots, size):
            for array, value in zip(arrays, (one.pixels, one.parts, one.joints), strict=True):
                array[len(names)] = value
            names.append(name)
        if not names:
            raise DataError("Nobody was found in these pictures.")
        for name, array in zip(ARRAYS, arrays, strict=True):
            np.save(building / f"{name}.npy", array[: len(names)], allow_pickle=False)
            (building / f".{name}.npy").unlink()
        (building / NAMES).write_text(json.dumps(names))
        shutil.rmtree(folder, ignore_errors=True)
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _useful(shots: Sequence[Shot], size: Size) -> Iterator[tuple[str, Appearance]]:
    for shot in shots:
        found = shot.look(size)
        if found is not None and (found.parts > 0).mean() > LEAST:
            yield shot.name, found


def _shot(known: Known, parser: Parser) -> Shot:
    photo = Image.fromarray(known.pixels)

    def look(size: Size) -> Appearance | None:
        pose = Pose(known.joints, photo.size)
        if known.parts is not None:
            parsed = Parsed.of_parts(known.parts, around(pose.box()))
        else:
            parsed = parser.parse(photo, Sighted(pose))
        return appearance(photo, pose, parsed, size)

    return Shot(known.id, look)


def _published(name: str, path: Path, joints: Joints, parser: Parser) -> Shot:
    def look(size: Size) -> Appearance | None:
        try:
            photo = open_image(path)
            pose = Pose(joints, photo.size)
            return appearance(photo, pose, parser.parse(photo, Sighted(pose)), size)
        except (ImageError, ValueError):  # a damaged picture, or one without shoulders and hips, is left out
            return None

    return Shot(name, look)
