"""The whole app driven without a browser, on a tiny random model."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from t2i_core.generate.request import GenerateRequest
from t2i_core.settings import Settings
from t2i_core.text.attributes import AttributeSpace, Choice, Number, Tone
from t2i_core.ui.desk import DESKS
from t2i_core.ui.job import OnStep
from tests.tiny import tiny_model

COLOUR = Choice("colour", ("Black", "Red", "Blue", "White"))
MEASURES = (Tone("tone", (50.0, 4.0, 3.0), (25.0, 15.0, 15.0)), Number("aspect", -3.0, 3.0, mean=0.0, scale=0.8))
SPACES = {
    "anime": (Choice("hair", ("pink", "blue", "green", "blonde")), Choice("eyes", ("red", "blue", "aqua"))),
    "birds": (Choice("species", ("Blue Jay", "Mallard", "Cactus Wren")),),
    "shoes": (Choice("kind", ("Boot", "Sandal", "Shoe")), COLOUR, *MEASURES),
    "guitars": (Choice("model", ("Fender Stratocaster", "Gibson SG", "Gibson Les Paul")), COLOUR, *MEASURES),
}
WORDS = ["a", "girl", "with", "hair", "eyes", "small", "yellow", "bird", "black", "wings", "and", "white", "belly"]
Open = Callable[..., AppTest]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("weights") / "products")


@pytest.fixture
def products(settings: Settings, tiny: Path) -> Path:
    """The products model's folder in this test's weights, to be damaged at will."""
    return Path(shutil.copytree(tiny, settings.weights_folder / "products"))


@pytest.fixture(scope="session")
def tiny_domains(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model of every domain but products."""
    folder = tmp_path_factory.mktemp("weights")
    for name, attributes in SPACES.items():
        tiny_model(folder / name, space=AttributeSpace(attributes), words=WORDS)
    return folder


@pytest.fixture
def domains(settings: Settings, tiny_domains: Path) -> Path:
    """This test's weights folder with a model of every domain but products."""
    return Path(shutil.copytree(tiny_domains, settings.weights_folder, dirs_exist_ok=True))


@pytest.fixture
def open_page(repository: Path) -> Open:
    """Opens a page in a browser session of its own."""
    st.cache_resource.clear()
    st.cache_data.clear()

    def opened(name: str = "home") -> AppTest:
        app = AppTest.from_file(repository / "app.py", default_timeout=60).run()
        return app if name == "home" else app.switch_page(f"pages/{name}.py").run()

    return opened


def press(app: AppTest, text: str) -> AppTest:
    """Clicks the button whose label starts so."""
    return next(button for button in app.button if button.label.startswith(text)).click().run()


def finish(app: AppTest, slot: str) -> AppTest:
    """Looks again, as the browser does, until the session's work has ended."""
    ends = time.monotonic() + 60
    while slot in app.session_state:
        assert time.monotonic() < ends, f"{slot} is still running"
        app.run()
    return app


def follow(app: AppTest, name: str) -> AppTest:
    """After a click that brought the visitor to another desk: waits there for its pictures. Left to itself, AppTest
    would run the old page again."""
    assert app.title[0].value == DESKS[name].title
    return finish(app.switch_page(f"pages/{name}.py"), name)


def draw(app: AppTest, prompt: str, desk: str = "products") -> AppTest:
    """Types words on a desk's page and draws them to the end."""
    app.text_input(key=f"{desk}_draft_prompt").set_value(prompt)
    return finish(press(app, "Draw"), desk)


def made(app: AppTest, slot: str = "products") -> list[GenerateRequest]:
    """The requests of the pictures that a slot drew last."""
    return [card.request for card in app.session_state[f"{slot}_made"].cards]


def chips(app: AppTest) -> list[str]:
    return [block.proto.popover.label for block in app.get("popover") if block.proto.popover.label.count("**") == 2]


def captions(app: AppTest) -> str:
    """What the page says in small print, without the signs that keep Markdown off."""
    return " ".join(caption.value for caption in app.caption).replace("\\", "").replace("\u2060", "")


def messages(app: AppTest) -> str:
    """What st.error says on the page, without the signs that keep Markdown off."""
    return " ".join(error.value for error in app.error).replace("\\", "").replace("\u2060", "")


def fields(app: AppTest) -> dict[str, object]:
    """The draft as the page's widgets show it."""
    kinds = (app.text_input, app.number_input, app.slider, app.selectbox, app.toggle, app.color_picker, app.pills)
    return {str(widget.key): widget.value for kind in kinds for widget in kind}


def endless(_: object, requests: object, on_step: OnStep, **options: object) -> None:
    """Stands in for `TextToImage.generate_many` where a test needs work that never ends by itself."""
    for step in range(10_000):
        on_step(step, 10_000)
        time.sleep(0.01)
