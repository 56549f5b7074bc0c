"""A tiny matcher, trained on coloured blocks: what tests use where a good matcher is not the point."""

import io
from itertools import count, islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from PIL import Image

from t2i_core.data.catalogue import is_held_out
from t2i_core.data.domains import find_domain
from t2i_core.models.lite import Lite
from t2i_core.training.loop import LoopConfig
from t2i_core.training.matching_recipe import MatchRecipe

HAIR = {"red": (210, 30, 40), "blue": (30, 60, 200), "green": (30, 160, 60)}
EYES = {"black": (0, 0, 0), "white": (255, 255, 255)}

RECIPE = MatchRecipe(
    name="damsm-tiny",
    domain=find_domain("anime"),
    vocab_size=60,
    framed=32,
    network={"text_dim": 48, "depth": 1, "max_pieces": 12, "dim": 16, "hidden": 24, "image_size": 64, "dropout": 0.0},
    loop=LoopConfig(steps=160, batch=16, lr=3e-3, muon=0.0, warmup=5, ema=0.9, bf16=False),
)


def write_faces(path: Path, *, training: int = 96, held_out: int = 24) -> Path:
    """A parquet file of faces: the upper half is hair, the lower half eyes."""
    ids = [*islice((str(i) for i in count() if not is_held_out(str(i))), training)]
    ids += islice((str(i) for i in count() if is_held_out(str(i))), held_out)
    pq.write_table(pa.Table.from_pylist([_row(number, key) for number, key in enumerate(ids)]), path)
    return path


def face(hair: str, eyes: str, number: int = 0) -> Image.Image:
    """A picture of 32 pixels a side."""
    noise = np.random.default_rng(number).integers(-20, 20, (32, 32, 3))
    canvas = np.zeros((32, 32, 3)) + noise
    canvas[:16] += HAIR[hair]
    canvas[16:] += EYES[eyes]
    return Image.fromarray(canvas.clip(0, 255).astype(np.uint8))


def a_lite() -> Lite:
    """An untrained picture encoder, always the same one."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        encoder = Lite()
    return encoder.requires_grad_(False).eval()


def _row(number: int, key: str) -> dict[str, object]:
    hair, eyes = list(HAIR)[number % 3], list(EYES)[number // 3 % 2]
    buffer = io.BytesIO()
    face(hair, eyes, number).save(buffer, "PNG")
    return {"id": key, "hair": hair, "eyes": eyes, "image": {"bytes": buffer.getvalue(), "path": None}}
