import numpy as np
import pytest
from PIL import Image, ImageDraw

from t2i_core.data.measure import object_box, object_mask
from t2i_core.data.upright import one_whole, upright


def guitar(angle: float, ground: str = "white") -> Image.Image:
    """A body below and a neck above it, turned by an angle."""
    image = Image.new("RGB", (160, 160), ground)
    draw = ImageDraw.Draw(image)
    draw.ellipse((55, 90, 105, 150), fill="darkred")
    draw.rectangle((76, 10, 84, 100), fill="black")
    return image.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=ground, expand=True)


@pytest.mark.parametrize("angle", [0, 30, 90, 135, 180, 250, 300])
@pytest.mark.parametrize("ground", ["white", "#f0f2ee"])
def test_a_guitar_stands_on_its_body_however_it_was_photographed(angle: float, ground: str) -> None:
    pixels = np.asarray(upright(guitar(angle, ground)))
    left, top, right, bottom = object_box(object_mask(pixels))
    assert (bottom - top) / (right - left) == pytest.approx(140 / 50, rel=0.1)
    body = object_mask(pixels)[(top + bottom) // 2 : bottom]
    assert body.mean() > 1.5 * object_mask(pixels)[top : (top + bottom) // 2].mean()
    assert np.abs(pixels[0, 0].astype(int) - np.asarray(guitar(0, ground))[0, 0]).max() <= 3  # no white corners


def test_a_picture_with_a_ground_of_its_own_is_not_turned() -> None:
    picture = guitar(90, "#207040")
    np.testing.assert_array_equal(np.asarray(upright(picture)), np.asarray(picture))


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (40, 40)])
def test_an_empty_picture_stays_as_it_is(size: tuple[int, int]) -> None:
    assert upright(Image.new("L", size, 255)).size == size


def test_one_whole_guitar_is_told_from_what_else_shops_show() -> None:
    alone = guitar(0)
    assert one_whole(alone)
    crumb = alone.copy()
    ImageDraw.Draw(crumb).rectangle((62, 20, 66, 24), fill="black")
    assert one_whole(crumb)
    pair = Image.new("RGB", (160, 160), "white")
    for left in (0, 60):
        pair.paste(alone.crop((50, 5, 110, 155)), (left, 5))
    body = alone.crop((50, 88, 110, 155))
    assert not any(map(one_whole, (pair, body, guitar(90), guitar(0, "#207040"), Image.new("RGB", (40, 40), "white"))))
