"""How well people's joints and parts are found in photos nobody learned from."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from t2i_core.data.joints import JOINTS, L_HIP, L_SHOULDER, R_HIP, R_SHOULDER, Joints
from t2i_core.data.parts import BACKGROUND, BOTTOMS, EIGHT_NAMES, TOPS, Parts, to_eight
from t2i_core.data.people import Person, read_people
from t2i_core.tryon.parsing import Parser
from t2i_core.tryon.pose import Pose, PoseFinder, Sighted

T = TypeVar("T")
NEAR = 0.2  # of the torso: how far off a joint may be found (PCK@0.2)
SEEN = 0.5  # visibility from which on a labelled joint counts
PAIRS = ("nose", "neck", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "eye", "ear")
GROUPS = {"foreground": None, "upper+outer": TOPS, "lower+dress": BOTTOMS}


@dataclass(frozen=True)
class PoseReport:
    """pck: share of the joints in sight that are found within a fifth of the torso; by joint, both sides together;
    missed: people of whom nothing was found; milliseconds: a photo, median."""

    people: int
    pck: float
    by_joint: dict[str, float]
    missed: int
    milliseconds: float

    def __str__(self) -> str:
        joints = "\n".join(f"  {name:<9} {value:.1%}" for name, value in self.by_joint.items())
        return (
            f"PCK@0.2, {self.people} held-out people: {self.pck:.1%}\n{joints}\n"
            f"nobody found: {self.missed}\nmilliseconds a photo: {self.milliseconds:.0f}"
        )


@dataclass(frozen=True)
class ParsingReport:
    """Overlap over union (IoU), all photos' pixels together: the mean over the eight parts, each of them, and three
    groups of parts; milliseconds: a photo, median, beside the pose's."""

    people: int
    miou: float
    by_part: dict[str, float]
    groups: dict[str, float]
    milliseconds: float

    def __str__(self) -> str:
        rows = "\n".join(f"  {name:<15} {value:.3f}" for name, value in {**self.by_part, **self.groups}.items())
        return (
            f"mean IoU, {self.people} held-out people, 8 parts: {self.miou:.3f}\n{rows}\n"
            f"milliseconds a photo: {self.milliseconds:.0f}"
        )


def evaluate_pose(finder: PoseFinder, data: Sequence[Path], *, count: int | None = None) -> PoseReport:
    """Judges a pose backend by BlazePose's labels of held-out people."""
    people = read_people(data, held_out=True)[:count]
    hits: list[NDArray[np.float32]] = []
    missed, seconds = 0, []
    for person in people:
        found, took = _timed(lambda person=person: finder.find(Image.fromarray(person.pixels)))  # type: ignore[misc]
        seconds.append(took)
        missed += not found
        hits.append(hit(found[0].pose.joints if found else None, person.joints))
    table = np.stack(hits)  # [people, 18], NaN where a joint does not count
    by_joint = {name: float(np.nanmean(table[:, [name in joint for joint in JOINTS]])) for name in PAIRS}
    return PoseReport(
        len(people),
        round(float(np.nanmean(table)), 4),
        {name: round(value, 4) for name, value in by_joint.items()},
        missed,
        round(1000 * float(np.median(seconds)), 1),
    )


def hit(found: Joints | None, labelled: Joints) -> NDArray[np.float32]:
    """[18]: 1 for joints within reach of their label, 0 for others, NaN for those out of sight."""
    torso = float(np.linalg.norm(labelled[[R_SHOULDER, L_SHOULDER], :2].mean(0) - labelled[[R_HIP, L_HIP], :2].mean(0)))
    if found is None:
        near = np.zeros(len(JOINTS), np.float32)
    else:
        away = np.linalg.norm(found[:, :2] - labelled[:, :2], axis=1)
        near = (away < NEAR * torso).astype(np.float32)
    return np.where(labelled[:, 2] > SEEN, near, np.nan).astype(np.float32)


def evaluate_parsing(
    finder: PoseFinder, parser: Parser, data: Sequence[Path], *, count: int | None = None
) -> ParsingReport:
    """Judges a parser by the marked parts of held-out people, at the poses that are found in their photos."""
    people = [person for person in read_people(data, held_out=True) if person.parts is not None][:count]
    both, union = np.zeros(8), np.zeros(8)
    groups = {name: np.zeros(2) for name in GROUPS}
    seconds = []
    for person in people:
        found, took = _parts(finder, parser, person)
        seconds.append(took)
        assert person.parts is not None
        eight, marked = to_eight(found), to_eight(person.parts)
        for part in range(8):
            both[part] += ((eight == part) & (marked == part)).sum()
            union[part] += ((eight == part) | (marked == part)).sum()
        for name, members in GROUPS.items():
            groups[name] += _shared(_group(found, members), _group(person.parts, members))
    by_part = {name: round(float(b / max(u, 1)), 4) for name, b, u in zip(EIGHT_NAMES, both, union, strict=True)}
    return ParsingReport(
        len(people),
        round(float(np.mean(list(by_part.values()))), 4),
        by_part,
        {name: round(float(b / max(u, 1)), 4) for name, (b, u) in groups.items()},
        round(1000 * float(np.median(seconds)), 1),
    )


def _parts(finder: PoseFinder, parser: Parser, person: Person) -> tuple[Parts, float]:
    photo = Image.fromarray(person.pixels)
    sighted = finder.find(photo) or [Sighted(Pose(np.zeros((18, 3), np.float32), photo.size))]
    return _timed(lambda: parser.parse(photo, sighted[0]).parts())


def _group(parts: Parts, members: tuple[int, ...] | None) -> NDArray[np.bool_]:
    return parts != BACKGROUND if members is None else np.isin(parts, members)


def _shared(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> tuple[int, int]:
    return int((one & other).sum()), int((one | other).sum())


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    done = work()
    return done, time.perf_counter() - started
