"""What pages say to a person: failures they can mend, and words that others wrote."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from t2i_core.errors import Cancelled, T2IError
from t2i_core.ui.job import Stopped
from t2i_core.ui.language import tr

ACTIVE = re.compile(r"[\\`*_{}\[\]<>#|~$!&]")
LEADING = re.compile(r"^(?=[-+=]|\d+[.)])")
JOINER = "\u2060"  # takes no room; keeps `:name:` and `https:` from being read as an icon or a link
LINKING = re.compile(r":(?=\S)|www(?=\\?\.)|@", re.IGNORECASE)  # where Markdown sees an address begin


def plain(text: str) -> str:
    """Text that Streamlit's Markdown shows as it was typed, on one line; addresses in it are no links."""
    escaped = ACTIVE.sub(r"\\\g<0>", LEADING.sub(JOINER, " ".join(text.split())))
    return LINKING.sub(r"\g<0>" + JOINER, escaped)


def shorten(text: str, length: int) -> str:
    """At most `length` characters, with an ellipsis where some were left out."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


@contextmanager
def shown_problems() -> Iterator[None]:
    """Shows a failure that the user can mend in its place on the page, which then goes on below."""
    try:
        yield
    except Stopped as stopped:
        st.info(plain(tr(stopped.words, done=stopped.done, steps=stopped.steps)), icon=":material/block:")
    except Cancelled as stopped:
        st.info(plain(tr(str(stopped))), icon=":material/block:")
    except T2IError as problem:
        st.error(plain(tr(str(problem))), icon=":material/error:")
