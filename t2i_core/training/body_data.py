"""What the pose and parsing networks learn from: varied scenes, and what the frozen encoder sees in them, kept."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from t2i_core.data.people import Person, read_people
from t2i_core.generate.sampler import to_tensor
from t2i_core.models.body import BodySeeing, Views
from t2i_core.models.precision import fast_autocast
from t2i_core.training.body_scenes import Scene, empty_scene, scene
from t2i_core.training.cache import cached, fingerprint
from t2i_core.training.overlay_data import photos

VERSION = "1"  # raise it with any change that moves what is drawn or seen: it names the cached files
ALONE = {"products_192.parquet": 400}  # things without people
NOT_WORN = ("Shoes", "Watches", "Bags", "Handbags", "Flip Flops", "Belts", "Wallets", "Sunglasses", "Backpacks")
SHARD = 400  # scenes kept in one file
SMALL = 2  # pictures are kept at this fraction beside what is seen in them


@dataclass(frozen=True)
class Bodies:
    """Scenes as tensors. small [N, 3, 160, 112] and parts [N, 160, 112] are at half size, uint8."""

    views: Views
    small: Tensor
    joints: Tensor  # [N, 2, 18, 3] in pixels of the whole size; NaN: nobody
    parts: Tensor

    def __len__(self) -> int:
        return len(self.parts)


def gather(network: BodySeeing, data: Sequence[Path], copies: int, cache: Path, *, marked: bool) -> Bodies:
    """The training scenes: `copies` of each person with parts; of those without, which only tell of joints, half as
    many, unless only the `marked` are wanted; and some pictures of nobody."""
    people = read_people(data, held_out=False)
    dressed = [person for person in people if person.parts is not None]
    todo = [(person, copy) for copy in range(copies) for person in dressed]
    if not marked:
        todo += [(person, copy) for copy in range(copies // 2) for person in people if person.parts is None]
    shards = [_shard(network, todo[at : at + SHARD], dressed, cache) for at in range(0, len(todo), SHARD)]
    if not marked:
        shards.append(_nobody(network, data, cache))
    return _joined(shards)


def _shard(network: BodySeeing, todo: Sequence[tuple[Person, int]], others: Sequence[Person], cache: Path) -> Bodies:
    names = [f"{person.id} {copy}" for person, copy in todo]
    key = fingerprint(VERSION, *names)

    def make() -> dict[str, Tensor]:
        made = (scene(person, others, Random(f"scene {name}")) for (person, _), name in zip(todo, names, strict=True))
        return _seen(network, list(made))

    return _bodies(cached(cache / f"body-{key}.safetensors", make))


def _nobody(network: BodySeeing, data: Sequence[Path], cache: Path) -> Bodies:
    found = [photo for photo in photos(data, ALONE, held_out=False) if any(k in photo.category for k in NOT_WORN)]

    def make() -> dict[str, Tensor]:
        pixels = [np.asarray(Image.open(io.BytesIO(photo.file)).convert("RGB")) for photo in found]
        return _seen(network, [empty_scene(p, Random(f"nobody {index}")) for index, p in enumerate(pixels)])

    key = fingerprint(VERSION, *(photo.id for photo in found))
    return _bodies(cached(cache / f"body-nobody-{key}.safetensors", make))


@torch.inference_mode()
def _seen(network: BodySeeing, scenes: Sequence[Scene]) -> dict[str, Tensor]:
    parts = []
    for one in scenes:  # one at a time was twice as fast a picture as eight, measured on a processor with AVX2
        x = to_tensor(one.pixels.transpose(2, 0, 1)[None])
        with fast_autocast():
            views = network.see(x)
        small = torch.nn.functional.avg_pool2d(x, SMALL)
        parts.append([*(part.half().contiguous() for part in views.maps()), ((small + 1) * 127.5).round().byte()])
    finest, fine, coarse, coarsest, small = (torch.cat(same) for same in zip(*parts, strict=True))
    return {
        **{"finest": finest, "fine": fine, "coarse": coarse, "coarsest": coarsest, "small": small},
        "joints": torch.from_numpy(np.stack([one.joints for one in scenes]).astype(np.float32)),
        "parts": torch.from_numpy(np.stack([_halved(one.parts) for one in scenes])),
    }


def _halved(parts: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(parts[1::SMALL, 1::SMALL])


def _bodies(kept: dict[str, Tensor]) -> Bodies:
    views = Views(kept["finest"], kept["fine"], kept["coarse"], kept["coarsest"])
    return Bodies(views, kept["small"], kept["joints"], kept["parts"])


def _joined(shards: Sequence[Bodies]) -> Bodies:
    maps = (torch.cat(same) for same in zip(*(shard.views.maps() for shard in shards), strict=True))
    small, joints, parts = (
        torch.cat([getattr(shard, name) for shard in shards]) for name in ("small", "joints", "parts")
    )
    return Bodies(Views(*maps), small, joints, parts)
