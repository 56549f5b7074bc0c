import pytest
from PIL import Image, ImageDraw

from t2i_core.abuse.layout import layout_signals
from t2i_core.abuse.rules import RULES
from tests.abuse.drawn import badged, bordered, photo, scene, score, subject, watermarked


def found(image: Image.Image) -> set[str]:
    """The layout rules that a picture breaks."""
    signals = layout_signals(subject(image))
    return {one.rule.partition(".")[2] for one in signals if one.score >= RULES[one.rule].threshold}


@pytest.mark.parametrize("seed", range(4))
def test_a_product_alone_on_white_breaks_no_rule_of_layout(seed: int) -> None:
    assert found(photo((700, 900), seed)) == set()


@pytest.mark.parametrize("seed", range(3))
def test_a_busy_photo_breaks_none_either(seed: int) -> None:
    assert found(scene(seed=seed)) == set()


@pytest.mark.parametrize(
    ("share", "colour", "margin"), [(0.02, "red", 0), (0.003, "black", 0), (0.05, "#204080", 0), (0.008, "black", 25)]
)
def test_a_line_around_the_picture_is_a_border(share: float, colour: str, margin: int) -> None:
    assert "border" in found(bordered(photo(fill=0.8), share, colour, margin))


def test_a_border_around_a_busy_photo_is_found_too_and_its_box_lies_within() -> None:
    signals = layout_signals(subject(bordered(scene(), 0.03)))
    border = next(one for one in signals if one.rule == "listing.border")
    assert border.score == 1
    assert border.box is not None
    assert border.box.left == pytest.approx(18, abs=2)


def test_black_bars_above_and_below_are_a_border() -> None:
    image = scene()
    pen = ImageDraw.Draw(image)
    for top in (0, 570):
        pen.rectangle((0, top, 600, top + 30), fill="black")
    assert "border" in found(image)


def test_a_dark_ground_is_no_border() -> None:
    image = Image.new("RGB", (600, 600), "#202020")
    ImageDraw.Draw(image).ellipse((60, 60, 540, 540), fill="#c08040")
    assert "border" not in found(image)


def test_a_box_on_white_is_neither_border_nor_collage() -> None:
    image = Image.new("RGB", (800, 800), "white")
    image.paste(scene((500, 740)), (150, 30))
    assert found(image) == set()


def test_photos_side_by_side_are_a_collage_and_a_horizon_is_none() -> None:
    pair = Image.new("RGB", (1000, 600))
    pair.paste(scene((500, 600), 1), (0, 0))
    pair.paste(scene((500, 600), 2), (500, 0))
    assert "collage" in found(pair)
    horizon = scene((600, 600), 1)
    horizon.paste(scene((600, 200), 2), (0, 400))
    assert "collage" not in found(horizon)


@pytest.mark.parametrize("round_one", [True, False])
def test_a_badge_in_the_corner_is_found_where_it_is(round_one: bool) -> None:
    signals = layout_signals(subject(badged(photo(fill=0.6), round_one=round_one)))
    badge = max((one for one in signals if one.rule == "listing.inset"), key=lambda one: one.score)
    assert badge.score >= 0.5
    assert badge.box is not None
    assert badge.box.left == pytest.approx(780, abs=8)
    assert badge.box.bottom == pytest.approx(210, abs=8)


def test_a_pair_of_shoes_is_no_badge() -> None:
    image = Image.new("RGB", (800, 800), "white")
    for left in (40, 440):
        image.paste(photo((320, 700), fill=0.95), (left, 50))
    assert "inset" not in found(image)


def test_a_faint_mark_that_is_repeated_is_a_watermark() -> None:
    clean = photo(fill=0.5)
    before, after = (score(layout_signals(subject(one)), "listing.watermark") for one in (clean, watermarked(clean)))
    assert before == 0
    assert after >= RULES["listing.watermark"].threshold
