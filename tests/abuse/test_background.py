import pytest
from PIL import Image

from t2i_core.abuse.background import background_signals
from t2i_core.abuse.profile import Profile
from tests.abuse.drawn import photo, scene, score, subject


def on(colour: tuple[int, int, int]) -> Image.Image:
    """The photo with another ground."""
    image = photo((400, 400))
    ground = image.convert("L").point(lambda value: 255 if value == 255 else 0)
    image.paste(colour, mask=ground)
    return image


@pytest.mark.parametrize(
    ("colour", "white", "near"),
    [
        ((255, 255, 255), True, False),
        ((254, 254, 254), True, False),
        ((248, 248, 248), True, True),
        ((225, 225, 225), False, False),
        ((255, 250, 228), False, False),
        ((30, 60, 200), False, False),
    ],
)
def test_pure_white_nearly_white_and_other_grounds_are_told_apart(
    colour: tuple[int, int, int], white: bool, near: bool
) -> None:
    signals = background_signals(subject(on(colour)))
    assert (score(signals, "listing.background") < 0.4) is white
    assert (score(signals, "listing.near_white") >= 0.5) is near


def test_a_marketplace_without_a_rule_for_it_asks_for_no_white() -> None:
    assert background_signals(subject(scene(), Profile())) == []


@pytest.mark.parametrize(("fill", "broken"), [(0.95, False), (0.86, False), (0.8, True), (0.4, True)])
def test_a_product_must_fill_the_share_that_is_asked_for(fill: float, broken: bool) -> None:
    found = background_signals(subject(photo((1000, 1000), fill=fill)))
    assert (score(found, "listing.fill") >= 0.5) is broken


def test_how_much_a_product_fills_is_not_told_of_a_busy_photo() -> None:
    assert score(background_signals(subject(scene())), "listing.fill") == 0
