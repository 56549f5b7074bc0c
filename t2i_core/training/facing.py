"""Turns pictures of things with a left and a right so that all face one way, without a label that says which way.

A network that need not learn every pose twice learns sooner. Mirroring changes some things in a picture and leaves
others; over many pictures of birds, what it changes most is on which side the head is: the first principal component
of the difference between a picture's frozen features and their mirror image. Its sign says which pictures to turn.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from t2i_core.generate.sampler import to_tensor
from t2i_core.models.lite import Lite
from t2i_core.models.precision import fast_autocast
from t2i_core.training.cache import cached, fingerprint
from t2i_core.training.features import INPUT_SIZE, Pixels
from t2i_core.training.matching_data import encoder_of_wheel

VERSION = "facing-1"
TAP = 10  # the last block of the fifth stage: 112 channels that tell parts apart, at a sixteenth of the size
FITTED = 1000  # pictures that channels are standardised by


def face_one_way(images: Pixels, cache: Path) -> Pixels:
    """Pictures [N, 3, S, S] with those mirrored that face the other way than the first."""
    turned = to_be_turned(features(images, cache))
    faced = np.array(images)
    faced[turned] = faced[turned][..., ::-1]
    return faced


def to_be_turned(maps: Tensor) -> NDArray[np.bool_]:
    """Which pictures face the other way than the first, by their feature maps [N, C, h, w]. [N] bool"""
    sample = maps[:FITTED].float()
    mean, deviation = sample.mean((0, 2, 3), keepdim=True), sample.std((0, 2, 3), keepdim=True).clamp(min=1e-3)
    scaled = F.avg_pool2d((maps.float() - mean) / deviation, 2)
    change = (scaled - scaled.flip(3))[..., : scaled.shape[3] // 2].flatten(1)  # the other half is its negative
    with torch.random.fork_rng():
        torch.manual_seed(0)  # the decomposition starts from random vectors
        sides, _, _ = torch.svd_lowrank(change, q=min(8, *change.shape), niter=4)
    turned: NDArray[np.bool_] = ((sides[:, 0] * sides[0, 0]) < 0).numpy()
    return turned


def features(images: Pixels, cache: Path, encoder: Lite | None = None) -> Tensor:
    """Maps of the frozen Lite0, [N, 112, 8, 8] in halves, kept in the cache folder."""
    path = cache / f"{VERSION}-{fingerprint(VERSION, images)}.safetensors"
    return cached(path, lambda: {"maps": _look(images, encoder or encoder_of_wheel())})["maps"]


@torch.inference_mode()
def _look(images: Pixels, encoder: Lite, batch: int = 64) -> Tensor:
    found = []
    for start in range(0, len(images), batch):
        x = F.interpolate(to_tensor(images[start : start + batch]), size=INPUT_SIZE, mode="bicubic", antialias=True)
        with fast_autocast():
            (seen,), _ = encoder(x.clamp(-1, 1).contiguous(memory_format=torch.channels_last), (TAP,))
        found.append(seen.half().contiguous())
    return torch.cat(found)
