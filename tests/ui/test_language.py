"""The texts of the pages: all in one catalogue, and all translated."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from t2i_core.abuse.profile import shipped_profiles
from t2i_core.abuse.report import NAMED
from t2i_core.abuse.rules import RULES
from t2i_core.jobs.spec import State
from t2i_core.training.bench import PARTS
from t2i_core.training.health import State as Health
from t2i_core.tryon.anthropometry import MEASURES
from t2i_core.tryon.stances import STANCES
from t2i_core.tryon.wardrobe import WARDROBE
from t2i_core.ui import language
from t2i_core.ui.check_table import SAID
from t2i_core.ui.language import ENGLISH, LANGUAGES, TEXTS, Later, of_browser, tr, tr_many, translations
from t2i_core.ui.texts.__main__ import extracted, updated, written
from tests.ui.test_help import CONTROLS

OTHERS = [code for code in LANGUAGES if code != ENGLISH]
SHOWN = CONTROLS | {
    *("title", "header", "subheader", "markdown", "caption", "text", "badge", "metric", "expander", "spinner"),
    *("info", "success", "warning", "error", "toast"),
}
WORDS = {"label", "help", "caption", "placeholder", "text", "alt"}
AS_TYPED = {"red shoes", "owner/name", "our-shop", "https://", "Nike Men Red Running Shoes"}  # examples of what to type
MARKS = re.compile(r":[a-z]+(-badge)?\[|:material/\w+:|:small\[")


def read(code: str) -> Catalog:
    with (TEXTS / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def texts(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def places(text: str) -> list[str]:
    return sorted(f"{name}:{form}" for _, name, form, _ in Formatter().parse(text) if name is not None)


def unwrapped(source: str) -> list[str]:
    """Words that are handed to Streamlit as they stand in the source."""
    return [
        ast.unparse(given)
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        for given in (*(call.args[:1] if call.func.attr in SHOWN else ()), *_named(call))
        for part in _alternatives(given)
        if _says_something(part)
    ]


def _named(call: ast.Call) -> Iterator[ast.expr]:
    yield from (word.value for word in call.keywords if word.arg in WORDS)


def _alternatives(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.IfExp):
        yield from (*_alternatives(node.body), *_alternatives(node.orelse))
    elif isinstance(node, ast.BoolOp):
        yield from (part for value in node.values for part in _alternatives(value))
    elif isinstance(node, ast.BinOp):
        yield from (*_alternatives(node.left), *_alternatives(node.right))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "plain":
        yield from _alternatives(node.args[0])
    else:
        yield node


def _says_something(node: ast.expr) -> bool:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    said = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))
    return said not in AS_TYPED and re.search(r"[A-Za-z]", MARKS.sub("", said)) is not None


def test_no_words_reach_a_page_without_the_catalogue(repository: Path) -> None:
    files = [repository / "app.py", *(repository / "pages").glob("*.py"), *(repository / "t2i_core/ui").glob("*.py")]
    found = {file.name: unwrapped(file.read_text("utf-8")) for file in files}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "source",
    [
        'st.button("Go", key="go")',
        'left.slider(tr("Steps"), help=f"At most {n}")',
        'st.markdown(plain("a" if b else tr("c")))',
        'st.image(x, alt="A picture")',
        'st.code(tr("x") or "y"); st.caption(name or "none")',
    ],
)
def test_words_without_the_catalogue_would_be_found(source: str) -> None:
    assert len(unwrapped(source)) == 1


def test_the_catalogue_holds_the_text_that_stands_in_the_source() -> None:
    assert (TEXTS / "studio.pot").read_text("utf-8") == written(extracted()), "run make texts"


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_has_the_texts_of_the_catalogue_and_no_others(code: str) -> None:
    path = TEXTS / f"{code}.po"
    assert path.read_text("utf-8") == written(updated(path, code, extracted())), "run make texts"


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_translated_with_the_same_places_and_icons(code: str) -> None:
    catalogue = read(code)
    for message in texts(catalogue):
        assert not message.fuzzy, message.id
        english = [message.id] if isinstance(message.id, str) else list(message.id)
        said = [message.string] if isinstance(message.string, str) else list(message.string or ())
        assert len(said) == (1 if isinstance(message.id, str) else catalogue.num_plurals), message.id
        for one in said:
            assert one, message.id
            assert places(one) == places(english[-1]), message.id
            for mark in ("**", "`"):
                assert one.count(mark) == english[-1].count(mark), message.id


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_is_more_than_a_copy(code: str) -> None:
    same = [message.id for message in texts(read(code)) if message.id == message.string]
    assert len(same) < 20, same


def test_the_names_the_core_gives_are_in_the_catalogue() -> None:
    known = {message.id for message in texts(extracted())}
    for names in (
        {rule.label for rule in RULES.values()},
        {profile.title for profile in shipped_profiles().values()},
        {one.name for one in WARDROBE} | set(STANCES) | {name.capitalize() for name in MEASURES},
        {str(state) for state in (*State, *Health)} | set(PARTS),
    ):
        assert names <= known
    assert dict(NAMED) == SAID


@pytest.fixture
def speaking(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """The language that texts are asked for in."""
    code = str(request.param)
    monkeypatch.setattr(language, "language", lambda: code)
    return code


@pytest.mark.parametrize("speaking", ["ru"], indirect=True)
def test_a_text_is_translated_and_its_places_filled(speaking: str) -> None:
    assert tr("Step {done} of {steps}", done=2, steps=16) == "Шаг 2 из 16"
    assert [tr_many("{n:,} picture", "{n:,} pictures", n) for n in (1, 3, 11)] == [
        *("1 картинка", "3 картинки", "11 картинок")
    ]


@pytest.mark.parametrize("speaking", ["ru"], indirect=True)
def test_a_text_without_a_translation_stays_as_it_is(speaking: str) -> None:
    assert tr("Nobody wrote {this}.") == "Nobody wrote {this}."
    assert tr("") == ""


@pytest.mark.parametrize("speaking", ["ko"], indirect=True)
def test_what_a_cache_says_while_it_loads_is_translated_when_it_is_shown(speaking: str) -> None:
    assert str(Later("Loading the model …")) == translations("ko").gettext("Loading the model …") != Later("")


def test_english_is_spoken_without_a_visitor() -> None:
    assert tr("Home") == "Home"
    assert tr_many("{n:,} picture", "{n:,} pictures", 1) == "1 picture"


@pytest.mark.parametrize(
    ("locale", "code"),
    [("ko-KR", "ko"), ("RU", "ru"), ("zh-Hant-TW", "zh"), ("de-DE", "en"), ("", "en"), (None, "en"), ("../ru", "en")],
)
def test_a_browser_is_answered_in_its_language_or_in_english(locale: str | None, code: str) -> None:
    assert of_browser(locale) == code
