import numpy as np
import pytest
from PIL import Image

from t2i_core.data.parts import BACKGROUND, HEAD, LOWER, OUTER, SKIN, UPPER
from t2i_core.tryon.dress import Dresser, put_on
from t2i_core.tryon.figure import LEFT
from t2i_core.tryon.mannequin import JOINTS, draw, mannequin
from t2i_core.tryon.person import Person
from t2i_core.tryon.problems import GarmentNotFound
from t2i_core.tryon.wardrobe import WARDROBE
from tests.tryon import made_up
from tests.tryon.made_up import Finder, Known, Reader


def dresser(*known: Known) -> Dresser:
    reader = Reader(list(known))
    return Dresser(Finder(list(known)), reader)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def known() -> Known:
    return made_up.person()


def dressed(known: Known, **garments: Image.Image) -> tuple[np.ndarray, np.ndarray, list[str], Person]:
    done, person = dresser(known).dress(known.photo, garments)  # type: ignore[arg-type]
    return np.asarray(done.image).astype(int), done.mask, list(done.notes), person


def is_red(pixels: np.ndarray) -> np.ndarray:
    return (pixels[..., 0] > 100) & (pixels[..., 1] < 90) & (pixels[..., 2] < 100)


def test_pixels_outside_the_mask_are_those_of_the_photo(known: Known) -> None:
    after, mask, _, _ = dressed(known, upper=made_up.shirt())
    before = np.asarray(known.photo)
    assert 0.02 < mask.mean() < 0.5
    assert np.array_equal(after[~mask], before[~mask])
    assert (after[mask] != before[mask]).any()


def test_the_same_photo_and_garment_give_the_same_pixels(known: Known) -> None:
    first, second = (dressed(known, upper=made_up.shirt())[0] for _ in range(2))
    assert np.array_equal(first, second)


def test_the_face_stays_untouched(known: Known) -> None:
    after, _, _, _ = dressed(known, upper=made_up.shirt())
    face = known.parts == HEAD
    inner = face & np.roll(face, 3, 0) & np.roll(face, -3, 0)
    assert np.array_equal(after[inner], np.asarray(known.photo)[inner])


def test_the_shirt_covers_the_chest_and_its_print_stands_in_the_middle(known: Known) -> None:
    after, _, _, person = dressed(known, upper=made_up.shirt())
    quarter = person.figure.at(0.2).astype(int)
    assert is_red(after[quarter[1], quarter[0]])
    print_ = (after[..., 2] > 120) & (after[..., 0] < 90)
    rows, columns = np.nonzero(print_)
    assert len(rows) > 50
    assert abs(columns.mean() - person.figure.top[0]) < 0.12 * person.figure.span
    assert 0.25 < person.figure.below(np.array([columns.mean(), rows.mean()], np.float32)) < 0.7


def test_the_hem_meets_the_trousers(known: Known) -> None:
    after, _, _, person = dressed(known, upper=made_up.shirt())
    x = int(person.figure.at(0.9)[0]) + 6
    column = after[:, x]
    red = np.flatnonzero(is_red(column))
    assert person.figure.below(np.array([x, red[-1]], np.float32)) > 0.95


def test_no_trousers_are_drawn_beside_a_top_that_is_narrower_than_the_old_one() -> None:
    person, red = mannequin(1152), next(drawn for drawn in WARDROBE if drawn.name == "Red T-shirt")
    after = np.asarray(put_on(person, [dresser().cut(red.draw(), "upper")]).image)
    dark = (after < 110).all(2) & np.isin(person.parts, (BACKGROUND, UPPER))
    waist = np.flatnonzero((person.parts == LOWER).any(1))[0]
    assert not dark[: waist - 5].any()


def test_a_long_sleeve_follows_a_raised_arm() -> None:
    raised = list(JOINTS)
    raised[6], raised[7] = (1.55, 0.62), (1.86, 0.50)  # the left arm goes out sideways
    photo, pose, parts = draw(made_up.SMALL, raised)
    after, _, _, person = dressed(Known(photo, [pose], parts), upper=made_up.shirt(long=True))
    _, elbow, wrist = person.figure.arms[LEFT]
    for place in (elbow, elbow + 0.5 * (wrist - elbow)):
        x, y = np.round(place).astype(int)
        assert is_red(after[y - 2 : y + 3, x - 2 : x + 3]).any()


def test_a_long_sleeve_covers_the_bare_forearm_and_leaves_the_hand(known: Known) -> None:
    after, _, _, person = dressed(known, upper=made_up.shirt(long=True))
    _, elbow, wrist = person.figure.arms[LEFT]
    for share, covered in ((0.5, True), (0.8, True), (1.12, False)):
        x, y = np.round(elbow + share * (wrist - elbow)).astype(int)
        assert is_red(after[y, x]) == covered


def test_the_shoulder_of_a_t_shirt_runs_on_into_its_sleeve() -> None:
    person, red = mannequin(1152), next(drawn for drawn in WARDROBE if drawn.name == "Red T-shirt")
    after = np.asarray(put_on(person, [dresser().cut(red.draw(), "upper")]).image).astype(int)
    middle = round(float(person.figure.top[0]))
    rows = range(int(person.figure.top[1] - 40), int(person.figure.arms[LEFT][1][1] - 40))
    edges = [np.flatnonzero(is_red(after[row, middle:])) for row in rows]
    reach = np.array([edge[-1] for edge in edges if len(edge)])
    assert np.diff(reach).min() > -4  # the outline only goes outwards: no wing stands off


def test_long_sleeves_that_are_taken_off_leave_skin_and_say_so() -> None:
    known = made_up.person()
    parts = known.parts.copy()
    photo = np.asarray(known.photo).copy()
    sleeves = (parts == 2) & (np.arange(parts.shape[0])[:, None] > 0.24 * parts.shape[0])
    hands = sleeves & (np.arange(parts.shape[0])[:, None] > 0.42 * parts.shape[0])
    parts[sleeves & ~hands], photo[sleeves & ~hands] = 3, (40, 200, 60)  # a green long sleeve
    after, _, notes, person = dressed(Known(Image.fromarray(photo), known.poses, parts), upper=made_up.shirt())
    _, elbow, wrist = person.figure.arms[LEFT]
    x, y = np.round(elbow + 0.5 * (wrist - elbow)).astype(int)
    assert after[y, x, 0] > after[y, x, 1] > after[y, x, 2]
    assert any("skin that shows" in note for note in notes)
    green = (after[..., 1] > 150) & (after[..., 0] < 90)
    assert green.sum() < 10


def test_trousers_and_a_top_go_on_together(known: Known) -> None:
    after, _, _, person = dressed(known, upper=made_up.shirt(), lower=made_up.trousers())
    x, y = np.round(person.figure.legs[LEFT][1]).astype(int)
    assert after[y, x, 1] > after[y, x, 0] + 20
    x, y = np.round(person.figure.at(0.2)).astype(int)
    assert is_red(after[y, x])


def test_shorts_leave_bare_shins(known: Known) -> None:
    after, _, notes, person = dressed(known, lower=made_up.trousers(short=True))
    _, knee, ankle = person.figure.legs[LEFT]
    x, y = np.round(knee + 0.6 * (ankle - knee)).astype(int)
    assert after[y, x, 0] > after[y, x, 2] + 15
    assert any("legs is made up" in note for note in notes)


def test_a_skirt_hangs_between_the_legs(known: Known) -> None:
    after, _, _, person = dressed(known, lower=made_up.skirt())
    x, y = np.round(person.figure.at(1.5)).astype(int)
    assert after[y, x, 0] > after[y, x, 1] + 30


def test_a_large_photo_is_made_smaller_first() -> None:
    known = made_up.person(2048)
    known.photo = known.photo.resize((2048, 3072))
    reduced = Known(known.photo.resize((1365, 2048)), known.poses, known.parts)
    assert max(dresser(reduced).see(known.photo).photo.shape) == 2048


def test_a_picture_without_a_garment_is_refused(known: Known) -> None:
    with pytest.raises(GarmentNotFound, match="plain ground"):
        dressed(known, upper=made_up.noise())


def test_stages_are_timed(known: Known) -> None:
    done, _ = dresser(known).dress(known.photo, {"upper": made_up.shirt()})
    assert set(done.seconds) == {"see", "cut", "dress"}


def test_the_lower_part_of_a_coat_is_kept_and_not_filled_with_ground() -> None:
    known = made_up.person()
    photo, parts = np.asarray(known.photo).copy(), known.parts.copy()
    rows, columns = np.mgrid[: parts.shape[0], : parts.shape[1]] / parts.shape[0] * 3
    coat = (rows > 0.9) & (rows < 2.1) & (np.abs(columns - 1) < 0.34)
    photo[coat], parts[coat] = (20, 30, 90), OUTER
    after, _, notes, _ = dressed(Known(Image.fromarray(photo), known.poses, parts), upper=made_up.shirt())
    below = coat & (rows > 1.75)
    assert np.array_equal(after[below], photo[below])
    assert any("hangs lower" in note for note in notes)


def test_arms_are_not_filled_with_the_colour_of_tights() -> None:
    known = made_up.person()
    photo, parts = np.asarray(known.photo).copy(), known.parts.copy()
    rows = np.arange(parts.shape[0])[:, None] / parts.shape[0] * 3
    legs = (parts == LOWER) & (rows > 1.5)
    sleeves = (parts == SKIN) & (rows > 0.75) & (rows < 1.25)
    photo[legs], parts[legs] = (10, 10, 12), SKIN
    photo[sleeves], parts[sleeves] = (40, 200, 60), UPPER
    after, _, _, person = dressed(Known(Image.fromarray(photo), known.poses, parts), upper=made_up.shirt())
    _, elbow, wrist = person.figure.arms[LEFT]
    x, y = np.round(elbow + 0.4 * (wrist - elbow)).astype(int)
    assert after[y, x].sum() > 250
