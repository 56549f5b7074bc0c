"""DeepFashion's In-shop Clothes Retrieval as pose transfer reads it, from the files that were published for it:

- pictures, in `train/` and `test/` or all in one folder
- joints: a CSV with `:` between its columns, `name:keypoints_y:keypoints_x`, both JSON lists of 18 numbers in pixels,
  in the order of OpenPose, -1 for joints that are not seen
- pairs: a CSV `from,to` of two pictures' names that show the same outfit
- `train.lst`, `test.lst`: the names of the pictures of either side of the split
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from t2i_core.data.joints import JOINTS, Joints
from t2i_core.errors import DataError

UNSEEN = -1
JOINTS_FILE, PAIRS_FILE, LIST_FILE = "*annotation*{side}.csv", "*pairs*{side}.csv", "{side}.lst"
COLUMNS = ["name", "keypoints_y", "keypoints_x"]


@dataclass(frozen=True)
class DeepFashion:
    """One side of the split. joints: by picture, [18, 3] of x, y and 1, or 0 where unseen; pairs: of pictures' names,
    from and to; paths: by picture, where it lies."""

    joints: Mapping[str, Joints]
    pairs: Sequence[tuple[str, str]]
    paths: Mapping[str, Path]


def read_deepfashion(data: Sequence[Path], *, held_out: bool) -> DeepFashion:
    """One side of the split in a folder. Pictures without joints, and pairs of such, are left out.

    Raises DataError naming the file that is missing, or the line that cannot be read.
    """
    folder, side = _folder(data), "test" if held_out else "train"
    listed = read_list(folder / LIST_FILE.format(side=side))
    known = read_joints(_only(folder, JOINTS_FILE.format(side=side)))
    paths = {name: path for name in listed if name in known and (path := _picture(folder, side, name))}
    if not paths:
        raise DataError(f"{folder} holds none of the pictures that {side}.lst names and whose joints are known.")
    pairs = read_pairs(_only(folder, PAIRS_FILE.format(side=side)))
    usable = [(one, other) for one, other in pairs if one in paths and other in paths]
    if not usable:
        raise DataError(f"No pair in {folder} is of two pictures that {side}.lst names and whose joints are known.")
    return DeepFashion({name: known[name] for name in paths}, usable, paths)


def read_joints(path: Path) -> dict[str, Joints]:
    """The joints of every picture that a file of annotations names."""
    lines = _lines(path)
    if [column.strip() for column in lines[0].split(":")] != COLUMNS:
        raise DataError(f"{path} does not begin with {':'.join(COLUMNS)}.")
    return dict(_joints(path, number, line) for number, line in enumerate(lines[1:], 2) if line.strip())


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """Names of two pictures a row, from and to."""
    rows = list(csv.reader(_lines(path)))
    if [column.strip() for column in rows[0]] != ["from", "to"]:
        raise DataError(f"{path} does not begin with from,to.")
    return [(row[0].strip(), row[1].strip()) for row in rows[1:] if len(row) == 2]


def read_list(path: Path) -> list[str]:
    """The names that a list holds, one a line."""
    return [line.strip() for line in _lines(path) if line.strip()]


def _joints(path: Path, number: int, line: str) -> tuple[str, Joints]:
    try:
        name, *columns = line.split(":")
        y, x = (np.array(json.loads(column), np.float32) for column in columns)
        if y.shape != (len(JOINTS),) or x.shape != y.shape:
            raise ValueError(f"{len(JOINTS)} numbers are needed in both lists")
    except ValueError as problem:
        raise DataError(f"Line {number} of {path} is not name:keypoints_y:keypoints_x: {problem}.") from problem
    seen = (x != UNSEEN) & (y != UNSEEN)
    return name.strip(), np.stack([x, y, seen.astype(np.float32)], axis=1).astype(np.float32)


def _picture(folder: Path, side: str, name: str) -> Path | None:
    """Where a picture lies; None where it does not, or its name leads out of the folder."""
    if Path(name).name != name:
        return None
    return next((path for place in (folder / side, folder) if (path := place / name).is_file()), None)


def _folder(data: Sequence[Path]) -> Path:
    for path in data:
        if path.is_dir() and (path / LIST_FILE.format(side="train")).is_file():
            return path
    named = ", ".join(map(str, data))
    raise DataError(f"There is no train.lst in {named}. Give --data the folder of DeepFashion's In-shop files.")


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        many = f"{len(found)} files" if found else "no file"
        raise DataError(f"{folder} holds {many} called {pattern}; one is needed.")
    return found[0]


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise DataError(f"{path} cannot be read: {problem}.") from problem
    if not lines:
        raise DataError(f"{path} is empty.")
    return lines
