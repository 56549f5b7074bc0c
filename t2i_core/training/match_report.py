"""How good the comparison of titles with pictures is, and what its probabilities were fitted on."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from PIL import Image

from t2i_core.abuse.match import CATEGORY, COLOUR, Evidence, TitleJudge
from t2i_core.data.catalogue import is_held_out
from t2i_core.data.domain import Item, find_files
from t2i_core.data.domains import find_domain
from t2i_core.errors import DataError
from t2i_core.training.intervals import Interval, Scores, auroc, bootstrap, miscalibration
from t2i_core.training.matching_report import logistic_regression

FILE = "products_192.parquet"  # the sharper half of the products
MOST = 900  # pictures, each with three titles; with 400 chance alone moves the calibration error by 0.02


@dataclass(frozen=True)
class Trials:
    """What was said of pictures with their own titles, and with others'. wrong: of another category, or of the same
    category in another colour."""

    right: list[Evidence]
    wrong: list[Evidence]

    def note(self, right: Evidence | None, wrong: Evidence | None, truth: str) -> None:
        """Adds what was said of a picture; another's title is wrong where it names another value than the picture's."""
        if right is not None:
            self.right.append(right)
        if wrong is not None and wrong.said != truth:
            self.wrong.append(wrong)

    def scores(self, weights: Sequence[float]) -> tuple[Scores, Scores]:
        """Probabilities that the titles are wrong, of both sides."""
        right, wrong = (np.array([one.wrong(weights) for one in side]) for side in (self.right, self.wrong))
        return right, wrong


@dataclass(frozen=True)
class TitleReport:
    """Measured on held-out products: own titles against others' of another category, and of another colour.

    unknown: the share of titles whose category the matcher cannot judge
    """

    category: Interval
    colour: Interval
    category_ece: float
    colour_ece: float
    unknown: float
    pictures: int

    def __str__(self) -> str:
        rows = (
            f"{'title: AUROC of a wrong category':<44} {self.category}   goal 0.97",
            f"{'title: AUROC of a wrong colour':<44} {self.colour}   goal 0.90",
            f"{'title: calibration error, both':<44} {self.category_ece:.3f}, {self.colour_ece:.3f}   goal 0.03",
            f"{'title: not judged':<44} {self.unknown:.3f} of {self.pictures} titles",
        )
        return "\n".join(rows)


def evaluate_titles(judge: TitleJudge, data: Sequence[Path], *, count: int = MOST, seed: int = 0) -> TitleReport:
    """Judges the judge by held-out products. Raises DataError where there are too few."""
    items = _items(judge, data, held_out=True)[:count]
    category, colour, unknown = try_titles(judge, items, seed)
    return TitleReport(
        category=bootstrap(auroc, *category.scores(CATEGORY)),
        colour=bootstrap(auroc, *colour.scores(COLOUR)),
        category_ece=miscalibration(*category.scores(CATEGORY)),
        colour_ece=miscalibration(*colour.scores(COLOUR)),
        unknown=round(unknown / len(items), 4),
        pictures=len(items),
    )


def fit_match(judge: TitleJudge, data: Sequence[Path], *, count: int = MOST) -> tuple[tuple[float, ...], ...]:
    """What `abuse.match` should have for CATEGORY and COLOUR, by products that the evaluation does not see."""
    category, colour, _ = try_titles(judge, _items(judge, data, held_out=False)[:count], 0)
    return tuple(_weights(trials) for trials in (category, colour))


def try_titles(judge: TitleJudge, items: Sequence[Item], seed: int) -> tuple[Trials, Trials, int]:
    """Trials of categories and of colours; and how many own titles could not be judged."""
    random = Random(seed)
    if len({item.labels["category"] for item in items}) < 2:
        raise DataError("Judging titles needs products of several categories.")
    category, colour, unknown = Trials([], []), Trials([], []), 0
    for item in items:
        image = Image.open(io.BytesIO(item.image or b"")).convert("RGB")
        kind, shade = judge.judge(image, item.title)
        unknown += kind is None
        other = random.choice([one for one in items if one.labels["category"] != item.labels["category"]])
        wrong_kind, _ = judge.judge(image, other.title)
        rivals = [one for one in items if _other_colour(one, item)]
        wrong_shade = judge.judge(image, random.choice(rivals).title)[1] if rivals else None
        category.note(kind, wrong_kind, item.labels["category"])
        colour.note(shade, wrong_shade, item.labels["colour"])
    if not all((category.right, category.wrong, colour.right, colour.wrong)):
        raise DataError("Judging titles needs products of several categories, each in several colours.")
    return category, colour, unknown


def _other_colour(one: Item, item: Item) -> bool:
    return one.labels["category"] == item.labels["category"] and one.labels["colour"] != item.labels["colour"]


def _items(judge: TitleJudge, data: Sequence[Path], *, held_out: bool) -> list[Item]:
    found = [
        item
        for item in find_domain("products").items(find_files((FILE,), data))
        if is_held_out(item.id) == held_out
        and item.image
        and item.labels.get("category") in judge.categories
        and item.labels.get("colour") in judge.colours
    ]
    if not found:
        raise DataError("These files hold no product that titles can be judged by.")
    return Random(0).sample(found, len(found))


def _weights(trials: Trials) -> tuple[float, ...]:
    right, wrong = (
        torch.tensor([[one.share, one.odds, 1.0] for one in side], dtype=torch.float64)
        for side in (trials.right, trials.wrong)
    )
    return tuple(round(float(weight), 3) for weight in logistic_regression(wrong, right))
