"""Products as arrays a training loop can index: framed pictures, piece ids of several wordings, attributes.

Built once from parquet files and kept as .npy files in a cache folder, keyed by the files' content and this recipe.
"""

import hashlib
import io
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from t2i_core.data.catalogue import Product, is_held_out, read_products
from t2i_core.data.measure import FILL, Measured, frame, measure
from t2i_core.data.shuffle import plain_title, shuffled_title
from t2i_core.errors import DataError
from t2i_core.text.attributes import AttributeSpace, Choice, Number, Tone, Value
from t2i_core.text.colours import lab_to_hex

VERSION = 3  # raise when the preparation changes, so that old caches are not used
WORDINGS = 8
FEWEST = 25  # a value of a choice needs this many training products to be offered


@dataclass(frozen=True)
class Examples:
    """Products with their framed pictures (uint8 [N, 3, size, size]) and what was measured on them."""

    products: list[Product]
    images: NDArray[np.uint8]
    measured: list[Measured]

    def __len__(self) -> int:
        return len(self.products)

    def attributes(self, row: int, space: AttributeSpace) -> dict[str, Value]:
        """Everything known of one product, as a request would say it; labels the model does not offer are left out."""
        product, seen = self.products[row], self.measured[row]
        said: dict[str, Value] = {"tone": lab_to_hex(seen.tone)}
        for choice in space.choices:
            label = getattr(product, choice.name)
            if label in choice.values:
                said[choice.name] = label
        for number in (a for a in space.attributes if isinstance(a, Number)):
            said[number.name] = min(max(getattr(seen, number.name), number.low), number.high)
        return said


def load_examples(paths: Sequence[Path], *, held_out: bool, size: int, cache: Path) -> Examples:
    """Training or held-out products, framed at `size`. Three products in four fill the canvas as requests do by
    default, the others less or more, by a hash of their id, so that `fill` is learned as a thing of its own."""
    folder = cache / f"examples-{size}-{'held' if held_out else 'train'}-{_key(paths)}"
    if not folder.is_dir():
        _prepare(paths, held_out, size, folder)
    stored = json.loads((folder / "examples.json").read_text())
    return Examples(
        products=[Product(**entry) for entry in stored["products"]],
        images=np.load(folder / "images.npy", mmap_mode="r"),
        measured=[Measured(**{**entry, "tone": tuple(entry["tone"])}) for entry in stored["measured"]],
    )


def space_of(examples: Examples) -> AttributeSpace:
    """The attributes a model of these examples can offer: labels seen often enough, and the measured quantities."""
    tones = np.array([m.tone for m in examples.measured])
    return AttributeSpace(
        (
            *(_choice(name, examples.products) for name in ("category", "colour", "gender", "season", "usage")),
            Tone("tone", tuple(tones.mean(0).round(2).tolist()), tuple(tones.std(0).round(2).tolist())),
            _number("lightness", 0, 100, None, examples.measured),
            _number("aspect", -3, 3, None, examples.measured),
            _number("fill", 0.5, 1, FILL, examples.measured),
        )
    )


def wordings(products: Sequence[Product], seed: int = 0) -> list[list[str]]:
    """`WORDINGS` texts a product: its title, the short query for it, and shuffled ones."""
    random = Random(seed)
    return [[p.title, plain_title(p), *(shuffled_title(p, random) for _ in range(WORDINGS - 2))] for p in products]


def _prepare(paths: Sequence[Path], held_out: bool, size: int, folder: Path) -> None:
    products, images, measured = [], [], []
    for product in read_products(paths):
        if is_held_out(product.id) != held_out or product.image is None:
            continue
        picture = frame(Image.open(io.BytesIO(product.image)), size, _fill(product.id))
        products.append(replace(product, image=None))
        images.append(np.asarray(picture).transpose(2, 0, 1))
        measured.append(measure(picture))
    if not products:
        raise DataError("These files hold no product with a picture for this side of the split.")
    _store(folder, np.stack(images), {"products": list(map(asdict, products)), "measured": list(map(asdict, measured))})


def _store(folder: Path, images: NDArray[np.uint8], records: dict[str, list[dict[str, object]]]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=folder.parent))
    np.save(building / "images.npy", images)
    (building / "examples.json").write_text(json.dumps(records))
    try:
        building.rename(folder)
    except OSError:  # another process was first
        shutil.rmtree(building)


def _fill(product_id: str) -> float:
    draw = Random(f"fill {product_id}").random()
    return FILL if draw < 0.75 else 0.6 + 0.4 * (draw - 0.75) / 0.25


def _key(paths: Sequence[Path]) -> str:
    facts = [(path.name, path.stat().st_size) for path in paths if path.exists()]
    return hashlib.sha256(repr((VERSION, facts)).encode()).hexdigest()[:10]


def _choice(name: str, products: Sequence[Product]) -> Choice:
    counts = Counter(getattr(p, name) for p in products)
    return Choice(name, tuple(v for v, times in counts.most_common() if v is not None and times >= FEWEST))


def _number(name: str, low: float, high: float, default: float | None, measured: Sequence[Measured]) -> Number:
    values = np.array([getattr(m, name) for m in measured])
    return Number(name, low, high, float(values.mean().round(3)), float(max(values.std().round(3), 1e-3)), default)
