import io

import pytest
from PIL import Image

from t2i_core.data.fitting import MAX_PIXELS, fit, fit_all
from t2i_core.data.picture_server import picture
from t2i_core.images import open_image


def encoded(size: tuple[int, int], form: str = "JPEG", mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 200 if mode == "L" else None).save(out, form, **options)
    return out.getvalue()


def fitted(data: bytes, size: int = 64) -> Image.Image:
    result = fit(data, size)
    assert isinstance(result, bytes)
    return Image.open(io.BytesIO(result))


def test_a_small_jpeg_stays_as_it_is() -> None:
    assert fit(picture(0), 256) is None
    assert fit(encoded((40, 30), mode="L"), 256) is None


def test_a_larger_one_becomes_a_jpeg_of_the_size_asked_for() -> None:
    small = fitted(encoded((500, 300)), 128)
    assert (small.format, small.size, small.mode) == ("JPEG", (128, 77), "RGB")


def test_a_smaller_decoding_shows_the_same_picture() -> None:
    small = fitted(picture(3), 64)
    whole = open_image(picture(3)).resize((64, 64), Image.Resampling.LANCZOS)
    apart = [abs(a - b) for a, b in zip(small.convert("RGB").tobytes(), whole.tobytes(), strict=True)]
    assert sum(apart) / len(apart) < 4


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "BMP"])
def test_other_formats_become_jpegs_of_their_own_size(form: str) -> None:
    assert fitted(encoded((40, 30), form)).size == (40, 30)


def test_transparency_is_laid_on_white() -> None:
    assert fitted(encoded((40, 30), "PNG", "RGBA")).getpixel((20, 15)) == (255, 255, 255)


def test_a_turned_picture_is_stood_up_although_it_is_small() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert fitted(encoded((40, 30), exif=exif)).size == (30, 40)


def test_what_is_no_good_says_why() -> None:
    whole = picture(0)
    bomb = encoded((MAX_PIXELS // 1000 + 1, 1000), "PNG")
    found = fit_all([whole[: len(whole) // 2], b"<html>" * 10, bomb, whole], 256)
    assert found == ["the picture is damaged", "not a picture", "too many pixels", None]


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("size", [64, 256])
def test_a_picture_that_is_cut_off_is_noticed_also_where_it_is_decoded_coarsely(kept: float, size: int) -> None:
    whole = picture(1)
    assert fit(whole[: int(len(whole) * kept)], size) == "the picture is damaged"
