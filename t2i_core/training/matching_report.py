"""How good a matcher is: does it find the text of a picture among others, and are its probabilities true?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image

from t2i_core.data.domain import Domain, Item
from t2i_core.data.training_set import load_examples
from t2i_core.errors import DataError
from t2i_core.generate.matcher import PAIRS, Matcher
from t2i_core.models.damsm import Damsm
from t2i_core.training.features import Pixels, as_images
from t2i_core.training.matching_data import SMALL, Pairs, alike, labelled

OTHERS = 99  # texts of other pictures that the right one must beat
BINS = 10
MOST = 1000  # held-out pictures that are measured

LogOdds = NDArray[np.float32]
Label = tuple[str, ...]


@dataclass(frozen=True)
class Share:
    """How often something went right in `count` trials, with its 95 % interval (Wilson)."""

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f}, {self.count:,} pictures)"


@dataclass(frozen=True)
class MatchReport:
    """Measured on held-out pictures.

    r_precision: the share whose text outranks 99 texts of pictures with other labels; chance is 0.01
    at_64: the same for pictures of 64 pixels, where the matcher learned from larger ones
    accuracy: the share of pairs, half of them wrong, that a probability of 0.5 sorts rightly; chance is 0.5
    ece: how far probabilities are from how often they come true, on average over ten bins
    colour: the share where the title beats that of a product of the same category in another colour; chance is 0.5
    """

    r_precision: Share
    at_64: Share | None
    accuracy: Share
    ece: float
    colour: Share | None

    def __str__(self) -> str:
        rows = [
            ("R-precision, 1 of 100", 0.01, self.r_precision),
            (f"R-precision at {SMALL} px", 0.01, self.at_64),
            ("right and wrong pairs told apart", 0.5, self.accuracy),
            ("title beats another colour's", 0.5, self.colour),
        ]
        lines = [f"{'':<34} {'chance':>7}   measured (95 % interval)"]
        lines += [f"{name:<34} {chance:7.2f}   {share}" for name, chance, share in rows if share]
        return "\n".join([*lines, f"{'calibration error (ECE)':<34} {'':>7}   {self.ece:.3f}"])


def evaluate_matcher(
    matcher: Matcher, files: Sequence[Path], *, cache: Path, count: int = MOST, seed: int = 0
) -> MatchReport:
    """Judges a matcher by at most `count` held-out pictures of its domain's files. The same seed gives the same
    numbers. Raises DataError where there are too few pictures."""
    held_out = load_examples(matcher.domain, files, held_out=True, size=matcher.framed, cache=cache)
    titled = [row for row, item in enumerate(held_out.items) if item.title]
    rows = np.sort(np.random.default_rng(seed).permutation(titled)[:count])
    items, images = [held_out.items[row] for row in rows], np.asarray(held_out.images[rows])
    titles, labels = [item.title for item in items], [label_of(item, matcher.domain) for item in items]
    log_odds = matcher.log_odds(titles, images)
    right, wrong = _drawn_pairs(log_odds, labels, seed)
    chances = 1 / (1 + np.exp(-np.concatenate([right, wrong])))
    truth = np.repeat([True, False], len(right))
    return MatchReport(
        r_precision=_precision(log_odds, labels, seed),
        at_64=_precision(matcher.log_odds(titles, _shrunk(images)), labels, seed) if matcher.framed > SMALL else None,
        accuracy=share((chances > 0.5) == truth),
        ece=round(calibration_error(chances, truth), 4),
        colour=_colour_accuracy(matcher, images, items),
    )


def r_precision(
    matcher: Matcher, images: Pixels, captions: Sequence[str], labels: Sequence[Label], seed: int = 0
) -> Share:
    """The share of pictures, real or generated, whose caption outranks 99 captions with other labels; chance is 1 %.

    images: uint8 [N, 3, S, S]. Raises DataError where a picture has fewer than 99 others with other labels.
    """
    return _precision(matcher.log_odds(captions, images), labels, seed)


def label_of(item: Item, domain: Domain) -> Label:
    """What makes two items' texts interchangeable: the labels that pictures are judged by."""
    return tuple(item.labels.get(name, "") for name in domain.judged)


def share(right: NDArray[np.bool_]) -> Share:
    """The share of true values, with its Wilson interval."""
    count, value, z = len(right), float(right.mean()), 1.96
    centre = (value + z * z / (2 * count)) / (1 + z * z / count)
    reach = z / (1 + z * z / count) * math.sqrt(value * (1 - value) / count + z * z / (4 * count * count))
    return Share(round(value, 4), round(max(centre - reach, 0), 4), round(min(centre + reach, 1), 4), count)


def calibration_error(chances: NDArray[np.float32], truth: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten bins of equal width."""
    bins = np.minimum((chances * BINS).astype(int), BINS - 1)
    gaps = [abs(chances[bins == b].mean() - truth[bins == b].mean()) * (bins == b).mean() for b in set(bins.tolist())]
    return float(sum(gaps))


def calibrate(network: Damsm, pairs: Pairs, rows: NDArray[np.int64]) -> None:
    """Fits the network's log-odds on pictures it did not learn from: right pairs against as many wrong ones (Platt's
    logistic regression, on the word score and the sentence score)."""
    with torch.inference_mode():
        texts = network.texts(torch.from_numpy(pairs.ids[rows, 0]))
        parts = np.array_split(rows, -(-(len(rows) ** 2) // PAIRS))
        found = [network.scores(network.pictures(pairs.seen[torch.from_numpy(part)]), texts) for part in parts]
    words, sentence = torch.cat([part.words for part in found]), torch.cat([part.sentence for part in found])
    features = torch.stack([words, sentence, torch.ones_like(words)], dim=-1).double()
    wrong = features[~alike(pairs.labels[rows], pairs.claims[rows, 0])]
    right = features.diagonal(dim1=0, dim2=1).T
    network.calibration.copy_(logistic_regression(right, wrong))


def logistic_regression(right: torch.Tensor, wrong: torch.Tensor) -> torch.Tensor:
    """Weights [D] of a logistic regression in which both sides [N, D] count the same."""
    weights = torch.zeros(right.shape[1], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        total = (
            F.softplus(-(right @ weights)).mean() + F.softplus(wrong @ weights).mean() + 1e-5 * weights.square().sum()
        )
        total.backward()
        return total

    optimizer.step(loss)
    return weights.detach().float()


def _precision(log_odds: LogOdds, labels: Sequence[Label], seed: int) -> Share:
    random = np.random.default_rng(seed)
    others = _others(labels)
    if min(map(len, others)) < OTHERS:
        raise DataError(f"R-precision needs {OTHERS} captions with other labels for every picture; there are fewer.")
    drawn = [random.choice(rows, OTHERS, replace=False) for rows in others]
    return share(np.array([log_odds[row, row] > log_odds[row, rest].max() for row, rest in enumerate(drawn)]))


def _drawn_pairs(log_odds: LogOdds, labels: Sequence[Label], seed: int) -> tuple[LogOdds, LogOdds]:
    """Every picture with its own text, and with one of other labels."""
    random = np.random.default_rng(seed)
    wrong = [random.choice(rows) for rows in _others(labels)]
    return log_odds.diagonal(), log_odds[np.arange(len(log_odds)), wrong]


def _others(labels: Sequence[Label]) -> list[NDArray[np.int64]]:
    """For every row, the rows with other labels."""
    codes = np.unique(["\0".join(label) for label in labels], return_inverse=True)[1]
    others = [np.flatnonzero(codes != code) for code in codes]
    if not others or not min(map(len, others)):
        raise DataError("Judging a matcher needs held-out pictures with different labels.")
    return others


def _colour_accuracy(matcher: Matcher, images: Pixels, items: Sequence[Item]) -> Share | None:
    """How often a product's labelled title beats that of another of its category in another colour."""
    known = [(item.labels.get("category"), item.labels.get("colour")) for item in items]
    rivals = {row: _of_another_colour(known, row) for row in range(len(known)) if all(known[row])}
    trials = {row: found[row % len(found)] for row, found in rivals.items() if found}
    if not trials:
        return None
    log_odds = matcher.log_odds([labelled(item, matcher.domain) for item in items], images)
    return share(np.array([log_odds[row, row] > log_odds[row, rival] for row, rival in trials.items()]))


def _of_another_colour(known: Sequence[tuple[str | None, str | None]], row: int) -> list[int]:
    category, colour = known[row]
    return [index for index, (kind, other) in enumerate(known) if kind == category and other not in (None, colour)]


def _shrunk(images: Pixels) -> Pixels:
    small = [image.resize((SMALL, SMALL), Image.Resampling.LANCZOS) for image in as_images(images)]
    return np.stack([np.asarray(image).transpose(2, 0, 1) for image in small])
