"""Image shards of a small made-up shop."""

import io
from pathlib import Path

import pyarrow as pa
from PIL import Image, ImageDraw

from t2i_core.data.shards import IMAGES, IMAGES_SCHEMA, write_shard

COLOURS = {"Red": (200, 30, 40), "Blue": (40, 60, 200)}


def jpeg(colour: tuple[int, int, int]) -> bytes:
    image = Image.new("RGB", (48, 48), "white")
    ImageDraw.Draw(image).rectangle((10, 14, 38, 34), fill=colour)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92)
    return out.getvalue()


def write_images(folder: Path, count: int = 160, shards: int = 3, rows_a_group: int | None = None) -> Path:
    """Image shards of a small shop: two kinds of things, a frequent brand, a rare one, and none."""
    rows = []
    for n in range(count):
        colour, kind = list(COLOURS)[n % 2], ("Drum Sticks", "Tuners")[n // 2 % 2]
        brand = {0: "Rare & Co"}.get(n, ("Acme", None)[n % 3 == 0])
        rows.append(
            {"id": f"P{n}", "title": f"{brand or 'Plain'} {kind} No. {n}", "brand": brand, "category": kind}
            | {"image": {"bytes": jpeg(COLOURS[colour]), "path": None}}
        )
    table = pa.Table.from_pylist(rows, IMAGES_SCHEMA)
    for number in range(shards):
        part = table.slice(number * count // shards, count // shards)
        write_shard(folder / f"{IMAGES}-{number:05d}.parquet", part, rows_a_group=rows_a_group)
    return folder
