import numpy as np

from t2i_core.data.parts import HEAD, UPPER, Parts
from t2i_core.tryon.evening import evened
from t2i_core.tryon.figure import LEFT, RIGHT, figure_of
from t2i_core.tryon.garment import Garment
from t2i_core.tryon.mannequin import JOINTS, draw, mannequin
from t2i_core.tryon.notes import notes_on
from tests.tryon.made_up import SMALL

FOLDED = [*JOINTS[:6], (1.40, 1.02), (1.14, 0.72), *JOINTS[8:]]  # the left hand is at the chest


def worn(joints: list[tuple[float, float]]) -> tuple[Garment, Parts]:
    picture, pose, parts = draw(SMALL, joints)
    garment = Garment(np.asarray(picture), (parts == UPPER).astype(np.float32), figure_of(pose), "upper", worn=True)
    return garment, parts


def test_the_sleeve_of_a_folded_arm_is_that_of_the_other_arm_mirrored() -> None:
    garment, parts = worn(FOLDED)
    even = evened(garment, parts)
    right, left = even.figure.arms[RIGHT], even.figure.arms[LEFT]
    assert np.allclose(right[:, 1], left[:, 1], atol=2)
    assert np.allclose(right[:, 0] + left[:, 0], 2 * even.figure.top[0], atol=2)
    x, y = np.round(left[0] + 0.4 * (left[1] - left[0])).astype(int)
    assert even.alpha[y, x] > 0.5
    assert even.mirrored > 0.03


def test_two_arms_that_hang_are_left_as_they_are() -> None:
    garment, parts = worn(list(JOINTS))
    even = evened(garment, parts)
    assert np.array_equal(even.alpha, garment.alpha)
    assert even.mirrored == 0


def test_cloth_under_long_hair_is_taken_from_the_other_side() -> None:
    garment, parts = worn(list(JOINTS))
    rows, columns = np.mgrid[: parts.shape[0], : parts.shape[1]] / len(parts) * 3
    hair = (parts == UPPER) & (rows > 0.7) & (rows < 1.0) & (columns > 1.08) & (columns < 1.2)
    pixels, alpha = garment.pixels.copy(), np.where(hair, 0, garment.alpha).astype(np.float32)
    pixels[hair] = (90, 50, 10)
    covered = Garment(pixels, alpha, garment.figure, "upper", worn=True)
    even = evened(covered, np.where(hair, HEAD, parts).astype(np.uint8))
    assert even.alpha[hair].mean() > 0.95
    apart = np.abs(even.pixels[hair].astype(int) - garment.pixels[hair])
    assert np.median(apart) < 30  # what differs is the light from the left


def test_a_mirrored_part_is_said() -> None:
    person, nothing = mannequin(SMALL), np.zeros((SMALL, SMALL), np.float32)
    said = [notes_on(person, evened(*worn(joints)), 1.0, set(), nothing, nothing) for joints in (list(JOINTS), FOLDED)]
    assert not any("other side" in note for note in said[0])
    assert any("taken from the other side" in note for note in said[1])
