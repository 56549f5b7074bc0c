"""Photos to draw overlays on, and what the frozen encoder sees in them, computed once and kept."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from t2i_core.abuse.overlay import squared
from t2i_core.data.catalogue import is_held_out
from t2i_core.data.domain import find_files, rows
from t2i_core.data.domains import find_domain
from t2i_core.errors import DataError
from t2i_core.generate.sampler import to_tensor
from t2i_core.models.overlay import OverlayNet
from t2i_core.models.precision import fast_autocast
from t2i_core.models.seeing import Seen
from t2i_core.training.cache import cached, fingerprint
from t2i_core.training.features import as_pixels
from t2i_core.training.overlay_drawing import Drawn

VERSION = "1"  # raise it with any change that moves what is drawn or seen: it names the cached files
SEEN_IN_TRAINING: Mapping[str, int] = {  # photos of a file at most
    "products_192.parquet": 1500,
    "amazon_tops.parquet": 450,
    "shoes.parquet": 250,
    "guitars.parquet": 120,
    "people.parquet": 90,
    "birds.parquet": 90,
}
PRODUCTS: Mapping[str, int] = {  # held-out ones at most: what a shop sells, and its photos as they are
    "products_192.parquet": 320,
    "amazon_tops.parquet": 100,
    "shoes.parquet": 50,
    "guitars.parquet": 30,
}


@dataclass(frozen=True)
class Photo:
    """A shop's photo. category: where the source says it."""

    id: str
    file: bytes
    category: str = ""

    def open(self) -> Image.Image:
        return Image.open(io.BytesIO(self.file)).convert("RGB")


Draw = Callable[[Image.Image, Random], Drawn]


@dataclass(frozen=True)
class Looked:
    """Pictures as the frozen encoder sees them; overlaid: [N] 0 or 1; covered: [N, cells, cells], shares of cells."""

    seen: Seen
    overlaid: Tensor
    covered: Tensor

    def __len__(self) -> int:
        return len(self.overlaid)

    def __getitem__(self, rows: Tensor) -> "Looked":
        return Looked(self.seen[rows], self.overlaid[rows], self.covered[rows])


def photos(data: Sequence[Path], counts: Mapping[str, int], *, held_out: bool) -> list[Photo]:
    """Photos of either side of the split, at most so many a file, drawn by a seed, without underwear and nightwear."""
    found: list[Photo] = []
    for file, count in counts.items():
        (path,) = find_files((file,), data)
        able = [photo for photo in _photos(path) if is_held_out(photo.id) == held_out]
        found += Random(0).sample(able, min(count, len(able)))
    if not found:
        raise DataError("These files hold no photo for this side of the split.")
    return found


def _photos(path: Path) -> Iterator[Photo]:
    if path.name.startswith("products"):
        for item in find_domain("products").read(path):
            if item.image:
                yield Photo(item.id, item.image, item.labels.get("category", ""))
        return
    for row in rows(path, ["id"]):
        if isinstance(row["image"], bytes):
            yield Photo(str(row["id"]), row["image"])


def look(network: OverlayNet, found: Sequence[Photo], draw: Draw, name: str, cache: Path, batch: int = 32) -> Looked:
    """Every photo drawn and looked at, kept in the cache folder. name: of the way it is drawn; chance comes from the
    photo's id and that name, so the same photos always give the same."""
    key = fingerprint(VERSION, name, str(network.config), "".join(photo.id for photo in found))

    def make() -> dict[str, Tensor]:
        parts = [_look(network, found[start : start + batch], draw, name) for start in range(0, len(found), batch)]
        return {field: torch.cat([part[field] for part in parts]) for field in parts[0]}

    kept = cached(cache / f"overlay-{name}-{key}.safetensors", make)
    return Looked(Seen(kept["fine"], kept["coarse"], kept["pooled"]), kept["overlaid"], kept["covered"])


def drawn(photo: Photo, draw: Draw, name: str) -> Drawn:
    """One photo drawn as `look` has it."""
    return draw(photo.open(), Random(f"{name} {photo.id}"))


@torch.inference_mode()
def _look(network: OverlayNet, found: Sequence[Photo], draw: Draw, name: str) -> dict[str, Tensor]:
    pictures = [drawn(photo, draw, name) for photo in found]
    x = to_tensor(as_pixels([squared(one.picture, network.config.image_size) for one in pictures]))
    with fast_autocast():  # half the time; what it rounds away is not learned from
        seen = network.see(x)
    cells = np.stack([_cells(one.covered, network.config.cells) for one in pictures])
    overlaid = torch.tensor([float(bool(one.layouts)) for one in pictures])
    return {name: part.half().contiguous() for name, part in vars(seen).items()} | {
        "overlaid": overlaid,
        "covered": torch.from_numpy(cells),
    }


def _cells(covered: NDArray[np.bool_], count: int) -> NDArray[np.float32]:
    """The share of every cell that is covered, in the square that `squared` makes of the picture."""
    height, width = covered.shape
    side = max(height, width)
    mask = Image.new("L", (side, side))
    mask.paste(Image.fromarray(covered).convert("L"), ((side - width) // 2, (side - height) // 2))
    return np.asarray(mask.resize((count, count), Image.Resampling.BOX), np.float32) / np.float32(255)
