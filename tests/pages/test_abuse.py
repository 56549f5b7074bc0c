import io
import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from t2i_core.abuse.check import AbuseChecker
from t2i_core.abuse.profile import find_profile
from t2i_core.abuse.store import open_opinions
from t2i_core.settings import Settings, get_settings
from t2i_core.ui.check_batch import SLOT
from tests.abuse.batches import shop
from tests.abuse.drawn import badged, encoded, photo
from tests.pages.conftest import Open, finish, messages, press

GOOD = encoded(photo((1200, 1200)))
BAD = encoded(badged(photo(fill=0.6)))


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the judges that must be loaded; one of them is said to be missing."""
    checker = AbuseChecker(out_of_order=("overlay: There is no model “overlay”.",))
    monkeypatch.setattr(AbuseChecker, "from_pretrained", lambda: checker)


def upload(app: AppTest, data: bytes, name: str = "shoe.jpg") -> AppTest:
    return app.file_uploader(key="abuse_upload").upload(name, data, "image/jpeg").run()


def said(app: AppTest) -> str:
    """What the page says in Markdown, without the signs that keep Markdown off."""
    return " ".join(text.value for text in app.markdown).replace("\\", "").replace("\u2060", "")


def bars(app: AppTest) -> str:
    return " ".join(block.proto.body for block in app.get("html") if "rule-bars" in block.proto.body)


def archive(folder: Path) -> bytes:
    shop(folder)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for path in sorted(folder.glob("*.jpg")):
            packed.write(path, path.name)
        rows = "fine.jpg,Red Shoe\nbadge.jpg,Bag\npage.jpg,Belt\nnone.jpg,Watch\nagain.jpg,Leather Wallet\n"
        packed.writestr("titles.csv", "image,title\n" + rows)
    return buffer.getvalue()


def check_all(app: AppTest, data: bytes, name: str = "all.zip") -> AppTest:
    app.file_uploader(key="abuse_archive").upload(name, data, "application/zip").run()
    return finish(press(app, "Check them all"), SLOT)


def test_before_anything_is_chosen_the_page_says_what_to_do(open_page: Open) -> None:
    app = open_page("abuse")
    assert not app.exception
    assert "Choose a picture" in app.info[0].value
    assert app.button(key="abuse_start").disabled


def test_a_good_picture_is_fine_and_shows_a_bar_for_every_rule(open_page: Open) -> None:
    app = upload(open_page("abuse"), GOOD)
    assert app.success[0].value == "Nothing to object to."
    assert len(app.image) == 1
    assert all(label in bars(app) for label in ("Blur", "Border", "JPEG", "Placeholder"))


def test_a_bad_picture_says_what_to_change(open_page: Open) -> None:
    app = upload(open_page("abuse"), BAD)
    assert "may be refused" in app.warning[0].value
    assert "A badge or a small picture stands beside the product" in said(app)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "file is empty"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (GOOD[:5000], "cut off or damaged"),
        (b"<svg/>", "an SVG drawing"),
    ],
)
def test_a_file_that_is_no_picture_gets_its_verdict(open_page: Open, data: bytes, why: str) -> None:
    app = upload(open_page("abuse"), data)
    assert not app.exception
    assert "would be refused" in messages(app)
    assert why in said(app)


def test_another_marketplace_asks_for_other_things(open_page: Open) -> None:
    app = upload(open_page("abuse"), encoded(photo((300, 300), fill=0.5)))
    assert "too small" not in said(app)
    app.selectbox(key="abuse_profile").set_value("amazon").run()
    assert "The picture is too small" in said(app)
    assert "Crop closer" in said(app)


def test_a_moved_threshold_counts_at_once_and_can_be_saved(open_page: Open, settings: Settings) -> None:
    app = upload(open_page("abuse"), BAD)
    app.slider(key="abuse_threshold_general_listing.inset").set_value(1.0).run()
    assert app.success[0].value == "Nothing to object to."
    app.text_input(key="abuse_save_name").set_value("our shop")
    press(app, "Save")
    assert app.selectbox(key="abuse_profile").value == "our shop"
    assert find_profile("our shop", settings.profiles).threshold("listing.inset") == 1.0
    assert app.success[0].value == "Nothing to object to."


def test_a_profile_cannot_take_a_marketplaces_name(open_page: Open, settings: Settings) -> None:
    app = open_page("abuse")
    app.slider(key="abuse_threshold_general_listing.blur").set_value(0.9).run()
    app.text_input(key="abuse_save_name").set_value("amazon")
    press(app, "Save")
    assert "Choose another name" in messages(app)
    assert not settings.profiles.exists()


def test_a_rule_that_does_not_count_finds_nothing(open_page: Open) -> None:
    app = upload(open_page("abuse"), BAD)
    app.multiselect(key="abuse_off_general").set_value(["listing.inset"]).run()
    assert app.success[0].value == "Nothing to object to."


def test_what_does_not_work_here_is_named(open_page: Open) -> None:
    app = upload(open_page("abuse"), GOOD)
    assert "Not judged here: overlay" in [block.label for block in app.expander]


def test_addresses_are_offered_only_where_that_is_switched_on(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    ways = open_page("abuse").segmented_control(key="abuse_source")
    assert list(ways.options) == ["File or clipboard", "Camera"]
    monkeypatch.setenv("T2I_FETCH", "1")
    get_settings.cache_clear()
    app = open_page("abuse")
    app.segmented_control(key="abuse_source").set_value("Address").run()
    app.text_input(key="abuse_url").set_value("http://127.0.0.1:1/a.jpg").run()
    assert "inside a network" in said(app)
    app.text_input(key="abuse_url").set_value("shop.example").run()
    assert "starting with https" in messages(app)


def test_a_catalogue_is_judged_and_can_be_looked_through(open_page: Open, tmp_path: Path) -> None:
    app = check_all(open_page("abuse"), archive(tmp_path / "shop"))
    assert not app.exception
    assert "**5 pictures**: 2 refused, 3 doubtful, 0 noted, 0 fine" in said(app)
    assert "Leather Wallet" in said(app)
    app.pills(key="abuse_severities").set_value(["error"]).run()
    assert "Leather Wallet" not in said(app).partition("pictures**")[2].partition("Belt")[0]
    app.pills(key="abuse_severities").set_value([]).run()
    app.text_input(key="abuse_words").set_value("no such words").run()
    assert "No picture matches" in " ".join(info.value for info in app.info)
    app.text_input(key="abuse_words").set_value("").run()
    app.selectbox(key="abuse_rule").set_value("file.missing").run()
    assert len([button for button in app.button if button.label == "Agree"]) == 1


def test_opinions_are_kept_and_shown(open_page: Open, tmp_path: Path, settings: Settings) -> None:
    app = check_all(open_page("abuse"), archive(tmp_path / "shop"))
    app.button(key="abuse_0_disagree").click().run()
    shown = app.session_state[f"{SLOT}_made"].results
    first = shown[shown.by_severity()[0]]
    assert open_opinions().of([first.id]) == {first.id: False}
    assert app.button(key="abuse_0_disagree").proto.type == "primary"
    settings.opinions.write_bytes(b"no database" * 100)
    app.button(key="abuse_0_agree").click().run()
    assert "can be moved away" in messages(app)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("all.zip", b"no archive", "cannot be opened as a ZIP"),
        ("all.csv", b"", "first line says: nothing"),
        ("all.csv", b"title,path\n", "no rows"),
        ("all.csv", b"title,price\nshoe,3\n", "first line says: title, price"),
    ],
)
def test_what_is_no_catalogue_is_told(open_page: Open, name: str, data: bytes, why: str) -> None:
    app = check_all(open_page("abuse"), data, name)
    assert not app.exception
    assert why in messages(app)


def test_a_visitors_catalogue_reaches_no_file_of_the_machine(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(GOOD)
    data = f"title,path\nShoe,{secret}\nBag,../secret.jpg\n".encode()
    assert "**2 pictures**: 2 refused" in said(check_all(open_page("abuse"), data, "all.csv"))
    (tmp_path / "open").mkdir()
    monkeypatch.setenv("T2I_CHECK_FOLDER", str(tmp_path / "open"))
    get_settings.cache_clear()
    app = check_all(open_page("abuse"), data + b"\n", "all.csv")
    assert "**2 pictures**: 2 refused" in said(app)
    assert "outside the folder" in said(app)


def test_a_folder_can_be_checked_where_one_is_open_to_visitors(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop(tmp_path / "open")
    monkeypatch.setenv("T2I_CHECK_FOLDER", str(tmp_path / "open"))
    get_settings.cache_clear()
    app = open_page("abuse")
    app.segmented_control(key="abuse_batch_source").set_value("Folder").run()
    app = finish(press(app, "Check them all"), SLOT)
    assert "**4 pictures**" in said(app)
