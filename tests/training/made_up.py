"""A tiny catalogue of coloured blocks, as the parquet file a training reads."""

import io
from itertools import count, islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from t2i_core.data.catalogue import is_held_out

KINDS = {"Tshirts": (30, 24), "Watches": (10, 36)}  # width and height of the block
COLOURS = {"Red": (210, 30, 40), "Blue": (30, 60, 200)}


class PixelEncoder:
    """Stands in for EfficientNet: a picture's features are its own pixels, coarsely."""

    key = "pixels-1"

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        count, channels, height, width = images.shape
        cells = images.reshape(count, channels, 4, height // 4, 4, width // 4).mean((3, 5))
        return np.asarray(cells.reshape(count, -1) / 255, np.float32)


def write_catalogue(path: Path, *, training: int = 120, held_out: int = 12, titles: bool = True) -> Path:
    """A parquet file with that many products on either side of the split."""
    ids = [*islice((str(i) for i in count() if not is_held_out(str(i))), training)]
    ids += islice((str(i) for i in count() if is_held_out(str(i))), held_out)
    rows = [_row(number, product_id, titles) for number, product_id in enumerate(ids)]
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def _row(number: int, product_id: str, titled: bool) -> dict[str, object]:
    kind, colour = list(KINDS)[number % 2], list(COLOURS)[number // 2 % 2]
    return {
        "id": product_id,
        "title": f"Nike Men {colour} {kind}" if titled else "",
        "gender": "Men",
        "subCategory": "Things",
        "articleType": kind,
        "baseColour": colour,
        "season": "Summer",
        "usage": "Casual",
        "image": {"bytes": _png(kind, colour, number), "path": None},
    }


def _png(kind: str, colour: str, number: int) -> bytes:
    random = np.random.default_rng(number)
    canvas = np.full((48, 48, 3), 255, np.uint8)
    width, height = KINDS[kind]
    block = np.array(COLOURS[colour]) + random.integers(-25, 25, 3)
    canvas[4 : 4 + height, 8 : 8 + width] = block.clip(0, 255)
    buffer = io.BytesIO()
    Image.fromarray(canvas).save(buffer, "PNG")
    return buffer.getvalue()
