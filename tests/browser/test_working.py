"""What people come for, from the first click to the file they take away."""

import io
import zipfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from t2i_core.generate.picture import Picture
from t2i_core.images import png_bytes
from t2i_core.tryon.mannequin import mannequin
from t2i_core.tryon.wardrobe import WARDROBE
from tests.abuse.drawn import badged, encoded, photo
from tests.browser.judging import looks_right
from tests.browser.watching import MANY, SOON, Visitor

HURTS = '<img src=x onerror="window.hurt=1">'
MOST_TABS = 60  # presses of the key until a field is reached
FOCUSED = """(() => {
    const one = document.activeElement;
    return [one.tagName, one.getAttribute('aria-label') || one.innerText];
})()"""

FILMING = "[...document.querySelectorAll('video')].some((one) => one.readyState >= 2 && one.videoWidth > 0)"


def tabs_to(tab: Page, kind: str, name: str) -> None:
    """With the key Tab alone, to an element of that tag and name."""
    passed = []
    for _ in range(MOST_TABS):
        passed.append(tab.evaluate(FOCUSED))
        if passed[-1][0] == kind and name in passed[-1][1].splitlines():  # an icon's name may stand above its own
            return
        tab.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {name}, but passes {passed}")


def taken(visitor: Visitor, name: str) -> bytes:
    """The file that a button gives."""
    with visitor.tab.expect_download() as begun:
        visitor.button(name).click()
    return Path(begun.value.path()).read_bytes()


def uploads(visitor: Visitor, label: str, name: str, kind: str, data: bytes) -> None:
    field = visitor.tab.get_by_test_id("stFileUploader").filter(has_text=label).filter(visible=True)
    field.locator("input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": data})
    visitor.tab.get_by_text(name).first.wait_for()
    visitor.waits()


def test_pictures_are_drawn_and_downloaded_with_the_keyboard_alone(visitor: Visitor) -> None:
    tab = visitor.opens("products", f"?prompt=Women+Heels{SOON}").tab  # asks for few pictures and steps
    expect(visitor.pictures()).to_have_count(MANY)
    tabs_to(visitor.waits().tab, "INPUT", "Title of the product")
    tab.keyboard.press("Control+A")
    tab.keyboard.type("Women Black Handbag")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("img", name="Women Black Handbag")).to_have_count(MANY)
    visitor.waits()
    tabs_to(tab, "BUTTON", "Download")
    with tab.expect_download() as begun:
        tab.keyboard.press("Enter")
    picture = Picture.open(Path(begun.value.path()).read_bytes())
    assert picture.request.prompt == "Women Black Handbag"
    assert begun.value.suggested_filename.startswith("women-black-handbag-")


def test_tags_are_blended_and_the_file_remembers_it(visitor: Visitor) -> None:
    visitor.opens("anime", f"?attribute.hair=pink&attribute.eyes=red&seed=4{SOON}")
    expect(visitor.pictures()).to_have_count(MANY)
    visitor.waits()
    hair = visitor.tab.get_by_test_id("stButtonGroup").filter(has_text="Hair")
    hair.get_by_role("button", name="blue", exact=True).click()
    visitor.waits().presses("Draw")
    expect(visitor.tab.get_by_text("From pink hair to blue hair")).to_be_visible()
    expect(visitor.tab.get_by_role("img", name="pink with 50% blue")).to_have_count(MANY)
    looks_right(visitor.waits(), "anime")
    request = Picture.open(taken(visitor, "Download")).request
    assert request.blend == {"hair": ("blue", 0.5)}


def test_a_picture_is_checked_and_then_a_whole_catalogue(visitor: Visitor) -> None:
    visitor.opens("abuse")
    uploads(visitor, "Choose a file", "badge.jpg", "image/jpeg", encoded(badged(photo((500, 500), 1, fill=0.6))))
    visitor.sees("laid over").sees("Laid over it")
    looks_right(visitor, "check-one")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("fine.jpg", encoded(photo((400, 400))))
        opened.writestr(f"{HURTS.replace('/', '')}.jpg", encoded(badged(photo((400, 400), 1, fill=0.6))))
        opened.writestr("cut.jpg", encoded(photo((400, 400), 2))[:3000])
        quoted = HURTS.replace('"', '""').replace("/", "")
        rows = ("title,path", "Red shoe,fine.jpg", f'"{quoted}",cut.jpg', f'Bag,"{quoted}.jpg"')
        opened.writestr("titles.csv", "\n".join(rows))
    visitor.tab.get_by_role("tab", name="A catalogue").click()
    uploads(visitor, "A ZIP archive", "shop.zip", "application/zip", archive.getvalue())
    visitor.presses("Check them all").sees("3 pictures")
    looks_right(visitor, "check-many")
    report = taken(visitor, "HTML report").decode()
    assert visitor.tab.evaluate("window.hurt") is None
    assert "<img src=x" not in report
    assert "&lt;img src=x" in report


def test_a_photo_is_dressed_and_a_camera_is_taken_too(visitor: Visitor) -> None:
    tab = visitor.opens("tryon").tab
    tab.get_by_text("This is a photo of me").click()
    visitor.waits()
    uploads(visitor, "Your photo", "me.png", "image/png", png_bytes(Image.fromarray(mannequin().photo), {}))
    visitor.sees("What to try on")
    visitor.presses(next(one.name for one in WARDROBE if one.slot == "upper")).sees(
        "every other pixel is exactly as it was"
    )
    looks_right(visitor, "tryon")
    assert taken(visitor, "Download").startswith(b"\x89PNG")
    tab.get_by_role("button", name="Camera").or_(tab.get_by_text("Camera", exact=True)).first.click()
    visitor.waits()
    tab.wait_for_function(FILMING)
    tab.get_by_role("button", name="Take Photo").click()
    visitor.waits().sees("Nobody was found")


def test_a_run_is_started_watched_and_cancelled(visitor: Visitor) -> None:
    tab = visitor.opens("training").tab
    visitor.sees("No runs yet")
    tab.get_by_role("tab", name="New run").click()
    visitor.waits().sees("264 pictures are few")
    looks_right(visitor, "train-new")
    tab.get_by_text("Change the recipe").click()
    visitor.waits()
    for section, name, value in (("Network", "network-widths", "16, 16, 32"), ("Pace", "loop-batch", "8")):
        tab.get_by_role("tab", name=section).click()
        field = tab.locator(f'[class*="{name}"] input')
        field.fill(value)
        field.press("Enter")
        visitor.waits()
    visitor.sees("Changed:").presses("Start training")
    visitor.sees("running")
    expect(tab.get_by_text("Images a second").first).to_be_visible()
    expect(tab.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    looks_right(visitor, "train")
    visitor.button("Cancel").click()
    visitor.sees("cancelled")
    expect(visitor.button("Resume")).to_be_visible()
