"""Size charts as shops write them in CSV files, and which of their sizes fits what is known of a body."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from t2i_core.data.sheets import Sheet, first_of, open_sheet
from t2i_core.errors import InputError
from t2i_core.tryon.anthropometry import GIRTHS, MEASURES
from t2i_core.tryon.size import Estimate

EXAMPLE = Path(__file__).parent / "example_sizes.csv"
NAMES = ("size", "name", "label", "grösse", "groesse", "taille", "talla", "taglia")
LARGEST, MOST = 100_000, 60  # bytes of a file, sizes in it
SMALLEST_CM, LARGEST_CM = 15.0, 250.0
DRAWS = 4000  # bodies that are tried on a chart
CLOSE = 0.25  # how probable a second size is from which on it is named too
HOW = (
    "It needs a column size, and for at least one of shoulder, chest, waist, hip, inseam two columns such as chest_min "
    "and chest_max, in cm."
)


@dataclass(frozen=True)
class Size:
    """A row of a chart: of each measure, from where to where it goes, in centimetres."""

    name: str
    ranges: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Chart:
    """Sizes from the smallest to the largest."""

    name: str
    sizes: Sequence[Size]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Advice:
    """size: the likeliest; None where no size of the chart is; chances: of every size, and of lying beyond the chart;
    notes: in sentences."""

    size: str | None
    chances: Mapping[str, float]
    notes: tuple[str, ...]


def example_chart() -> Chart:
    """Sizes made up for this project, to try it with: not those of any shop."""
    return read_chart(EXAMPLE)


def chart_of_bytes(data: bytes, name: str) -> Chart:
    """The chart of an uploaded file. Raises InputError as `read_chart` does."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / (Path(name).name or "chart.csv")
        path.write_bytes(data[: LARGEST + 1])
        return read_chart(path)


def read_chart(path: Path) -> Chart:
    """The chart of a CSV file: comma, semicolon or tab, decimal point or comma, with or without a byte-order mark.

    Raises InputError, in a sentence, for a file that is no such chart.
    """
    name = path.name
    try:
        large = path.stat().st_size > LARGEST
    except OSError as problem:
        raise InputError(f"{path} cannot be opened: {problem.strerror}. Check the path.") from problem
    if large:
        raise InputError(f"{name} is larger than {LARGEST // 1000} KB; a size chart has a few dozen lines.")
    sheet = open_sheet(path)
    columns = _columns(sheet, name)
    rows = list(sheet.rows())
    if not rows:
        raise InputError(f"{name} holds no sizes. {HOW}")
    if len(rows) > MOST:
        raise InputError(f"{name} has {len(rows)} lines; a size chart has at most {MOST}.")
    sizes = [_size(row, number, columns, name) for number, row in enumerate(rows, 2)]
    return _checked(Chart(name, sizes, tuple(what for what in MEASURES if what in columns)))


def _columns(sheet: Sheet, name: str) -> dict[str, tuple[int, int]]:
    """Where the name of a size stands ("size") and both ends of each measure."""
    there = sheet.columns
    found: dict[str, tuple[int, int]] = {}
    name_at = first_of(there, NAMES)
    if name_at is not None:
        found["size"] = name_at, name_at
    for what in MEASURES:
        ends = there.get(f"{what}_min"), there.get(f"{what}_max")
        if ends[0] is not None and ends[1] is not None:
            found[what] = ends[0], ends[1]
        elif ends != (None, None):
            raise InputError(f"{name} has only one of the columns {what}_min and {what}_max; both are needed.")
    if "size" not in found or len(found) < 2:
        seen = ", ".join(column.strip()[:20] for column in sheet.names[:8]) or "none"
        raise InputError(f"{name} is no size chart: its columns are {seen}. {HOW}")
    return found


def _size(row: Sequence[str], number: int, columns: Mapping[str, tuple[int, int]], name: str) -> Size:
    def cell(place: int) -> str:
        return row[place].strip() if place < len(row) else ""

    label = cell(columns["size"][0])[:40]
    if not label:
        raise InputError(f"Line {number} of {name} names no size.")
    ranges = {}
    for what, (low, high) in columns.items():
        if what == "size":
            continue
        ends = tuple(_number(cell(place), f"{what} of size {label} in {name}") for place in (low, high))
        if ends[0] >= ends[1]:
            raise InputError(
                f"The {what} of size {label} in {name} goes from {ends[0]:g} to {ends[1]:g}; turn them round."
            )
        ranges[what] = ends[0], ends[1]
    return Size(label, ranges)


def _number(text: str, what: str) -> float:
    try:
        value = float(text.replace(",", ".").removesuffix("cm").strip())
    except ValueError as problem:
        raise InputError(f"The {what} should be a number of centimetres; it is “{text[:20]}”.") from problem
    if not SMALLEST_CM <= value <= LARGEST_CM:
        raise InputError(f"The {what} is {value:g}: no centimetres of a body. Inches must be converted.")
    return value


def _checked(chart: Chart) -> Chart:
    """In order, without gaps in sense: every measure grows from size to size, and no two sizes share a body."""
    names = [size.name for size in chart.sizes]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{chart.name} has the size {twice} twice.")
    what = next((one for one in GIRTHS if one in chart.columns), chart.columns[0])
    ordered = sorted(chart.sizes, key=lambda size: size.ranges[what])
    for column in chart.columns:
        for one, other in pairwise(ordered):
            if one.ranges[column] != other.ranges[column] and one.ranges[column][1] > other.ranges[column][0]:
                raise InputError(
                    f"The sizes {one.name} and {other.name} in {chart.name} overlap in {column}: one ends at "
                    f"{one.ranges[column][1]:g}, the other begins at {other.ranges[column][0]:g}. Let each begin where "
                    "the one before ends."
                )
    return Chart(chart.name, ordered, chart.columns)


def advise(found: Estimate, chart: Chart, seed: int = 0) -> Advice:
    """The size that fits most of the bodies that a body may be: the smallest in which no girth is too large."""
    random = np.random.default_rng(seed)
    beliefs = found.beliefs
    bodies = np.exp(random.multivariate_normal(beliefs.mean, beliefs.spread, DRAWS)) * found.height
    needed = np.zeros(DRAWS, int)
    wanted = [what for what in chart.columns if what != "inseam"] or list(chart.columns)
    for what in wanted:
        ends = np.array([size.ranges[what][1] for size in chart.sizes])
        needed = np.maximum(needed, np.searchsorted(ends, bodies[:, beliefs.names.index(what)], side="left"))
    first = chart.sizes[0].ranges
    small = np.all([bodies[:, beliefs.names.index(what)] < first[what][0] for what in wanted], axis=0)
    shares = np.bincount(np.where(small, len(chart.sizes) + 1, needed), minlength=len(chart.sizes) + 2) / DRAWS
    names = [*(size.name for size in chart.sizes), "larger than the chart", "smaller than the chart"]
    chances = {name: round(float(share), 3) for name, share in zip(names, shares, strict=True)}
    best = int(shares.argmax())
    return Advice(names[best] if best < len(chart.sizes) else None, chances, _advice_notes(found, chart, shares, names))


def _advice_notes(found: Estimate, chart: Chart, shares: np.ndarray, names: Sequence[str]) -> tuple[str, ...]:
    best, second = (int(place) for place in np.argsort(-shares)[:2])
    notes = []
    if best >= len(chart.sizes):
        notes.append(f"The likeliest is that your measures are {names[best]}.")
    elif shares[best] < 0.5:
        notes.append(f"{names[best]} is the likeliest size, but only {shares[best]:.0%} likely: look at the intervals.")
    if shares[second] >= CLOSE and second < len(chart.sizes):
        notes.append(f"{names[second]} is nearly as likely: between the two, take the one for how you like it to fit.")
    by_column = {what: _size_by(found, chart, what) for what in chart.columns}
    if len(set(by_column.values())) > 1:
        told = ", ".join(f"{what} {size}" for what, size in by_column.items())
        notes.append(f"Taken one by one your measures fall in different sizes: {told}.")
    missing = [what for what in MEASURES if what not in chart.columns]
    if missing:
        notes.append(f"The chart says nothing of {', '.join(missing)}.")
    return tuple(notes)


def _size_by(found: Estimate, chart: Chart, what: str) -> str:
    value = found.measures[what].value
    ends = [size.ranges[what][1] for size in chart.sizes]
    place = int(np.searchsorted(ends, value, side="left"))
    return chart.sizes[place].name if place < len(ends) else f"above {chart.sizes[-1].name}"
