import numpy as np
import pytest
from PIL import Image, ImageDraw

from t2i_core.data.domains import DOMAINS
from t2i_core.data.measure import FILL, frame, measure, measure_below, object_box, object_mask
from t2i_core.text.colours import difference, hex_to_lab


def studio(width: int, height: int, colour: str = "#c02030", canvas: tuple[int, int] = (80, 80)) -> Image.Image:
    """A block of one colour in the middle of white."""
    picture = Image.new("RGB", canvas, "white")
    left, top = (canvas[0] - width) // 2, (canvas[1] - height) // 2
    ImageDraw.Draw(picture).rectangle((left, top, left + width - 1, top + height - 1), fill=colour)
    return picture


def test_tone_lightness_aspect_and_fill_of_a_block_are_its_own() -> None:
    seen = measure(studio(60, 30))
    assert difference(seen.tone, hex_to_lab("#c02030")) < 0.5
    assert seen.lightness == pytest.approx(hex_to_lab("#c02030")[0], abs=0.5)
    assert seen.aspect == pytest.approx(1.0, abs=0.01)
    assert seen.fill == pytest.approx(0.75, abs=0.01)


def test_the_tone_is_the_middle_of_the_product_and_not_its_edge() -> None:
    picture = studio(60, 60, "#2040a0")
    ImageDraw.Draw(picture).rectangle((10, 10, 69, 22), fill="#e0c020")
    assert difference(measure(picture).tone, hex_to_lab("#2040a0")) < 1


def test_the_tone_of_a_guitar_is_that_of_its_body_whatever_its_neck_and_pickguard() -> None:
    picture = Image.new("RGB", (80, 80), "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((37, 4, 42, 50), fill="#101010")
    pen.rectangle((28, 48, 51, 75), fill="#2040a0")
    pen.rectangle((38, 56, 46, 70), fill="#e8e8e8")
    seen = measure_below(picture, 0.42)
    assert difference(seen.tone, hex_to_lab("#2040a0")) < 1
    assert (seen.aspect, seen.fill) == (measure(picture).aspect, measure(picture).fill)
    assert DOMAINS["guitars"].measure(picture) == seen
    assert DOMAINS["shoes"].measure(picture) == measure(picture)
    assert measure_below(Image.new("RGB", (40, 40), "white"), 0.42) == measure(Image.new("RGB", (40, 40), "white"))


def test_a_product_on_grey_is_found_as_well_as_one_on_white() -> None:
    picture = Image.new("RGB", (80, 80), "#c8c8c8")
    ImageDraw.Draw(picture).rectangle((20, 30, 59, 49), fill="#106020")
    assert object_box(object_mask(np.asarray(picture))) == (20, 30, 60, 50)


def test_a_stray_pixel_does_not_widen_the_box() -> None:
    picture = studio(40, 40)
    picture.putpixel((2, 3), (0, 0, 0))
    assert object_box(object_mask(np.asarray(picture))) == (20, 20, 60, 60)


def test_an_empty_canvas_counts_as_a_product_that_fills_it() -> None:
    seen = measure(Image.new("RGB", (64, 64), "white"))
    assert (seen.fill, seen.aspect) == (1.0, 0.0)
    assert seen.lightness == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize("fill", [0.6, FILL, 1.0])
@pytest.mark.parametrize(("width", "height"), [(60, 20), (20, 70), (30, 30)])
def test_framing_centres_the_product_and_gives_it_the_asked_share(fill: float, width: int, height: int) -> None:
    framed = frame(studio(width, height, canvas=(120, 90)), 64, fill)
    assert framed.size == (64, 64)
    assert measure(framed).fill == pytest.approx(fill, abs=0.05)
    left, top, right, bottom = object_box(object_mask(np.asarray(framed)))
    assert abs((left + right) - 64) <= 2
    assert abs((top + bottom) - 64) <= 2


def test_a_picture_without_a_white_background_is_fitted_whole() -> None:
    picture = Image.new("RGB", (60, 80), "#305070")
    ImageDraw.Draw(picture).rectangle((20, 20, 39, 59), fill="#e0e0e0")
    framed = np.asarray(frame(picture, 64))
    assert (framed[:, 32] != 255).any(axis=1).all()  # the background reaches from top to bottom
    assert (framed[:, 0] == 255).all()  # the canvas beside it is white


def test_strays_that_lie_nowhere_near_each_other_can_be_measured() -> None:
    pixels = np.full((64, 64, 3), 255, np.uint8)
    pixels[[20, 40], 2] = (200, 0, 0)  # a column with two of them
    pixels[60, [30, 50]] = (200, 0, 0)  # and a row, which cross where there is none
    found = measure(Image.fromarray(pixels))
    assert found.tone[1] > 40
