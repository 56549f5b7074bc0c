"""The texts of the pages in the visitor's language.

English stands in the source and names each text, as gettext has it; texts/ holds the translations, and `make texts`
brings them up to date. What others wrote stays as it is: titles, the words of models, model cards, and the sentences of
errors, whose words the command line and the API share.
"""

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

import streamlit as st
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from streamlit.runtime.scriptrunner import get_script_run_ctx

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "ko": "한국어", "ru": "Русский", "zh": "中文"}
KEY = "lang"  # in the session, and in the address
TEXTS = Path(__file__).parent / "texts"


def tr(text: str, **values: object) -> str:
    """The text in the visitor's language, or as it is where there is no translation, its {places} filled in."""
    said = translations(language()).gettext(text) if text else text
    return said.format(**values) if values else said


def tr_many(one: str, many: str, n: int, **values: object) -> str:
    """The text for that number of things, which fills {n}: `one` for a single one in English, `many` for others."""
    return translations(language()).ngettext(one, many, n).format(n=n, **values)


def N_(text: str) -> str:
    """Marks a text that is kept in English, to be translated where it is shown."""
    return text


class Later(str):
    """A text that Streamlit keeps and shows later, such as a cache's spinner: translated then."""

    __slots__ = ()

    def __str__(self) -> str:
        return tr(self[:])


def language() -> str:
    """The code of the language this visitor reads. English where there is no visitor, as in work in a thread."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    chosen = st.session_state.get(KEY)
    return chosen if chosen in LANGUAGES else of_browser(st.context.locale)


def of_browser(locale: str | None) -> str:
    """The language of a browser's locale, such as "ko-KR"; English where the studio does not speak it."""
    code = (locale or "").partition("-")[0].lower()
    return code if code in LANGUAGES else ENGLISH


@cache
def translations(code: str) -> NullTranslations:
    """The texts of one language."""
    if code == ENGLISH:
        return NullTranslations()
    compiled = io.BytesIO()
    with (TEXTS / f"{code}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)
