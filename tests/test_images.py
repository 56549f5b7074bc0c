import contextlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngImageFile, PngInfo

from t2i_core.errors import ImageError, OutputError
from t2i_core.images import atomic_write, contact_sheet, jpeg_bytes, open_image, png_bytes, read_image


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG file that promises a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


SMALL = Image.linear_gradient("L").resize((24, 16)).convert("RGB")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "WEBP", "JPEG"])
def test_a_path_bytes_and_an_open_file_give_the_same_picture(tmp_path: Path, kind: str) -> None:
    data = encoded(SMALL, kind)
    path = tmp_path / "picture"
    path.write_bytes(data)
    opened = [open_image(path), open_image(data), open_image(io.BytesIO(data))]
    assert {image.mode for image in opened} == {"RGB"}
    assert {image.size for image in opened} == {(24, 16)}
    assert opened[0].tobytes() == opened[1].tobytes() == opened[2].tobytes()


def test_a_photo_is_turned_the_way_the_camera_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # held a quarter turn to the left
    assert open_image(encoded(SMALL, "JPEG", exif=exif)).size == (16, 24)


def test_a_broken_orientation_tag_does_not_matter() -> None:
    assert open_image(encoded(SMALL, "JPEG", exif=b"Exif\0\0nonsense")).size == (24, 16)


def test_transparent_parts_become_white() -> None:
    layer = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    layer.putpixel((1, 0), (200, 0, 0, 255))
    image = open_image(encoded(layer))
    assert [image.getpixel((x, 0)) for x in (0, 1)] == [(255, 255, 255), (200, 0, 0)]


def test_a_palette_with_a_transparent_entry_becomes_white_there() -> None:
    layer = Image.new("P", (1, 1), 3)
    layer.putpalette([0, 0, 0] * 256)
    assert open_image(encoded(layer, transparency=3)).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert open_image(encoded(Image.new(mode, (5, 4)), kind)).mode == "RGB"


def test_sixteen_bit_grey_keeps_its_brightness() -> None:
    assert open_image(encoded(Image.new("I;16", (1, 1), 257 * 130))).getpixel((0, 0)) == (130, 130, 130)


def test_a_bomb_is_refused_from_its_header_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []
    monkeypatch.setattr(PngImageFile, "load", lambda self: decoded.append(self))
    with pytest.raises(ImageError, match="million pixels"):
        open_image(png_header(50_000, 50_000))
    assert decoded == []


def test_a_picture_just_over_the_limit_says_its_size_and_the_limit() -> None:
    with pytest.raises(ImageError, match=r"9,000 x 9,000 pixels.*64 million.*smaller"):
        open_image(png_header(9_000, 9_000))


def test_the_limit_can_be_lowered_and_is_inclusive() -> None:
    assert open_image(encoded(SMALL), max_pixels=24 * 16).size == (24, 16)
    with pytest.raises(ImageError, match="million pixels"):
        open_image(encoded(SMALL), max_pixels=24 * 16 - 1)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_cut_off_picture_says_so(kind: str) -> None:
    noisy = Image.effect_noise((64, 64), 80)
    data = encoded(noisy.convert("RGB"), kind)
    with pytest.raises(ImageError, match="cut off or damaged"):
        open_image(data[: len(data) // 2])


@pytest.mark.parametrize(
    "data", [b"", b"not a picture", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"<svg/>"]
)
def test_what_is_not_a_picture_says_which_files_are(data: bytes) -> None:
    with pytest.raises(ImageError, match=r"not a picture.*PNG, JPEG"):
        open_image(data)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.png", tmp_path):
        with pytest.raises(ImageError) as caught:
            open_image(path)
        assert str(path) in str(caught.value)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow also warns of what it then refuses
@given(st.data())
def test_damaged_bytes_open_or_raise_an_image_error(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"]))
    broken = bytearray(encoded(SMALL, kind))
    for _ in range(data.draw(st.integers(1, 8))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ImageError):
        assert open_image(bytes(broken)).mode == "RGB"


def test_a_png_keeps_its_texts_in_any_script() -> None:
    texts = {"t2i": '{"prompt": "أحذية 👟\\u0000"}', "Comment": "é"}
    opened = read_image(png_bytes(SMALL, texts, xmp="<x/>"))
    assert {key: opened.text[key] for key in texts} == texts
    assert opened.image.tobytes() == SMALL.tobytes()


def test_the_same_picture_and_texts_give_the_same_bytes() -> None:
    assert png_bytes(SMALL, {"a": "b"}) == png_bytes(SMALL.copy(), {"a": "b"})


def test_a_text_that_unpacks_to_a_hundred_times_its_size_is_refused() -> None:
    chunks = PngInfo()
    chunks.add_text("t2i", "x" * 20_000_000, zip=True)
    with pytest.raises(ImageError, match="cut off or damaged"):
        read_image(encoded(SMALL, pnginfo=chunks))


def test_a_jpeg_has_no_texts() -> None:
    assert read_image(encoded(SMALL, "JPEG")).text == {}


def test_atomic_write_makes_the_folder_and_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deeper" / "file.bin"
    atomic_write(path, b"first")
    atomic_write(path, b"second")
    assert path.read_bytes() == b"second"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_is_a_file_is_refused_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError) as caught:
        atomic_write(tmp_path / "taken" / "picture.png", b"data")
    assert str(tmp_path / "taken" / "picture.png") in str(caught.value)
    assert "may write to" in str(caught.value)


@pytest.mark.parametrize("step", ["open", "replace", "mkdir"])
def test_a_read_only_folder_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, step, refuse)
    with pytest.raises(OutputError, match="Permission denied"):
        atomic_write(path, b"new")
    monkeypatch.undo()
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == [b"old"]


def colours(count: int, side: int = 10) -> list[Image.Image]:
    return [Image.new("RGB", (side, side), (20 * (i + 1), 0, 0)) for i in range(count)]


def test_a_sheet_lays_pictures_out_row_by_row() -> None:
    sheet = contact_sheet(colours(5), 3, gap=2)
    assert sheet.size == (3 * 12 + 2, 2 * 12 + 2)
    centres = [sheet.getpixel((7 + 12 * (i % 3), 7 + 12 * (i // 3))) for i in range(6)]
    assert centres == [(20, 0, 0), (40, 0, 0), (60, 0, 0), (80, 0, 0), (100, 0, 0), (255, 255, 255)]


def test_a_sheet_can_be_enlarged() -> None:
    sheet = contact_sheet(colours(1), 1, gap=0, scale=4)
    assert sheet.size == (40, 40)
    assert sheet.getcolors() == [(1600, (20, 0, 0))]


def test_labels_are_drawn_outside_the_pictures() -> None:
    plain = contact_sheet(colours(4, 64), 2)
    labelled = contact_sheet(colours(4, 64), 2, row_labels=["Shoes", "Bags"], column_labels=["Red", "Blue"])
    left, top = labelled.width - plain.width, labelled.height - plain.height
    assert left > 0
    assert top > 0
    assert labelled.crop((left, top, *labelled.size)).tobytes() == plain.tobytes()
    for strip in ((0, top, left, top + 66), (0, top + 66, left, labelled.height), (left, 0, left + 66, top)):
        assert len(labelled.crop(strip).getcolors() or []) > 1


def test_a_label_that_is_too_long_stays_in_its_place() -> None:
    long = "an endless name of a product category " * 9
    sheet = contact_sheet(colours(2, 64), 1, row_labels=[long, long], column_labels=[long])
    assert sheet.width <= 3 * 64 + 4
    gutter = sheet.crop((0, 0, sheet.width - 66, 10))
    assert gutter.getcolors() == [(gutter.width * gutter.height, (255, 255, 255))]


def test_pictures_of_several_sizes_share_the_largest_cell() -> None:
    assert contact_sheet([*colours(1, 10), *colours(1, 30)], 2, gap=0).size == (60, 30)


def test_a_sheet_of_nothing_or_with_wrong_labels_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="0 rows"):
        contact_sheet([], 3)
    with pytest.raises(ValueError, match="0 columns"):
        contact_sheet(colours(1), 0)
    with pytest.raises(ValueError, match="1 row labels for 2 rows"):
        contact_sheet(colours(2), 1, row_labels=["one"])


def test_a_sheet_as_jpeg_keeps_its_colours() -> None:
    stripes = np.zeros((16, 64, 3), np.uint8)
    stripes[:, ::2] = (220, 30, 30)
    with Image.open(io.BytesIO(jpeg_bytes(Image.fromarray(stripes)))) as found:
        assert found.format == "JPEG"
        assert np.abs(np.asarray(found, int) - stripes).mean() < 4
