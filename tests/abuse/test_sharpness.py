import io

import pytest
from PIL import Image

from t2i_core.abuse.sharpness import sharpness_signals
from tests.abuse.drawn import blurred, encoded, enlarged, photo, score, subject

RULES = ("listing.blur", "listing.upscaled", "listing.jpeg")


def scores(image: Image.Image) -> dict[str, float]:
    signals = sharpness_signals(subject(image))
    return {rule.partition(".")[2]: score(signals, rule) for rule in RULES}


def saved(image: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(encoded(image, quality=quality))).convert("RGB")


@pytest.mark.parametrize("seed", range(3))
def test_a_sharp_photo_is_neither_blurred_nor_enlarged_nor_in_blocks(seed: int) -> None:
    assert max(scores(saved(photo(seed=seed), 90)).values()) < 0.45


def test_the_more_a_photo_is_blurred_the_surer_it_is() -> None:
    found = [scores(blurred(photo(), radius))["blur"] for radius in (0, 3, 8, 14)]
    assert found == sorted(found)
    assert found[0] < 0.3
    assert min(found[2:]) >= 0.5


def test_a_thumbnail_shown_large_is_found_though_it_looks_sharp_when_small() -> None:
    found = scores(enlarged(photo(), 8))
    assert found["upscaled"] >= 0.5
    assert scores(enlarged(photo(), 4, Image.Resampling.NEAREST))["upscaled"] >= 0.5


def test_blocks_of_strong_compression_are_found_and_usual_ones_are_not() -> None:
    assert scores(saved(photo(), 5))["jpeg"] >= 0.5
    assert scores(saved(photo(), 75))["jpeg"] < 0.5


@pytest.mark.parametrize("image", [Image.new("RGB", (900, 900), "white"), Image.new("RGB", (1, 1)), photo((20, 20))])
def test_a_picture_without_edges_is_not_judged(image: Image.Image) -> None:
    assert max(scores(image).values()) < 0.5
