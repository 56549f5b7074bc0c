import io
import os
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from t2i_core.abuse import files
from t2i_core.abuse.files import NoPicture, file_signals, open_subject
from t2i_core.abuse.profile import Profile
from tests.abuse.drawn import encoded, photo, score, subject

PHOTO = photo((300, 300))
JPEG = encoded(PHOTO)


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 50,000 x 50,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def refused(source: Path | bytes) -> tuple[str, str]:
    with pytest.raises(NoPicture) as caught:
        open_subject(source, "", Profile())
    return caught.value.signal.rule, caught.value.signal.detail


@pytest.mark.parametrize(
    ("data", "rule", "detail"),
    [
        (b"", "file.empty", ""),
        (b"hello", "file.unreadable", ""),
        (b"<!DOCTYPE html><html><body>404</body></html>", "file.unreadable", "a web page"),
        (b"\xef\xbb\xbf\n<HTML>", "file.unreadable", "a web page"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "file.unreadable", "an SVG drawing"),
        (b"%PDF-1.7", "file.unreadable", "a PDF document"),
        (b"PK\x03\x04rest", "file.unreadable", "a ZIP or office file"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "file.unreadable", ""),
        (JPEG[: len(JPEG) // 2], "file.truncated", ""),
        (encoded(PHOTO, "PNG")[:2000], "file.truncated", ""),
        (bomb(), "file.too_large", ""),
    ],
)
def test_what_is_no_picture_is_a_finding_of_its_own(data: bytes, rule: str, detail: str) -> None:
    assert refused(data) == (rule, detail)


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.jpg") == ("file.missing", "no such file or directory")
    assert refused(tmp_path) == ("file.missing", "this is no file")
    assert refused(tmp_path / "a\0b")[0] == "file.missing"


def test_a_pipe_is_no_file_to_wait_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert refused(tmp_path / "pipe.jpg") == ("file.missing", "this is no file")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.truncate(files.MAX_BYTES + 1)
    assert refused(path) == ("file.too_large", "100 MB")


def rotated() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(PHOTO.resize((300, 200)), exif=exif)


def palette() -> bytes:
    return encoded(PHOTO.convert("P"), "PNG", transparency=0)


def sixteen() -> bytes:
    return encoded(Image.linear_gradient("L").convert("I;16"), "PNG")


def moving() -> bytes:
    return encoded(PHOTO, "GIF", save_all=True, append_images=[PHOTO.rotate(90)])


@pytest.mark.parametrize(
    ("data", "mode", "size"),
    [
        (encoded(PHOTO.convert("CMYK")), "CMYK", (300, 300)),
        (sixteen(), "I;16", (256, 256)),
        (palette(), "P", (300, 300)),
        (rotated(), "RGB", (200, 300)),
        (moving(), "P", (300, 300)),
    ],
)
def test_every_kind_of_picture_opens_upright_in_rgb_and_remembers_what_it_was(
    data: bytes, mode: str, size: tuple[int, int]
) -> None:
    opened = open_subject(data, "", Profile())
    assert (opened.image.mode, opened.image.size) == ("RGB", size)
    assert opened.facts.mode == mode
    assert opened.file_size == len(data)


def test_what_moves_or_is_turned_is_known() -> None:
    assert open_subject(moving(), "", Profile()).facts.animated
    assert open_subject(rotated(), "", Profile()).facts.rotated
    assert open_subject(palette(), "", Profile()).facts.alpha
    still = open_subject(JPEG, "", Profile()).facts
    assert (still.animated, still.rotated, still.alpha, still.format) == (False, False, False, "JPEG")


@pytest.mark.parametrize("colour", ["white", "#808080", "#d01040"])
def test_a_picture_of_one_colour_is_blank_even_after_jpeg(colour: str) -> None:
    image = Image.open(io.BytesIO(encoded(Image.new("RGB", (400, 300), colour), quality=60))).convert("RGB")
    assert score(file_signals(subject(image)), "file.blank") == 1


def test_a_small_product_on_white_is_not_blank() -> None:
    assert score(file_signals(subject(photo(fill=0.2))), "file.blank") < 0.5


def test_the_grey_below_a_lost_part_is_found_with_its_box() -> None:
    image = photo((400, 400))
    ImageDraw.Draw(image).rectangle((0, 300, 400, 400), fill=(128, 128, 128))
    lost = next(one for one in file_signals(subject(image)) if one.rule == "file.truncated")
    assert lost.score == 1
    assert lost.box is not None
    assert (lost.box.top, lost.box.bottom) == (300, 400)
    assert score(file_signals(subject(photo((400, 400)))), "file.truncated") == 0
