"""Texts as catalogues of the web bring them, made plain: no markup, no entities, no stray characters."""

import re
from html import unescape

TAG = re.compile(r"</?[A-Za-z!][^<>]{0,500}>")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff\ufffe\uffff]")
TWICE_ENCODED = re.compile(r"[\u00c2-\u00f4][\u0080-\u00bf]")
HALF_PAIR = re.compile(r"[\ud800-\udfff]")


def clean(text: str) -> str:
    """The words of a text, with single spaces between them."""
    if "<" in text:
        text = TAG.sub(" ", text)
    if "&" in text:
        text = unescape(text)
    if not text.isascii():
        text = _mended(text)
    if text.isprintable() and "  " not in text:  # the usual case; no other white space is printable
        return text.strip()
    return " ".join(CONTROL.sub(" ", text).split())


def _mended(text: str) -> str:
    """UTF-8 that was taken for Latin-1 once (“CafÃ©”) read right; halves of surrogate pairs joined or replaced."""
    if TWICE_ENCODED.search(text):
        try:
            return text.encode("latin-1").decode()
        except UnicodeError:
            pass
    if HALF_PAIR.search(text):
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
