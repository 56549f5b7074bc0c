"""How near one set of pictures is to another, and whether pictures are what was asked for. Pure functions of arrays.

`real` and `made` are float [N, D] features of pictures, from `training.features`.
"""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from skimage.color import deltaE_ciede2000

Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]


def frechet_distance(real: Vectors, made: Vectors) -> float:
    """Fréchet distance between two Gaussians fitted to the features (arXiv 1706.08500), 0 for equal sets.

    It falls as the sets grow: compare numbers of equal counts only. Raises ValueError under two pictures a set.
    """
    if min(len(real), len(made)) < 2:
        raise ValueError(f"a Fréchet distance needs two pictures a set, got {len(real)} and {len(made)}")
    mean_real, cov_real = _moments(real)
    mean_made, cov_made = _moments(made)
    # tr sqrt(A B) = tr sqrt(√A B √A), which is symmetric: no complex square roots.
    root = _root(cov_real)
    cross = np.linalg.eigvalsh(root @ cov_made @ root)
    between = np.sqrt(cross.clip(0)).sum()
    distance = ((mean_real - mean_made) ** 2).sum() + np.trace(cov_real) + np.trace(cov_made) - 2 * between
    return max(0.0, float(distance))


@dataclass(frozen=True)
class Spread:
    """A mean over random subsets and the standard deviation between them."""

    mean: float
    std: float


def kernel_distance(real: Vectors, made: Vectors, *, subsets: int = 50, size: int = 500, seed: int = 0) -> Spread:
    """KID: unbiased squared MMD with the cubic kernel (arXiv 1801.01401), over random subsets of both sets,
    of `size` pictures or half a set where it is smaller.

    About 0 for two samples of one distribution, whatever their size; it may be slightly below.
    """
    random = np.random.default_rng(seed)
    size = max(2, min(size, len(real) // 2, len(made) // 2))
    values = [_mmd(_subset(real, size, random), _subset(made, size, random)) for _ in range(subsets)]
    return Spread(float(np.mean(values)), float(np.std(values)))


@dataclass(frozen=True)
class Overlap:
    """Precision and recall (arXiv 1904.06991), density and coverage (arXiv 2002.09797).

    precision: share of made pictures that lie near some real one
    recall: share of real pictures that lie near some made one
    density: how many real neighbourhoods a made picture lies in, over the expected number; may exceed 1
    coverage: share of real pictures with a made one in their neighbourhood
    """

    precision: float
    recall: float
    density: float
    coverage: float


def overlap(real: Vectors, made: Vectors, *, neighbours: int = 5) -> Overlap:
    """Precision, recall, density and coverage of the made pictures among the real ones, by the `prdc` package."""
    from prdc import compute_prdc  # of the `train` extra

    with contextlib.redirect_stdout(io.StringIO()):  # it prints the counts, which would spoil JSON on stdout
        found = compute_prdc(real, made, neighbours)
    return Overlap(**{name: float(value) for name, value in found.items()})


@dataclass(frozen=True)
class Nearest:
    """For each picture its nearest other one: which row, and how far. Both [N]."""

    index: NDArray[np.int64]
    distance: Floats


def nearest(queries: Vectors, among: Vectors) -> Nearest:
    """The nearest of `among` for each query, by Euclidean distance of features."""
    lengths = (among**2).sum(1)
    # |a|² - 2 a·q orders like the distance; blocks keep 2,000 against 30,000 small in memory.
    blocks = np.array_split(queries, -(-len(queries) // 256))
    index = np.concatenate([(lengths - 2 * block @ among.T).argmin(1) for block in blocks])
    return Nearest(index, np.linalg.norm(queries.astype(np.float64) - among[index], axis=1))


def accuracy(asked: Sequence[str | None], found: Sequence[str]) -> float:
    """Share of pictures that are what was asked for. None is nothing asked, and does not count.

    Raises ValueError where nothing at all was asked.
    """
    pairs = [(a, f) for a, f in zip(asked, found, strict=True) if a is not None]
    if not pairs:
        raise ValueError(f"nothing was asked of any of the {len(found)} pictures")
    return sum(a == f for a, f in pairs) / len(pairs)


def colour_differences(asked: Floats, found: Floats) -> Floats:
    """CIEDE2000 between CIELAB colours, both [N, 3] -> [N]."""
    return np.asarray(deltaE_ciede2000(asked, found), np.float64)


def _moments(rows: Vectors) -> tuple[Floats, Floats]:
    wide = rows.astype(np.float64)
    return wide.mean(0), np.cov(wide, rowvar=False)


def _root(covariance: Floats) -> Floats:
    values, vectors = eigh(covariance)
    return np.asarray((vectors * np.sqrt(values.clip(0))) @ vectors.T)


def _subset(rows: Vectors, size: int, random: np.random.Generator) -> Floats:
    return rows[random.choice(len(rows), size, replace=False)].astype(np.float64)


def _mmd(x: Floats, y: Floats) -> float:
    count, dim = x.shape
    kxx, kyy, kxy = ((a @ b.T / dim + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
    pairs = count * (count - 1)
    inside = (kxx.sum() - np.trace(kxx) + kyy.sum() - np.trace(kyy)) / pairs
    return float(inside - 2 * kxy.mean())
