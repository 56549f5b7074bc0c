"""The numbers of a judged model and the table they are read in."""

from dataclasses import dataclass

from t2i_core.training.matching_report import Share
from t2i_core.training.metrics import Overlap, Spread
from t2i_core.training.score import Score


@dataclass(frozen=True)
class Floor:
    """What real pictures reach: as many training pictures, judged against the held-out ones.

    r_precision: that of the held-out pictures themselves with their own texts
    """

    frechet: float
    kernel: Spread
    overlap: Overlap
    r_precision: Share | None = None


@dataclass(frozen=True)
class Copies:
    """Feature distances to the nearest training picture, of generated pictures and of real held-out ones.

    nearest_percent: the 1st percentile; closer: share of generated pictures nearer than that of the real ones, which
    is about 0.01 where the model copies no more than the catalogue repeats itself
    """

    median: float
    nearest_percent: float
    real_median: float
    real_nearest_percent: float
    closer: float


@dataclass(frozen=True)
class Judged:
    """The pictures of one way of asking.

    asked: by attribute, how many pictures were asked for a value the classifier knows; only these count
    real_accuracy: the classifier's accuracy on the real pictures of the same items
    accuracy_ratio: the generated pictures' accuracy over that
    r_precision: how often a generated picture's text outranks 99 others (chance is 0.01); None without a matcher
    """

    score: Score
    overlap: Overlap
    asked: dict[str, int]
    real_accuracy: dict[str, float]
    accuracy_ratio: dict[str, float]
    copies: Copies
    r_precision: Share | None = None


@dataclass(frozen=True)
class Evaluation:
    """A model judged on `count` held-out items, asked for everything known of them, and by title alone.

    measures: the measured attributes that pictures were asked for
    """

    model: str
    count: int
    seed: int
    num_steps: int
    guidance: float
    features: str
    training_pictures: int
    floor: Floor
    everything: Judged
    title: Judged
    measures: list[str]
    sheets: list[str]
    seconds: float

    def __str__(self) -> str:
        head = (
            f"{self.model}: {self.count:,} held-out pictures, seed {self.seed}, {self.num_steps} steps, "
            f"guidance {self.guidance:g}, features {self.features}"
        )
        rows = [("", "real", "everything", "title alone"), *_distances(self), *_overlaps(self), *_obedience(self)]
        table = [f"{name:<28}{real:>16}{full:>24}{title:>24}".rstrip() for name, real, full, title in rows]
        return "\n".join([head, *table, *(f"sheet: {path}" for path in self.sheets)])


Row = tuple[str, str, str, str]


def _distances(found: Evaluation) -> list[Row]:
    floor, full, title = found.floor, found.everything, found.title
    near = full.copies
    return [
        _row("Fréchet distance", floor.frechet, full.score.frechet, title.score.frechet),
        _row("  over real's", 1.0, full.score.frechet / floor.frechet, title.score.frechet / floor.frechet),
        ("KID x 1000", _spread(floor.kernel), _spread(full.score.kernel), _spread(title.score.kernel)),
        _row("nearest training, median", near.real_median, near.median, title.copies.median),
        _row("nearest training, 1 %", near.real_nearest_percent, near.nearest_percent, title.copies.nearest_percent),
        ("  nearer than real's 1 %", "1.0 %", f"{near.closer:.1%}", f"{title.copies.closer:.1%}"),
    ]


def _overlaps(found: Evaluation) -> list[Row]:
    sides = (found.floor.overlap, found.everything.overlap, found.title.overlap)
    return [_row(name, *(getattr(side, name) for side in sides)) for name in vars(found.floor.overlap)]


def _obedience(found: Evaluation) -> list[Row]:
    ways = (found.everything, found.title)
    names = sorted({name for way in ways for name in way.asked})
    shares: list[Row] = [(f"{name}, accuracy", "", _share(ways[0], name), _share(ways[1], name)) for name in names]
    tones = [f"{way.score.tone_difference:.1f}" for way in ways]
    real, full, title = (_found_text(side.r_precision) for side in (found.floor, *ways))
    matching: list[Row] = [("R-precision, 1 of 100", real, full, title)] if real else []
    if "tone" not in found.measures:
        return [*shares, *matching]
    return [*shares, *matching, ("tone, median ΔE00", "", tones[0], f"({tones[1]}, not asked)")]


def _share(way: Judged, name: str) -> str:
    if name not in way.accuracy_ratio:
        return "not asked"
    return f"{way.score.accuracy[name]:.1%} of {way.real_accuracy[name]:.1%} = {way.accuracy_ratio[name]:.2f}"


def _found_text(share: Share | None) -> str:
    return "" if share is None else f"{share.value:.1%}"


def _row(name: str, *values: float) -> Row:
    real, full, title = (f"{value:.1f}" if value >= 10 else f"{value:.3f}" for value in values)
    return name, real, full, title


def _spread(spread: Spread) -> str:
    return f"{1000 * spread.mean:.1f} ± {1000 * spread.std:.1f}"
