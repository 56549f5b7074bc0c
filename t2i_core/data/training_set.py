"""A domain's items as arrays a training loop can index: framed pictures, their labels, what was measured on them.

Built once from parquet files and kept as .npy files in a cache folder, keyed by the files' content and this recipe.
"""

import hashlib
import io
import json
import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from t2i_core.data.catalogue import is_held_out
from t2i_core.data.domain import Domain, Item, without_image
from t2i_core.data.measure import FILL, Measured, measure
from t2i_core.errors import DataError
from t2i_core.text.attributes import AttributeSpace, Choice, Number, Tone, Value
from t2i_core.text.colours import lab_to_hex

log = logging.getLogger(__name__)

VERSION = 5  # raise when the preparation changes, so that old caches are not used
RANGES = {"lightness": (0, 100, None), "aspect": (-3, 3, None), "fill": (0.5, 1, FILL)}  # lowest, highest, default
FEWEST = 25  # a value of a choice needs this many training pictures to be offered
MOST = 500  # values a choice offers: a catalogue may know thousands of brands


@dataclass(frozen=True)
class Examples:
    """Items of a domain with their framed pictures (uint8 [N, 3, size, size]) and what was measured on them."""

    domain: Domain
    items: list[Item]
    images: NDArray[np.uint8]
    measured: list[Measured]

    def __len__(self) -> int:
        return len(self.items)

    def attributes(self, row: int, space: AttributeSpace) -> dict[str, Value]:
        """Everything known of one picture, as a request would say it; labels the model does not offer are left out."""
        labels, seen = self.items[row].labels, self.measured[row]
        said: dict[str, Value] = {}
        for attribute in space.attributes:
            if isinstance(attribute, Tone):
                said[attribute.name] = lab_to_hex(seen.tone)
            elif isinstance(attribute, Number):
                said[attribute.name] = min(max(getattr(seen, attribute.name), attribute.low), attribute.high)
            elif labels.get(attribute.name) in attribute.values:
                said[attribute.name] = labels[attribute.name]
        return said

    def taken(self, rows: Sequence[int]) -> "Examples":
        """The examples of these rows, in their order."""
        items, measured = ([column[row] for row in rows] for column in (self.items, self.measured))
        return replace(self, items=items, images=self.images[rows], measured=measured)  # type: ignore[arg-type]

    def wordings(self) -> list[list[str]]:
        """Several texts an item, the first its title."""
        return self.domain.wordings(self.items)


def load_examples(domain: Domain, paths: Sequence[Path], *, held_out: bool, size: int, cache: Path) -> Examples:
    """A domain's training or held-out items, framed at `size`."""
    folder = cache / f"{domain.name}-{size}-{'held' if held_out else 'train'}-{_key(paths)}"
    if not folder.is_dir():
        side = "held-out" if held_out else "training"
        log.info("Reading the %s pictures of %s once; they are kept for the next time.", side, domain.name)
        _prepare(domain, paths, held_out, size, folder)
    stored = json.loads((folder / "examples.json").read_text())
    return Examples(
        domain=domain,
        items=[Item(**{**entry, "texts": tuple(entry["texts"])}) for entry in stored["items"]],
        images=np.load(folder / "images.npy", mmap_mode="r"),
        measured=[Measured(**{**entry, "tone": tuple(entry["tone"])}) for entry in stored["measured"]],
    )


def space_of(examples: Examples) -> AttributeSpace:
    """The attributes a model of these examples can offer: labels seen often enough, and the measured quantities. A
    label of which no value is seen often enough is none of them."""
    choices = [choice for name in examples.domain.choices if (choice := _choice(name, examples.items)).values]
    measures = [_measure(name, examples.measured) for name in examples.domain.measures]
    return AttributeSpace((*choices, *measures))


def _prepare(domain: Domain, paths: Sequence[Path], held_out: bool, size: int, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        with (building / "images.npy").open("wb") as file:
            records = _write_images(file, domain, paths, held_out, size)
        (building / "examples.json").write_text(json.dumps(records))
        with suppress(OSError):  # another process was first
            building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _write_images(
    file: BinaryIO, domain: Domain, paths: Sequence[Path], held_out: bool, size: int
) -> dict[str, list[dict[str, object]]]:
    """Writes pictures as they come: all of a catalogue's at once would not fit into memory. Gives what is known of
    them."""
    items, measured = [], []
    _write_header(file, 0, size)
    for item in domain.items(paths):
        if is_held_out(item.id) != held_out or item.image is None:
            continue
        picture = domain.frame(Image.open(io.BytesIO(item.image)), size, item.id)
        seen = measure(picture)
        items.append(asdict(without_image(domain.describe(item, seen))))
        file.write(np.asarray(picture).transpose(2, 0, 1).tobytes())
        measured.append(asdict(seen))
    if not items:
        raise DataError("These files hold no picture for this side of the split.")
    _write_header(file, len(items), size)
    return {"items": items, "measured": measured}


def _write_header(file: BinaryIO, count: int, size: int) -> None:
    """The start of a .npy file; numpy leaves room in it for any count."""
    file.seek(0)
    shape = (count, 3, size, size)
    np.lib.format.write_array_header_1_0(file, {"shape": shape, "fortran_order": False, "descr": "|u1"})


def _key(paths: Sequence[Path]) -> str:
    facts = [(path.name, path.stat().st_size) for path in paths if path.exists()]
    return hashlib.sha256(repr((VERSION, facts)).encode()).hexdigest()[:10]


def _choice(name: str, items: Sequence[Item]) -> Choice:
    counts = Counter(item.labels[name] for item in items if name in item.labels)
    return Choice(name, tuple(value for value, times in counts.most_common(MOST) if times >= FEWEST))


def _measure(name: str, measured: Sequence[Measured]) -> Tone | Number:
    values = np.array([getattr(seen, name) for seen in measured])
    if name == "tone":
        return Tone(name, tuple(values.mean(0).round(2).tolist()), tuple(values.std(0).round(2).tolist()))
    low, high, default = RANGES[name]
    return Number(name, low, high, float(values.mean().round(3)), float(max(values.std().round(3), 1e-3)), default)
