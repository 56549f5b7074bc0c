import pytest
from PIL import Image, ImageDraw, ImageFont

from t2i_core.abuse.prefilter import may_hold_text
from tests.abuse.drawn import photo, subject


def lettered(text: str, size: int, ink: str = "#d01010", side: int = 900) -> Image.Image:
    image = photo((side, side), fill=0.6)
    ImageDraw.Draw(image).text((side // 2, side - size), text, ink, ImageFont.load_default(size), anchor="mm")
    return image


@pytest.mark.parametrize(("text", "size"), [("SALE 50% OFF", 80), ("www.example.com", 30), ("+49 170 1234567", 24)])
@pytest.mark.parametrize("ink", ["#d01010", "black", "#707070"])
def test_a_line_of_letters_is_worth_reading(text: str, size: int, ink: str) -> None:
    assert may_hold_text(subject(lettered(text, size, ink)))


def test_an_empty_ground_and_a_smooth_thing_are_not() -> None:
    image = Image.new("RGB", (800, 800), "white")
    assert not may_hold_text(subject(image))
    ImageDraw.Draw(image).ellipse((100, 100, 700, 700), fill="#3060a0")
    assert not may_hold_text(subject(image))


def test_the_learned_detector_decides_alone() -> None:
    assert not may_hold_text(subject(lettered("SALE", 80)), overlay=0.001)
    assert may_hold_text(subject(Image.new("RGB", (800, 800), "white")), overlay=0.3)
