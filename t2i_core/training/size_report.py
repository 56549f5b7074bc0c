"""How often the true measures of dummies lie in the intervals that sizes are told by, seen by the shipped networks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from t2i_core.data.parts import HEAD, LOWER, SHOES, SKIN, UPPER
from t2i_core.tryon.anthropometry import MEASURES, people
from t2i_core.tryon.dummy import Dummy, Section, Stance
from t2i_core.tryon.dummy_photo import Camera, Colours, Shot, photograph
from t2i_core.tryon.figure import figure_of
from t2i_core.tryon.framing import around
from t2i_core.tryon.outline import View
from t2i_core.tryon.parsing import Parsed
from t2i_core.tryon.person import Person
from t2i_core.tryon.problems import TryOnError
from t2i_core.tryon.size import CHEST_OUTLINE, EASE, SURE, Clothes, Estimate, estimate

DUMMIES = 60
Progress = Callable[[int, int], None]
See = Callable[[Shot], Person]


@dataclass(frozen=True)
class Case:
    """Photos as somebody takes them. views: one a photo; cut: how much of the body is out of them; tilt: degrees a
    camera looks up or down at most; pixels: of their height."""

    name: str
    views: tuple[View, ...] = ("front",)
    clothes: Clothes = "close"
    cut: float = 0.0
    tilt: float = 4.0
    pixels: tuple[int, int] = (500, 900)


CASES = (
    Case("one photo"),
    Case("front and side", ("front", "side")),
    Case("two from the front, two from the side", ("front", "front", "side", "side")),
    Case("usual clothes, front and side", ("front", "side"), "usual"),
    Case("loose clothes, front and side", ("front", "side"), "loose"),
    Case("feet out of the photo", cut=0.3),
    Case("camera tilted by up to 12 degrees", tilt=12.0),
)


@dataclass(frozen=True)
class CaseResult:
    """covered: share of true measures in their intervals, over all and by measure; wide: the intervals' mean width in
    centimetres; off: by how much the likeliest value is wrong; refused: estimates that were not made."""

    name: str
    covered: float
    by_measure: dict[str, float]
    wide: dict[str, float]
    off: dict[str, float]
    refused: int


@dataclass(frozen=True)
class SizeReport:
    """claimed: how often a measure should lie in its interval; cases: the photos it was tried on."""

    dummies: int
    claimed: float
    cases: list[CaseResult]

    def __str__(self) -> str:
        lines = [f"{self.dummies} dummies a case; intervals claim {self.claimed:.0%}. Covered, mean width, mean error:"]
        for case in self.cases:
            lines.append(f"{case.name}: {case.covered:.0%} covered, {case.refused} refused")
            lines += [
                f"  {name:8s} {case.by_measure[name]:4.0%}  {case.wide[name]:5.1f} cm  {case.off[name]:4.1f} cm"
                for name in case.wide
            ]
        return "\n".join(lines)


def evaluate_size(
    see: See, *, count: int | None = None, seed: int = 0, cases: Sequence[Case] = CASES, on_step: Progress | None = None
) -> SizeReport:
    """Tries the estimate on dummies drawn from the survey's spread, a quarter of them half as unusual again."""
    count = count or DUMMIES
    results = []
    for place, case in enumerate(cases):
        random = np.random.default_rng((seed, place))
        tried = []
        for index in range(count):
            tried.append(_one(case, see, random, unusual=index % 4 == 3))
            if on_step:
                on_step(place * count + index + 1, len(cases) * count)
        results.append(_result(case.name, tried))
    return SizeReport(count, SURE, results)


def known(shot: Shot) -> Person:
    """The dummy of a photo as networks would see it that make no mistakes."""
    window = around(shot.pose.box())
    return Person(np.asarray(shot.image), shot.pose, Parsed.of_parts(shot.parts, window), figure_of(shot.pose))


def body(random: np.random.Generator, *, unusual: bool = False) -> Dummy:
    """A dummy with measures as people have them."""
    beliefs = people(1.5 if unusual else 1.0)
    height = float(random.normal(171, 9))
    values = np.exp(random.multivariate_normal(beliefs.mean, beliefs.spread)) * height
    of = {name: float(values[place]) for place, name in enumerate(beliefs.names)}
    of["chest breadth"] *= float(np.exp(random.normal(*CHEST_OUTLINE)))
    chest, waist, hip = (
        Section(of[f"{name} breadth"], of[f"{name} depth"], of[name]) for name in ("chest", "waist", "hip")
    )
    return Dummy(height, of["shoulder"], chest, waist, hip, of["inseam"])


def _one(case: Case, see: See, random: np.random.Generator, *, unusual: bool) -> tuple[Dummy, Estimate | None]:
    dummy = body(random, unusual=unusual)
    cloth, doubt = EASE[case.clothes]
    ease = np.clip(random.normal(cloth, doubt, 2), 0.05, None)
    colours: Colours = {part: tuple(random.integers(20, 190, 3).tolist()) for part in (UPPER, LOWER, SHOES)}
    skin = np.array([224, 178, 150]) * random.uniform(0.45, 1.0)
    colours |= {SKIN: tuple(skin.astype(int).tolist()), HEAD: tuple((0.9 * skin).astype(int).tolist())}
    hair, heels = max(random.normal(1.6, 1.0), 0.2), max(random.normal(2.4, 1.6), 0.3)
    hang = max(random.normal(2.0, 1.5), 0.0)
    people_seen = []
    for view in case.views:
        stance = Stance(
            yaw=float(random.normal(90 if view == "side" else 0, 7)),
            arms=float(random.uniform(14, 34)) if view == "front" else 2.0,
            legs=float(random.uniform(6, 20)) if view == "front" else 0.0,
            ease_upper=float(ease[0]),
            ease_lower=float(ease[1]),
            hair=float(hair),
            heels=float(heels),
            hang=float(hang),
        )
        camera = Camera(
            distance=float(random.uniform(200, 450)),
            height=float(random.uniform(90, 160)),
            pitch=float(random.uniform(-case.tilt, case.tilt)),
            roll=float(random.normal(0, 1.5)),
            cut=case.cut,
            pixels=int(random.integers(*case.pixels)),
        )
        people_seen.append((photograph(dummy, stance, camera, colours), view))
    try:
        seen = [see(shot) for shot, _ in people_seen]
        return dummy, estimate(seen, dummy.height, clothes=case.clothes, views=case.views)
    except TryOnError:
        return dummy, None


def _result(name: str, tried: Sequence[tuple[Dummy, Estimate | None]]) -> CaseResult:
    told = [(dummy.measures(), found.measures) for dummy, found in tried if found is not None]
    inside = {
        what: float(np.mean([found[what].low <= true[what] <= found[what].high for true, found in told]))
        for what in MEASURES
    }
    wide = {what: round(float(np.mean([found[what].width for _, found in told])), 1) for what in MEASURES}
    errors = {what: [found[what].value - true[what] for true, found in told] for what in MEASURES}
    off = {what: round(float(np.abs(values).mean()), 1) for what, values in errors.items()}
    covered = float(np.mean(list(inside.values())))
    return CaseResult(
        name, round(covered, 3), {k: round(v, 3) for k, v in inside.items()}, wide, off, len(tried) - len(told)
    )
