"""The pages in every language, and how one is chosen."""

from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.testing.v1 import AppTest

from t2i_core.ui import language
from t2i_core.ui.language import ENGLISH, KEY, LANGUAGES, translations
from t2i_core.ui.language_menu import CHOSEN
from tests.pages.conftest import Open

TITLES = {
    "home": "Product pictures from a title",
    "products": "Products",
    "abuse": "Check pictures",
    "tryon": "Try on",
    "variations": "Variations",
    "gallery": "Gallery",
    "models": "Models",
    "training": "Train",
}
OTHERS = [code for code in LANGUAGES if code != ENGLISH]


def arriving(repository: Path, lang: str | None = None, locale: str | None = None) -> AppTest:
    app = AppTest.from_file(repository / "app.py", default_timeout=60)
    if lang is not None:
        app.query_params[KEY] = lang
    if locale is not None:
        app.context["locale"] = locale
    return app.run()


def formats(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """AppTest names the options of a list once more, outside the visitor's session: in that language."""
    inside = language.language
    monkeypatch.setattr(language, "language", lambda: inside() if get_script_run_ctx(suppress_warning=True) else code)


def title(app: AppTest) -> str:
    return str(app.title[0].value)


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.usefixtures("products")
def test_every_page_speaks_the_language_of_the_address(
    repository: Path, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    formats(monkeypatch, code)
    app = arriving(repository, code)
    for page, english in TITLES.items():
        if page != "home":
            app.switch_page(f"pages/{page}.py").run()
        assert not app.exception
        assert title(app) == translations(code).gettext(english) != english


@pytest.mark.parametrize(
    "lang", ["xx", "", "../../etc/passwd", "<script>alert(1)</script>", "k" * 5000, "en\0ko", "KO"]
)
def test_an_unknown_language_is_english(repository: Path, lang: str) -> None:
    app = arriving(repository, lang)
    assert not app.exception
    assert title(app) == TITLES["home"]


def test_the_browsers_language_is_spoken_until_another_is_chosen(repository: Path) -> None:
    app = arriving(repository, locale="ko-KR")
    assert title(app) == translations("ko").gettext(TITLES["home"])
    app.selectbox(key=CHOSEN).set_value("en").run()
    assert title(app) == TITLES["home"]
    assert app.session_state[KEY] == "en"
    app.switch_page("pages/gallery.py").run()
    assert title(app) == "Gallery"


@pytest.mark.usefixtures("products")
def test_what_was_chosen_stays_when_the_language_changes(open_page: Open) -> None:
    app = open_page("products")
    app.selectbox(key="products_draft_value_colour").set_value("Blue").run()
    app.number_input(key="products_draft_seed").set_value(7).run()
    app.session_state[KEY] = "ru"
    app.run()
    assert app.selectbox(key="products_draft_value_colour").value == "Blue"
    assert app.number_input(key="products_draft_seed").value == 7
    assert app.text_input(key="products_draft_prompt").label == "Название товара"
