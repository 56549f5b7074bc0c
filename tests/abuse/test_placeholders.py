import io

import pytest
from PIL import Image, ImageDraw, ImageFont

from t2i_core.abuse.placeholders import GROUNDS, INKS, KINDS, Draw, likeness
from t2i_core.abuse.rules import RULES
from tests.abuse.drawn import encoded, photo

LIMIT = RULES["file.placeholder"].threshold


def drawn(draw: Draw, ground: str, ink: str, side: int) -> Image.Image:
    """A stand-in as a shop serves it: drawn at 128 pixels, enlarged, saved as JPEG."""
    image = Image.new("RGB", (128, 128), ground)
    draw(ImageDraw.Draw(image), ink)
    return Image.open(io.BytesIO(encoded(image.resize((side, side), Image.Resampling.LANCZOS)))).convert("RGB")


@pytest.mark.parametrize("side", [150, 500])
@pytest.mark.parametrize("draw", KINDS[:3], ids=lambda draw: draw.__name__)
def test_icons_that_stand_for_a_missing_picture_are_known(draw: Draw, side: int) -> None:
    assert likeness(drawn(draw, GROUNDS[0], INKS[0], side)) >= LIMIT


def test_a_stand_in_nobody_has_seen_is_known_by_its_flatness() -> None:
    image = Image.new("RGB", (500, 500), "#f0f0f0")
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((175, 150, 325, 250), 8, fill="#bbbbbb")
    pen.text((250, 350), "Image coming soon", "#888888", ImageFont.load_default(32), anchor="mm")
    assert likeness(image) >= LIMIT


@pytest.mark.parametrize("seed", range(4))
def test_a_photo_on_white_is_no_stand_in_in_colour_or_grey(seed: int) -> None:
    assert likeness(photo((300, 300), seed)) < 0.5
    assert likeness(photo((300, 300), seed).convert("L").convert("RGB")) < 0.5
