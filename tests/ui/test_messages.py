import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from t2i_core.ui.messages import JOINER, plain, shorten


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://e.com)",
        "[a](b)",
        "**b** _i_ ~s~",
        "`code`",
        "$x$",
        "# head",
        "<b>",
        "a|b",
        "&lt;",
        "\\*",
        ":red[x]",
    ],
)
def test_every_sign_of_markdown_is_escaped(text: str) -> None:
    shown = plain(text)
    for sign in "`*_{}[]<>#|~$!&":
        assert shown.count(sign) == shown.count("\\" + sign)


@pytest.mark.parametrize("text", ["- one", "+ one", "1. one", "12) one", "---", "==="])
def test_a_line_that_would_start_a_list_or_a_rule_does_not(text: str) -> None:
    assert plain(text).startswith(JOINER)


def test_names_of_icons_and_links_are_taken_apart() -> None:
    assert ":material" not in plain(":material/delete: :smile: https://example.com")
    assert "https://" not in plain("https://example.com")


@pytest.mark.parametrize("text", ["www.shop24.com", "WWW.SHOP24.COM", "write to sale@shop24.com", "http://shop24.com"])
def test_addresses_read_off_pictures_are_shown_but_do_not_become_links(text: str) -> None:
    shown = plain(text).replace("\\", "")
    assert not re.search(r"(https?://|www\.)\w|@\w", shown, re.IGNORECASE)
    assert shown.replace(JOINER, "") == text


def test_ordinary_words_stay_as_they_are() -> None:
    assert plain("There is no model “x”. Choose one of: a, b (2 more) - c.") == (
        "There is no model “x”. Choose one of: a, b (2 more) - c."
    )


@given(st.text())
def test_what_is_read_is_what_was_typed(text: str) -> None:
    shown = plain(text).replace(JOINER, "").replace("\\\\", "\x00").replace("\\", "").replace("\x00", "\\")
    assert shown == " ".join(text.split()).replace(JOINER, "").replace("\x00", "\\")
    assert "\n" not in plain(text)


@given(st.text(), st.integers(1, 50))
def test_a_shortened_text_is_never_longer_than_asked(text: str, length: int) -> None:
    assert len(shorten(text, length)) <= length
    assert shorten(text, len(text) + 1) == text
