"""How good the realism judge is, on photos, titles and seeds that it was not trained with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from t2i_core.abuse.realism import RULE, RealismJudge
from t2i_core.abuse.rules import RULES
from t2i_core.training.intervals import Interval, Scores, auroc, bootstrap, miscalibration
from t2i_core.training.realism_data import (
    HELD_OUT_SHOPS,
    HELD_OUT_THINGS,
    PAINTERS,
    Pictures,
    noises,
    painted,
    screens,
    shop_photos,
)

DRAWN = 100  # pictures of each kind that code draws
PAINTED = 48  # pictures of each model
UNSEEN = ("screenshots",)  # kinds of pictures that training shows nothing like


@dataclass(frozen=True)
class RealismReport:
    """Measured on held-out shop photos as they are, and on pictures that are none.

    kinds: AUROC of each kind of other pictures against the photos; found: the shares the rule finds by default
    alarms: the share of photos that the rule finds; by_shop: the same by file
    ece: how far probabilities are from how often they come true, over photos and as many others
    ece_known: the same without the kinds that training shows nothing like
    """

    photos: int
    threshold: float
    alarms: float
    ece: float
    ece_known: float
    by_shop: Mapping[str, float]
    kinds: Mapping[str, Interval]
    found: Mapping[str, float]

    def __str__(self) -> str:
        shops = ", ".join(f"{name} {share:.3f}" for name, share in self.by_shop.items())
        lines = [
            f"{'realism: false alarms':<44} {self.alarms:.3f} of {self.photos} photos at {self.threshold}   goal 0.02",
            f"  {shops}",
            f"{'realism: calibration error (ECE)':<44} {self.ece_known:.3f}   goal 0.03",
            f"{'realism: with kinds never seen in training':<44} {self.ece:.3f}",
        ]
        for name, interval in self.kinds.items():
            unseen = "   never seen in training" if name in UNSEEN else ""
            lines.append(f"{f'realism: AUROC, share found of {name}':<44} {interval}, {self.found[name]:.3f}{unseen}")
        return "\n".join(lines)


def evaluate_realism(
    judge: RealismJudge, data: Sequence[Path], *, cache: Path, count: int | None = None
) -> RealismReport:
    """Judges the judge. count: pictures of a file or kind at most. Raises DataError where a file is missing,
    WeightsError where a model that draws is."""
    photos, others = held_out_pictures(data, cache=cache, count=count)
    real = {name: _chances(judge, pictures) for name, pictures in photos.items()}
    unreal = {name: _chances(judge, pictures) for name, pictures in others.items()}
    return report(real, unreal)


def report(real: Mapping[str, Scores], unreal: Mapping[str, Scores]) -> RealismReport:
    """What probabilities of being no product photo say, of photos by file and of other pictures by kind."""
    threshold = RULES[RULE].threshold
    every, other = np.concatenate(list(real.values())), np.concatenate(list(unreal.values()))
    known = np.concatenate([scores for name, scores in unreal.items() if name not in UNSEEN])
    return RealismReport(
        photos=len(every),
        threshold=threshold,
        alarms=_over(every, threshold),
        ece=_ece(every, other),
        ece_known=_ece(every, known),
        by_shop={name.partition(".")[0]: _over(scores, threshold) for name, scores in real.items()},
        kinds={name: bootstrap(auroc, every, scores) for name, scores in unreal.items()},
        found={name: _over(scores, threshold) for name, scores in unreal.items()},
    )


def held_out_pictures(
    data: Sequence[Path], *, cache: Path, count: int | None = None
) -> tuple[dict[str, Pictures], dict[str, Pictures]]:
    """Shop photos by file, and other pictures by kind."""
    most = count or 10**9
    shops = {file: min(most, number) for file, number in HELD_OUT_SHOPS.items()}
    things = {file: min(most, number) for file, number in HELD_OUT_THINGS.items()}
    others = {f"{name} model": painted(name, data, min(most, PAINTED), held_out=True, cache=cache) for name in PAINTERS}
    found = shop_photos(data, things, held_out=True)
    others |= {file.partition(".")[0]: pictures for file, pictures in found.items()}
    others |= {"noise": noises(min(most, DRAWN), 1), "screenshots": screens(min(most, DRAWN), 1)}
    return shop_photos(data, shops, held_out=True), others


def _chances(judge: RealismJudge, pictures: Pictures, batch: int = 32) -> Scores:
    parts = [judge.unreal(pictures[start : start + batch]) for start in range(0, len(pictures), batch)]
    return np.array([chance for part in parts for chance in part])


def _ece(real: Scores, unreal: Scores) -> float:
    random = np.random.default_rng(0)
    return miscalibration(random.permutation(real), random.permutation(unreal))


def _over(scores: Scores, threshold: float) -> float:
    return round(float((scores >= threshold).mean()), 4)
