import numpy as np
from PIL import Image

from t2i_core.data.parts import HEAD, LOWER, SKIN, UPPER
from t2i_core.tryon.dress import put_on
from t2i_core.tryon.fill import garment_below
from t2i_core.tryon.flat import upper_figure
from t2i_core.tryon.framing import around
from t2i_core.tryon.garment import Garment
from t2i_core.tryon.mannequin import mannequin
from t2i_core.tryon.parsing import Parsed
from t2i_core.tryon.person import Person
from tests.tryon.made_up import SMALL, shirt


def dressed_in(parts: np.ndarray, photo: np.ndarray, garment: Garment) -> tuple[np.ndarray, Person]:
    somebody = mannequin(SMALL)
    parsed = Parsed.of_parts(parts, around(somebody.pose.box()))
    person = Person(photo, somebody.pose, parsed, somebody.figure)
    return np.asarray(put_on(person, [garment]).image).astype(int), person


def flat(picture: Image.Image) -> Garment:
    pixels = np.asarray(picture)
    there = (pixels != 255).any(2)
    return Garment(pixels, there.astype(np.float32), upper_figure(there), "upper", worn=False)


def test_a_neck_comes_out_of_a_high_collar_as_skin() -> None:
    somebody = mannequin(SMALL)
    photo, parts = somebody.photo.copy(), somebody.parts.copy()
    collar = (parts == SKIN) & (np.arange(len(parts))[:, None] < 0.23 * len(parts))
    photo[collar], parts[collar] = (20, 60, 200), UPPER
    after, person = dressed_in(parts, photo, flat(shirt()))
    nose = person.pose.points[0]
    x, y = np.round(person.figure.top + 0.4 * (nose - person.figure.top)).astype(int)
    assert parts[y, x] == UPPER
    assert after[y, x, 0] > after[y, x, 2] + 15  # the ground is greyer
    assert np.array_equal(after[parts == HEAD][0], photo[parts == HEAD][0])


def test_legs_go_on_up_to_a_top_that_ends_above_the_old_tails() -> None:
    somebody = mannequin(SMALL)
    photo, parts = somebody.photo.copy(), somebody.parts.copy()
    rows = np.arange(len(parts))[:, None] / len(parts) * 3
    columns = np.arange(parts.shape[1])[None] / len(parts) * 3
    legs = parts == LOWER
    tails = (rows > 1.2) & (rows < 1.6) & (np.abs(columns - 1) < 0.27)
    photo[legs], parts[legs] = (200, 120, 90), SKIN
    photo[tails], parts[tails] = (20, 60, 200), UPPER
    apart = (rows > 1.55) & (np.abs(columns - 1) < 0.05)
    photo[apart], parts[apart] = (0, 255, 0), 0
    after, person = dressed_in(parts, photo, flat(shirt()))
    for side in (-0.25, 0, 0.25):
        x, y = np.round(person.figure.at(1.2) + side * person.figure.span * person.figure.across).astype(int)
        assert parts[y, x] == UPPER
        assert (np.abs(after[y, x] - (200, 120, 90)) < 60).all()


def test_a_short_piece_of_what_is_below_is_mirrored_to_and_fro() -> None:
    photo = np.zeros((60, 20, 3), np.uint8)
    photo[40:48] = np.arange(100, 180, 10)[:, None, None]
    below, wanted = np.zeros((60, 20), bool), np.zeros((60, 20), bool)
    below[40:48], wanted[10:40] = True, True
    colour, done = garment_below(photo, below, wanted)
    assert done[10:40].all()
    assert colour[10:40].min() >= 100
    assert np.abs(np.diff(colour[10:40, 5, 0])).max() <= 20
