"""How well people are drawn in another pose, measured on photos nobody learned from, beside what needs no network."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.metrics import structural_similarity
from torch import Tensor

from t2i_core.models.adgan import AdganGenerator, heat_maps
from t2i_core.models.skinning import carry
from t2i_core.training.adgan import DEEPFASHION
from t2i_core.training.adgan_data import Cast, deepfashion_cast, people_cast
from t2i_core.training.adgan_pairs import People, mirrored, people_of, posed
from t2i_core.training.perceptual import PerceptualDistance
from t2i_core.tryon.appearance import GROUND
from t2i_core.tryon.parsing import Parser

WINDOW = 7  # pixels a side that SSIM compares
BATCH = 8
WAYS = (
    "transfer",
    "carried along the bones alone",
    "copy of the source",
    "mean picture",
)
Progress = Callable[[int, int], None]
Pair = tuple[People, People]
Scores = list[tuple[float, float]]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class TransferReport:
    """people: held-out photos; similar: SSIM; perceptual: distance of Lite2 features, by which nothing was trained.
    Both by how the source was made (a mirrored photo, turned limbs, or another photo), then by what was drawn."""

    people: int
    similar: Mapping[str, Mapping[str, float]]
    perceptual: Mapping[str, Mapping[str, float]]

    def __str__(self) -> str:
        lines = [f"{self.people} held-out people: SSIM (1 is the same), perceptual distance (0 is the same)"]
        for kind, found in self.similar.items():
            lines.append(f"from {kind}:")
            lines += [f"  {way:<30} {value:.3f}   {self.perceptual[kind][way]:.3f}" for way, value in found.items()]
        return "\n".join(lines)


def evaluate_transfer(
    network: AdganGenerator,
    source: str,
    parser: Parser,
    data: Sequence[Path],
    *,
    cache: Path,
    count: int | None = None,
    seed: int = 0,
    on_step: Progress | None = None,
) -> TransferReport:
    """Judges a network by held-out people. source: "people" or "deepfashion", whose own pairs are used.

    Raises DataError for missing data, WeightsError without the `train` extra.
    """
    size, distance = (network.config.height, network.config.width), PerceptualDistance("lite2")
    if source == DEEPFASHION:
        cast, pairs = deepfashion_cast(parser, data, size, cache, held_out=True)
        rows = np.random.default_rng(seed).permutation(len(pairs))[:count]
        sets = {"another photo": [_published(cast, pairs[part]) for part in _batches(rows)]}
    else:
        cast = people_cast(parser, data, size, cache, held_out=True)
        rows = np.arange(len(cast))[:count]
        people = [people_of(cast, part) for part in _batches(rows)]
        random = np.random.default_rng(seed)
        sets = {
            "a mirrored photo": [(mirrored(one), one) for one in people],
            "turned limbs": [(posed(one, random), one) for one in people],
        }
    mean = torch.from_numpy(np.asarray(cast.pixels).mean(0)).permute(2, 0, 1).float() / 127.5 - 1
    total, done = sum(map(len, sets.values())), 0
    similar: dict[str, dict[str, float]] = {}
    perceptual: dict[str, dict[str, float]] = {}
    for kind, batches in sets.items():
        scores = []
        for pair in batches:
            scores.append(_scores(network, pair, mean, distance))
            done += 1
            if on_step:
                on_step(done, total)
        weights = [len(pair[1].pictures) for pair in batches]
        means = np.average(np.array(scores), axis=0, weights=weights)  # [ways, 2]
        similar[kind] = {way: round(float(row[0]), 4) for way, row in zip(WAYS, means, strict=True)}
        perceptual[kind] = {way: round(float(row[1]), 4) for way, row in zip(WAYS, means, strict=True)}
    return TransferReport(len(rows), similar, perceptual)


@torch.inference_mode()
def _scores(network: AdganGenerator, pair: Pair, mean: Tensor, distance: PerceptualDistance) -> Scores:
    """SSIM and perceptual distance of each of WAYS, means over a batch."""
    source, target = pair
    along = carry(source.pictures, source.masks, source.joints, target.joints)
    heat = heat_maps(target.heat_joints(), network.config)
    bare = along[:, :3] + (GROUND / 127.5 - 1) * (1 - along[:, 3:].sum(1, keepdim=True).clamp(max=1))
    drawn = network(source.pictures, source.masks, heat, along).pictures.float()
    shown = (drawn, bare, source.pictures, mean.expand_as(drawn))
    return [(_ssim(one, target.pictures), float(distance(one, target.pictures))) for one in shown]


def _ssim(ones: Tensor, others: Tensor) -> float:
    pairs = zip(ones.numpy(), others.numpy(), strict=True)
    found = [structural_similarity(a, b, win_size=WINDOW, channel_axis=0, data_range=2.0) for a, b in pairs]
    return float(np.mean(found))


def _published(cast: Cast, pairs: Rows) -> Pair:
    return people_of(cast, pairs[:, 0]), people_of(cast, pairs[:, 1])


def _batches(rows: Rows) -> list[Rows]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
