import numpy as np
import pytest
from PIL import Image

from t2i_core.errors import InputError
from t2i_core.tryon.brush import Stroke, brushed, grown, mask_of, read_strokes
from t2i_core.tryon.cutting import cut_garment
from t2i_core.tryon.dress import put_on
from t2i_core.tryon.mannequin import mannequin
from tests.tryon import made_up
from tests.tryon.made_up import Finder, Reader

EMPTY = np.zeros((100, 80), bool)


def test_a_stroke_adds_a_line_as_thick_as_the_brush() -> None:
    mask = brushed(EMPTY, [Stroke(True, 0.1, [(0.25, 0.5), (0.75, 0.5)])])
    assert mask[50, 20:60].all()
    assert 6 <= mask[:, 40].sum() <= 10
    assert not mask[30].any()


def test_a_later_stroke_erases_an_earlier_one() -> None:
    mask = brushed(EMPTY, [Stroke(True, 0.5, [(0.5, 0.5)]), Stroke(False, 0.2, [(0.5, 0.5)])])
    assert not mask[50, 40]
    assert mask[50, 55]


def test_a_dot_is_round() -> None:
    mask = brushed(EMPTY, [Stroke(True, 0.25, [(0.5, 0.5)])])
    assert mask.sum() == pytest.approx(np.pi * 10**2, rel=0.12)


def test_a_stroke_beside_the_photo_changes_nothing() -> None:
    assert not brushed(EMPTY, [Stroke(True, 0.05, [(1.8, 1.8), (1.9, 1.9)])]).any()


@pytest.mark.parametrize(
    "given",
    [
        None,
        "x",
        [1],
        [{"mode": "add"}],
        [{"mode": "add", "size": 0, "points": [[0, 0]]}],
        [{"mode": "add", "size": "5", "points": [[0, 0]]}],
        [{"mode": "add", "size": 0.1, "points": [["a", 0], [1e9, 0], [float("nan"), 0], [True, 0], [0]]}],
    ],
)
def test_what_makes_no_sense_is_left_out(given: object) -> None:
    assert read_strokes(given) == []


def test_what_a_browser_tells_is_read() -> None:
    (stroke,) = read_strokes([{"mode": "erase", "size": 0.05, "points": [[0.1, 0.2], [0.3, 0.4]]}])
    assert stroke == Stroke(False, 0.05, [(0.1, 0.2), (0.3, 0.4)])


def test_a_mask_grows_and_shrinks() -> None:
    mask = EMPTY.copy()
    mask[40:60, 30:50] = True
    assert grown(mask, 3)[37, 40]
    assert not grown(mask, -3)[41, 40]
    assert grown(mask, 0) is mask


def test_a_file_of_the_photos_shape_is_a_mask_at_any_size() -> None:
    picture = Image.new("L", (160, 200))
    picture.paste(255, (0, 0, 80, 200))
    mask = mask_of(picture, (100, 80, 3))
    assert mask[:, :40].all()
    assert not mask[:, 40:].any()


def test_a_file_of_another_shape_is_refused() -> None:
    with pytest.raises(InputError, match="100 x 100 pixels, and the photo 80 x 100"):
        mask_of(Image.new("L", (100, 100)), (100, 80))


@pytest.fixture(scope="module")
def shirt() -> object:
    return cut_garment(made_up.shirt(), "upper", Finder(), Reader())  # type: ignore[arg-type]


def test_outside_a_brushed_mask_every_bit_is_the_photos(shirt: object) -> None:
    person = mannequin(384)
    usual = put_on(person, [shirt]).mask  # type: ignore[list-item]
    may = brushed(
        usual, [Stroke(False, 0.12, [(0.5, 0.25), (0.5, 0.5)]), Stroke(True, 0.1, [(0.05, 0.05), (0.3, 0.1)])]
    )
    done = put_on(person, [shirt], may)  # type: ignore[list-item]
    after = np.asarray(done.image)
    assert np.array_equal(after[~may], person.photo[~may])
    assert not (done.mask & ~may).any()
    assert (usual & ~may).sum() > 100
    assert (after[done.mask] != person.photo[done.mask]).any()


def test_what_was_added_is_taken_for_something_to_remove(shirt: object) -> None:
    person = mannequin(384)
    spot = np.zeros_like(person.body)
    spot[20:40, 20:40] = True
    photo = person.photo.copy()
    photo[spot] = (255, 0, 0)
    marked = type(person)(photo, person.pose, person.parsed, person.figure)
    usual = put_on(marked, [shirt])  # type: ignore[list-item]
    assert np.array_equal(np.asarray(usual.image)[spot], photo[spot])
    cleaned = np.asarray(put_on(marked, [shirt], usual.mask | grown(spot, 2)).image)  # type: ignore[list-item]
    assert (np.abs(cleaned[spot].astype(int) - (255, 0, 0)).max(1) > 100).all()


def test_a_mask_that_changes_nothing_changes_nothing(shirt: object) -> None:
    person = mannequin(384)
    usual = put_on(person, [shirt])  # type: ignore[list-item]
    again = put_on(person, [shirt], usual.mask)  # type: ignore[list-item]
    assert np.array_equal(np.asarray(usual.image), np.asarray(again.image))
