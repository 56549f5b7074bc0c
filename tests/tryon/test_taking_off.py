import numpy as np
import pytest

from t2i_core.data.parts import DRESS, LOWER, OUTER, SKIN, UPPER
from t2i_core.tryon.figure import LEFT
from t2i_core.tryon.framing import around
from t2i_core.tryon.mannequin import mannequin
from t2i_core.tryon.parsing import Parsed
from t2i_core.tryon.person import Person
from t2i_core.tryon.places import Places
from t2i_core.tryon.taking_off import sleeves, taken_off, with_rim
from tests.tryon.made_up import SMALL


@pytest.fixture(scope="module")
def somebody() -> Person:
    return mannequin(SMALL)


def wearing(somebody: Person, parts: np.ndarray) -> tuple[Person, Places]:
    parsed = Parsed.of_parts(parts, around(somebody.pose.box()))
    person = Person(somebody.photo, somebody.pose, parsed, somebody.figure)
    return person, Places.of(person)


def grid(somebody: Person) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns as thirds of the height, in which the mannequin is drawn."""
    height, width = somebody.parts.shape
    rows, columns = np.mgrid[:height, :width] / height * 3
    return rows, columns


def test_a_skirt_about_a_bare_hand_is_kept_when_a_top_goes_on(somebody: Person) -> None:
    rows, columns = grid(somebody)
    skirt = (rows > 1.2) & (rows < 2.2) & (np.abs(columns - 1) < 0.55) & (somebody.parts != SKIN)
    person, places = wearing(somebody, np.where(skirt, DRESS, somebody.parts))
    hanging = skirt & (places.level > 0.9)
    assert not taken_off(person, places, "upper")[hanging].any()


def test_a_sleeve_of_a_dress_is_taken_off_down_to_the_wrist(somebody: Person) -> None:
    arm = (somebody.parts == SKIN) & (Places.of(somebody).limb != 0)
    parts = np.where(np.isin(somebody.parts, (UPPER, LOWER)) | arm, DRESS, somebody.parts)
    person, places = wearing(somebody, parts)
    _, elbow, wrist = person.figure.arms[LEFT]
    x, y = np.round(elbow + 0.9 * (wrist - elbow)).astype(int)
    assert places.level[y, x] > 0.85
    assert taken_off(person, places, "upper")[y, x]


def test_no_arm_has_a_sleeve_where_it_is_bare(somebody: Person) -> None:
    cloth = np.asarray(somebody.parts == UPPER)
    found = sleeves(somebody, cloth)
    _, elbow, wrist = somebody.figure.arms[LEFT]
    shoulder = somebody.figure.arms[LEFT][0]
    x, y = np.round(shoulder + 0.4 * (elbow - shoulder)).astype(int)
    assert found[y, x]
    assert not found[int((elbow[1] + wrist[1]) / 2) :].any()


def test_a_scrap_of_a_skirt_that_is_taken_for_a_coat_stays(somebody: Person) -> None:
    rows, columns = grid(somebody)
    scrap = (rows > 2.0) & (rows < 2.1) & (np.abs(columns - 0.86) < 0.05)
    person, places = wearing(somebody, np.where(scrap, OUTER, somebody.parts))
    gone = taken_off(person, places, "upper")
    assert not gone[scrap].any()
    assert gone[somebody.parts == UPPER].mean() > 0.95


def test_the_tails_of_a_shirt_go_with_it_whatever_they_are_taken_for(somebody: Person) -> None:
    rows, columns = grid(somebody)
    tails = (rows > 1.3) & (rows < 1.44) & (np.abs(columns - 1) < 0.26)
    scrap = tails & (np.abs(columns - 1) < 0.06)
    legs = np.where(somebody.parts == LOWER, SKIN, somebody.parts)
    parts = np.where(scrap, LOWER, np.where(tails, DRESS, legs))
    person, places = wearing(somebody, parts)
    assert taken_off(person, places, "upper")[tails].mean() > 0.9


def test_trousers_are_no_scrap(somebody: Person) -> None:
    person, places = wearing(somebody, somebody.parts)
    assert not taken_off(person, places, "upper")[somebody.parts == LOWER].any()


def test_the_rim_of_the_old_garment_is_wider_where_no_new_cloth_hides_it(somebody: Person) -> None:
    old = np.asarray(somebody.parts == UPPER)
    far = np.zeros(old.shape, np.float32)
    seen, hidden = (with_rim(old, somebody, "upper", cloth).sum() for cloth in (far, old.astype(np.float32)))
    assert seen > hidden > old.sum()
