import numpy as np
import pytest
from PIL import Image, ImageDraw

from t2i_core.training.looks import LOOKS, measure_looks

NAMES = [look.name for look in LOOKS]


def product(colour: tuple[int, int, int], box: tuple[int, int, int, int] = (16, 16, 47, 47)) -> Image.Image:
    image = Image.new("RGB", (64, 64), "white")
    ImageDraw.Draw(image).rectangle(box, fill=colour)
    return image


def striped(dark: int, light: int) -> Image.Image:
    image = product((dark, dark, dark))
    for y in range(16, 48, 4):
        ImageDraw.Draw(image).rectangle((16, y, 47, y + 1), fill=(light, light, light))
    return image


def look(name: str, image: Image.Image, *, plain: bool = True) -> float:
    return float(measure_looks(image, plain=plain)[NAMES.index(name)])


@pytest.mark.parametrize(
    ("name", "less", "more"),
    [
        ("lightness", product((40, 40, 40)), product((160, 160, 160))),
        ("contrast", striped(100, 120), striped(20, 200)),
        ("warmth", product((80, 80, 160)), product((160, 120, 60))),
        ("redness", product((60, 150, 60)), product((180, 60, 60))),
        ("colourfulness", product((120, 110, 115)), product((200, 40, 40))),
        ("left-right balance", product((90, 90, 90), (4, 16, 31, 47)), product((90, 90, 90), (32, 16, 59, 47))),
        ("top-bottom balance", product((90, 90, 90), (16, 32, 47, 59)), product((90, 90, 90), (16, 4, 47, 31))),
        ("aspect", product((90, 90, 90), (24, 8, 39, 55)), product((90, 90, 90), (8, 24, 55, 39))),
        ("fill", product((90, 90, 90), (24, 24, 39, 39)), product((90, 90, 90), (4, 4, 59, 59))),
    ],
)
def test_more_of_a_look_measures_more(name: str, less: Image.Image, more: Image.Image) -> None:
    assert look(name, less) < look(name, more)


def test_only_the_product_counts_on_a_plain_background() -> None:
    small, large = product((40, 40, 40), (24, 24, 39, 39)), product((40, 40, 40), (4, 4, 59, 59))
    assert look("lightness", small) == pytest.approx(look("lightness", large), abs=0.1)
    assert look("lightness", small, plain=False) > look("lightness", large, plain=False) + 20


def test_shape_means_nothing_in_pictures_without_a_plain_background() -> None:
    assert look("aspect", product((40, 40, 40), (8, 24, 55, 39)), plain=False) == 0
    assert look("fill", product((40, 40, 40)), plain=False) == 0


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("colour", ["white", "black", "red"])
def test_an_empty_picture_can_be_measured(colour: str, plain: bool) -> None:
    found = measure_looks(Image.new("RGB", (64, 64), colour), plain=plain)
    assert found.shape == (len(LOOKS),)
    assert np.isfinite(found).all()
    assert abs(found[NAMES.index("left-right balance")]) < 1e-6
