"""A domain's items as arrays a training loop can index: framed pictures, their labels, what was measured on them.

Built once from parquet files and kept as .npy files in a cache folder, keyed by the files' content and this recipe.
"""

import hashlib
import io
import json
import logging
import shutil
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from t2i_core.data.catalogue import is_held_out
from t2i_core.data.domain import Domain, Item, without_image
from t2i_core.data.measure import FILL, Measured
from t2i_core.data.records import Records, RecordWriter, Row
from t2i_core.errors import DataError
from t2i_core.text.attributes import AttributeSpace, Choice, Number, Tone, Value
from t2i_core.text.colours import lab_to_hex

log = logging.getLogger(__name__)

VERSION = 7  # raise when the preparation changes, so that old caches are not used
RANGES = {"lightness": (0, 100, None), "aspect": (-3, 3, None), "fill": (0.5, 1, FILL)}  # lowest, highest, default
ITEMS, MEASURED = "items.arrow", "measured.arrow"
ITEM_ROW = pa.schema(
    [
        ("id", pa.string()),
        ("title", pa.string()),
        ("labels", pa.map_(pa.string(), pa.string())),
        ("texts", pa.list_(pa.string())),
    ]
)
MEASURED_ROW = pa.schema(
    [
        ("tone", pa.list_(pa.float64())),
        ("lightness", pa.float64()),
        ("aspect", pa.float64()),
        ("fill", pa.float64()),
    ]
)
FEWEST = 25  # a value of a choice needs this many training pictures to be offered
MOST = 500  # values a choice offers: a catalogue may know thousands of brands


@dataclass(frozen=True)
class Examples:
    """Items of a domain with their framed pictures (uint8 [N, 3, size, size]) and what was measured on them."""

    domain: Domain
    items: Sequence[Item]
    images: NDArray[np.uint8]
    measured: Sequence[Measured]

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
    if not (folder / MEASURED).is_file():
        _renew(folder)
    return Examples(
        domain=domain,
        items=Records(folder / ITEMS, _item),
        images=np.load(folder / "images.npy", mmap_mode="r"),
        measured=Records(folder / MEASURED, _measured),
    )


def space_of(examples: Examples) -> AttributeSpace:
    """The attributes a model of these examples can offer: labels seen often enough, and the measured quantities. A
    label of which no value is seen often enough is none of them."""
    choices = [choice for name in examples.domain.choices if (choice := _choice(name, examples.items)).values]
    measures = [_measure(name, examples) for name in examples.domain.measures]
    return AttributeSpace((*choices, *measures))


def _prepare(domain: Domain, paths: Sequence[Path], held_out: bool, size: int, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        with (
            (building / "images.npy").open("wb") as file,
            RecordWriter(building / ITEMS, ITEM_ROW) as items,
            RecordWriter(building / MEASURED, MEASURED_ROW) as measured,
        ):
            _write_all(file, items, measured, domain.items(paths), domain, held_out, size)
        with suppress(OSError):  # another process was first
            building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _write_all(
    file: BinaryIO,
    items: RecordWriter,
    measured: RecordWriter,
    found: Iterable[Item],
    domain: Domain,
    held_out: bool,
    size: int,
) -> None:
    """Writes pictures and what is known of them as they come: all of a catalogue's at once would not fit into
    memory."""
    count = 0
    _write_header(file, 0, size)
    for item in found:
        if is_held_out(item.id) != held_out or item.image is None:
            continue
        picture = domain.frame(Image.open(io.BytesIO(item.image)), size, item.id)
        if not domain.suits(picture):
            continue
        seen = domain.measure(picture)
        items.add(asdict(without_image(domain.describe(item, seen))))
        file.write(np.asarray(picture).transpose(2, 0, 1).tobytes())
        measured.add(asdict(seen))
        count += 1
    if not count:
        raise DataError("These files hold no picture for this side of the split.")
    _write_header(file, count, size)


def _renew(folder: Path) -> None:
    """What an earlier version kept as JSON, as records: the pictures beside it need not be prepared again."""
    stored = json.loads((folder / "examples.json").read_text())
    for name, schema, rows in ((ITEMS, ITEM_ROW, stored["items"]), (MEASURED, MEASURED_ROW, stored["measured"])):
        part = folder / f".{uuid.uuid4().hex}"
        with RecordWriter(part, schema) as writer:
            for row in rows:
                writer.add(row)
        part.replace(folder / name)


def _item(row: Row) -> Item:
    texts: Sequence[str] = row["texts"]  # type: ignore[assignment]
    labels: Sequence[tuple[str, str]] = row["labels"]  # type: ignore[assignment]
    return Item(str(row["id"]), str(row["title"]), dict(labels), tuple(texts))


def _measured(row: Row) -> Measured:
    tone: Sequence[float] = row["tone"]  # type: ignore[assignment]
    return Measured(**{**row, "tone": tuple(tone)})  # type: ignore[arg-type]


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


def _measure(name: str, examples: Examples) -> Tone | Number:
    values = np.array([getattr(seen, name) for seen in examples.measured])
    if name == "tone":
        return Tone(name, tuple(values.mean(0).round(2).tolist()), tuple(values.std(0).round(2).tolist()))
    low, high, default = RANGES[name]
    default = examples.domain.defaults.get(name, default)
    return Number(name, low, high, float(values.mean().round(3)), float(max(values.std().round(3), 1e-3)), default)
