"""Who is to be dressed: pose, parts and body of one person in a photo, or a sentence why it cannot be done."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from t2i_core.data.joints import (
    L_ELBOW,
    L_HIP,
    L_KNEE,
    L_SHOULDER,
    L_WRIST,
    R_ELBOW,
    R_HIP,
    R_KNEE,
    R_SHOULDER,
    R_WRIST,
)
from t2i_core.data.parts import BACKGROUND, HEAD, PARTS, SKIN, Parts
from t2i_core.tryon.figure import Figure, figure_of
from t2i_core.tryon.garment import Slot
from t2i_core.tryon.parsing import Parsed, Parser
from t2i_core.tryon.pose import Pose, PoseFinder, Sighted
from t2i_core.tryon.problems import ArmsHidden, BackView, HeadOnly, NoPerson, SeveralPeople, TooSmall

Point = tuple[float, float]

LARGEST = 2048  # pixels of a photo's longer side; larger ones are made smaller
LEAST_TORSO = 24.0  # pixels from shoulders to hips
SURE = 0.12  # visibility under which a joint counts as not seen at all
AS_LARGE = 0.6  # of the first person's size, from which on a second one counts
BARE = 0.02  # of a body: less head and skin is a garment without anybody; of 1,893 street photos the least is 0.047
TURNED = 0.2  # of the torso: shoulders that are no wider, or the wrong way round, are a profile or a back


@dataclass(frozen=True)
class Person:
    """Somebody in a photo [H, W, 3], with all that dressing needs to know of them."""

    photo: NDArray[np.uint8]
    pose: Pose
    parsed: Parsed
    figure: Figure

    @cached_property
    def parts(self) -> Parts:
        """The part every pixel shows, [H, W]."""
        return self.parsed.parts()

    @cached_property
    def body(self) -> NDArray[np.bool_]:
        """Where the person is, [H, W]."""
        return np.asarray(self.parts != BACKGROUND)


def fitted(photo: Image.Image) -> Image.Image:
    """An RGB photo of at most 2048 pixels a side: itself, where it is no larger."""
    photo = photo.convert("RGB")
    if max(photo.size) > LARGEST:
        photo = photo.copy()
        photo.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return photo


def choose(found: list[Sighted], at: Point | None) -> Sighted:
    """The one person of a photo, or the one at a point of it.

    Raises NoPerson, or SeveralPeople where it is not clear which is meant.
    """
    if not found:
        raise NoPerson("Nobody was found in this photo. Use one that shows you from the front, at least to the hips.")
    if at is not None:
        return min(found, key=lambda one: _away(one.pose, at))
    sizes = [_size(one.pose) for one in found]
    largest = int(np.argmax(sizes))
    others = [one for one, size in zip(found, sizes, strict=True) if size > AS_LARGE * sizes[largest]]
    if len(others) > 1:
        raise SeveralPeople(
            f"{len(others)} people are in this photo. Choose one of them, or use a photo of yourself alone.",
            [one.pose.box() for one in others],
        )
    return found[largest]


def see(photo: Image.Image, finder: PoseFinder, parser: Parser, at: Point | None = None) -> Person:
    """The person of an RGB photo, parsed; at: a point of the photo, to choose one of several."""
    one = choose(finder.find(photo), at)
    try:
        figure = figure_of(one.pose)
    except ValueError as problem:
        raise HeadOnly(
            "Only a part of the body is in this photo. Use one that shows you from head to hips, better to the feet."
        ) from problem
    if figure.torso < LEAST_TORSO:
        raise TooSmall(
            f"The person is too small in this photo: {figure.torso:.0f} pixels from shoulders to hips, and "
            f"{LEAST_TORSO:.0f} are needed. Step closer, or use a larger photo."
        )
    person = Person(np.asarray(photo), one.pose, parser.parse(photo, one), figure)
    counts = np.bincount(person.parts.ravel(), minlength=len(PARTS))
    if counts[HEAD] + counts[SKIN] < BARE * max(int(counts[1:].sum()), 1):
        raise NoPerson("Clothes were found in this photo, but nobody in them. Use one that shows you, with your head.")
    return person


def require(person: Person, slot: Slot) -> None:
    """Raises a TryOnError where a photo does not show what a garment of the slot covers."""
    joints = person.pose.joints
    if slot in ("upper", "dress"):
        _require_torso(person)
    legs = joints[[R_HIP, L_HIP], 2].max() > 0 and joints[[R_KNEE, L_KNEE], 2].max() > 0
    if slot in ("lower", "dress") and not legs:
        raise HeadOnly("This photo does not show the legs. Use one that shows you at least to the knees.")
    if _from_behind(person):
        raise BackView("You are seen from behind, or quite from the side, in this photo. Use one from the front.")


def _require_torso(person: Person) -> None:
    joints, height = person.pose.joints, person.pose.size[1]
    shoulders = joints[[R_SHOULDER, L_SHOULDER]]
    reaches = (height - shoulders[:, 1].mean()) / person.figure.span
    if (shoulders[:, 2] <= 0).all() or (joints[[R_HIP, L_HIP], 2].max() <= 0 and reaches < 0.9):
        raise HeadOnly("This photo shows little more than the head. Use one that shows you at least to the hips.")
    if (joints[[R_ELBOW, L_ELBOW, R_WRIST, L_WRIST], 2] < SURE).all():
        raise ArmsHidden("Neither arm can be seen in this photo. Let them hang beside the body, and try again.")


def _from_behind(person: Person) -> bool:
    """A back shows the right shoulder on the right of the picture; what shows them nearly in one place is a profile.

    A back seen over which somebody looks at the camera often passes as a front: the pose network hardly ever saw one.
    """
    shoulders = person.figure.shoulders
    return bool(shoulders[1, 0] - shoulders[0, 0] < TURNED * person.figure.torso)


def _size(pose: Pose) -> float:
    left, top, right, bottom = pose.box()
    return float(np.hypot(right - left, bottom - top))


def _away(pose: Pose, at: Point) -> float:
    left, top, right, bottom = pose.box()
    outside = max(left - at[0], 0, at[0] - right) + max(top - at[1], 0, at[1] - bottom)
    middle = abs(at[0] - (left + right) / 2) + abs(at[1] - (top + bottom) / 2)
    return 1000 * outside + middle
