import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from streamlit.testing.v1 import AppTest

from t2i_core.generate.gallery import open_gallery
from t2i_core.generate.picture import Picture
from t2i_core.generate.request import GenerateRequest
from t2i_core.settings import Settings
from tests.pages.conftest import Open, fields, follow, messages, press


def picture(prompt: str, seed: int = 0, **attributes: str) -> Picture:
    return Picture(Image.new("RGB", (16, 16), (seed % 256, 40, 90)), GenerateRequest(prompt, attributes, seed=seed))


def plain_png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    return file.getvalue()


def bomb() -> bytes:
    """A PNG that says it is 50,000 x 50,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def upload(app: AppTest, data: bytes) -> AppTest:
    return app.file_uploader(key="gallery_upload").upload("saved.png", data, "image/png").run()


def captions(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption]


def test_an_empty_gallery_says_how_it_fills(open_page: Open) -> None:
    app = open_page("gallery")
    assert "Every picture you draw" in app.info[0].value
    assert len(app.image) == 0


def test_pictures_are_shown_newest_first_with_their_words(open_page: Open) -> None:
    open_gallery().add([picture("old shoes")])
    open_gallery().add([picture("new bag", colour="Red")])
    app = open_page("gallery")
    assert len(app.image) == 2
    assert captions(app) == ["new bag · Red", "old shoes"]


def test_search_narrows_the_pictures(open_page: Open) -> None:
    open_gallery().add([picture("old shoes"), picture("new bag", colour="Red")])
    app = open_page("gallery")
    app.text_input(key="gallery_words").set_value("RED bag").run()
    assert captions(app) == ["new bag · Red"]
    app.text_input(key="gallery_words").set_value("%").run()
    assert "No picture matches" in app.info[0].value


def test_kept_pictures_can_be_looked_at_alone(open_page: Open) -> None:
    first, _ = open_gallery().add([picture("good"), picture("poor")])
    open_gallery().keep(first)
    app = open_page("gallery")
    app.toggle(key="gallery_kept").set_value(True).run()
    assert captions(app) == ["good"]
    app.button(key="gallery_0_keep").click().run()
    assert "No picture matches" in app.info[0].value


def test_many_pictures_come_in_pages(open_page: Open) -> None:
    open_gallery().add([picture("red shoe" if i < 11 else "bag", i) for i in range(30)])
    app = open_page("gallery")
    assert len(app.image) == 24
    app.pagination[0].select(2).run()
    assert len(app.image) == 6
    app.text_input(key="gallery_words").set_value("shoe").run()
    assert len(app.image) == 11


def test_a_picture_can_be_deleted(open_page: Open) -> None:
    open_gallery().add([picture("good"), picture("poor")])
    app = open_page("gallery")
    app.button(key="gallery_1_delete").click().run()
    assert captions(app) == ["good"]
    assert open_gallery().count() == 1


def test_the_settings_of_a_picture_go_to_the_products_page(open_page: Open, products: Path) -> None:
    open_gallery().add([picture("red shoes", 12, gender="Men")])
    app = open_page("gallery")
    follow(app.button(key="gallery_0_again").click().run(), "products")
    assert (fields(app)["products_draft_seed"], fields(app)["products_draft_value_gender"]) == (12, "Men")


def test_a_picture_whose_file_is_gone_can_be_taken_off_the_list(open_page: Open) -> None:
    open_gallery().add([picture("gone"), picture("cut off"), picture("here")])
    gone, cut_off, _ = open_gallery().search()
    gone.path.unlink()
    cut_off.path.write_bytes(cut_off.path.read_bytes()[:60])
    app = open_page("gallery")
    assert captions(app) == ["here"]
    assert "2 more are listed" in app.warning[0].value
    press(app, "Remove them")
    assert not app.warning
    assert open_gallery().count() == 1


def test_opening_a_saved_picture_restores_its_settings(open_page: Open, products: Path) -> None:
    app = upload(open_page("gallery"), picture("red shoes", 77, colour="Blue").png())
    follow(press(app, "Use these settings"), "products")
    shown = fields(app)
    parts = ("prompt", "seed", "value_colour")
    assert [shown[f"products_draft_{part}"] for part in parts] == ["red shoes", 77, "Blue"]
    assert len(app.image) == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (plain_png(), "carries no settings"),
        (b"not a picture", "not a picture"),
        (b"", "not a picture"),
        (picture("x").png()[:200], "cut off or damaged"),
        (bomb(), "64 million pixels"),
    ],
)
def test_any_other_file_is_refused_with_a_reason(open_page: Open, data: bytes, said: str) -> None:
    open_gallery().add([picture("still here")])
    app = upload(open_page("gallery"), data)
    assert said in messages(app)
    assert captions(app) == ["still here"]


def test_a_saved_picture_with_impossible_settings_is_refused(open_page: Open) -> None:
    settings = PngInfo()
    settings.add_itxt("t2i", '{"prompt": "x", "seed": -1}')
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG", pnginfo=settings)
    assert "seed must be a whole number" in messages(upload(open_page("gallery"), file.getvalue()))


def test_a_damaged_list_is_told_and_the_page_stays(open_page: Open, settings: Settings) -> None:
    settings.gallery.write_bytes(b"no database" * 200)
    app = open_page("gallery")
    assert "is damaged. Move it away" in messages(app)
    assert not app.exception
    assert app.file_uploader


def test_what_a_prompt_says_is_not_read_as_markdown(open_page: Open) -> None:
    open_gallery().add([picture("![x](http://e.com/x.png) **b** $1 and $2 :red[r]")])
    (caption,) = captions(open_page("gallery"))
    for sign in ("![", "**", " $1", ":red["):
        assert sign not in caption
