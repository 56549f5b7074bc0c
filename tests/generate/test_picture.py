import io
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PIL import Image

from t2i_core.errors import ImageError, OutputError
from t2i_core.generate.picture import GENERATED, Picture
from t2i_core.generate.request import GenerateRequest
from t2i_core.images import png_bytes

REQUEST = GenerateRequest(
    prompt='Nike أحمر 👟 \\ "quoted"\n', attributes={"category": "Sports Shoes", "fill": 0.9}, seed=7, guidance=2.5
)
IMAGE = Image.linear_gradient("L").resize((16, 16)).convert("RGB")


def test_a_saved_picture_opens_with_its_pixels_and_its_request(tmp_path: Path) -> None:
    path = Picture(IMAGE, REQUEST, seconds=0.2).save(tmp_path / "kept" / "shoe.png")
    opened = Picture.open(path)
    assert path == tmp_path / "kept" / "shoe.png"
    assert opened.request == REQUEST
    assert opened.image.tobytes() == IMAGE.tobytes()


def test_bytes_and_uploads_open_too() -> None:
    data = Picture(IMAGE, REQUEST).png()
    assert Picture.open(data).request == Picture.open(io.BytesIO(data)).request == REQUEST


def test_the_file_depends_on_the_request_and_not_on_the_time_it_took() -> None:
    assert Picture(IMAGE, REQUEST, 0.1).png() == Picture(IMAGE, REQUEST, 9.9).png()
    assert Picture(IMAGE, REQUEST).png() != Picture(IMAGE, GenerateRequest(prompt="hat")).png()


def test_the_file_says_that_it_was_generated() -> None:
    with Image.open(io.BytesIO(Picture(IMAGE, REQUEST).png())) as image:
        image.load()
        packet = ElementTree.fromstring(image.info["xmp"])
    marks = [element.attrib for element in packet.iter() if element.tag.endswith("}Description")]
    assert marks[0]["{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"] == GENERATED


def test_a_png_without_settings_says_why_and_what_to_do() -> None:
    with pytest.raises(ImageError, match=r"carries no settings.*another program removed them.*downloaded"):
        Picture.open(png_bytes(IMAGE, {"Comment": "holiday"}))


def test_a_jpeg_carries_no_settings() -> None:
    buffer = io.BytesIO()
    IMAGE.save(buffer, "JPEG")
    with pytest.raises(ImageError, match="carries no settings"):
        Picture.open(buffer.getvalue())


@pytest.mark.parametrize(
    "stored",
    ["", "{", "[]", "null", '{"prompt": ""}', '{"prompt": "x", "count": 10000}', '{"prompt": 5}', "[" * 99_999],
)
def test_settings_that_make_no_sense_are_refused(stored: str) -> None:
    with pytest.raises(ImageError, match="settings inside this picture cannot be used"):
        Picture.open(png_bytes(IMAGE, {"t2i": stored}))


def test_settings_of_a_later_version_still_open() -> None:
    data = png_bytes(IMAGE, {"t2i": '{"prompt": "hat", "hologram": true}'})
    assert Picture.open(data).request == GenerateRequest(prompt="hat")


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="may write to"):
        Picture(IMAGE, REQUEST).save(tmp_path / "file" / "shoe.png")
