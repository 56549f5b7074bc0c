"""Many lines of Python literals at once as lines of JSON: passes over bytes, with nothing done for each string.

What becomes JSON says what the literal says, and JSON stays as it is. A line that cannot be had so (words, bytes, odd
escapes, strings that do not end) becomes one that no JSON parser takes, and is read alone (`literal.read`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# Bytes that UTF-8 never has stand in for what must not be taken for a quote that begins or ends a string.
BACKSLASH, SINGLE, DOUBLE, NO_JSON = b"\xf8", b"\xf9", b"\xfa", b"\xfb"
ESCAPES = {b"'": SINGLE, b'"': DOUBLE, b"x": b"\\u00", b"/": NO_JSON}  # "/": two characters to Python, one to JSON
SURROGATE = re.compile(rb"u[dD][89a-fA-F]")  # JSON joins two halves to one character, Python does not
QUOTES_SWAPPED = bytes.maketrans(b"'", b'"')


def json_lines(text: bytes) -> bytes | None:
    """The lines as JSON wherever that is certain, as many as there were; None where bytes are no UTF-8 anywhere."""
    if any(mark in text for mark in (BACKSLASH, SINGLE, DOUBLE, NO_JSON)):
        return None
    escaped = b"\\" in text
    if escaped:
        text = _escapes_marked(text)
    if marked := b'"' in text:
        text = _quotes_in_strings_marked(text)
    text = text.translate(QUOTES_SWAPPED)
    if escaped or marked:
        text = text.replace(SINGLE, b"'").replace(DOUBLE, b'\\"').replace(BACKSLASH, b"\\\\")
    return text


def _escapes_marked(text: bytes) -> bytes:
    """With each escape as JSON has it. Searching for single bytes is several times as fast as for pairs."""
    first, *rest = text.split(b"\\")
    parts = [first]
    pieces = iter(rest)
    for piece in pieces:
        if not piece:  # two backslashes one after another, or the text's last byte
            parts += (BACKSLASH, next(pieces, NO_JSON))
        elif (mark := ESCAPES.get(piece[:1])) is not None:
            parts += (mark, piece[1:])
        elif SURROGATE.match(piece):
            parts += (NO_JSON, piece)
        else:
            parts += (b"\\", piece)
    return b"".join(parts)


def _quotes_in_strings_marked(text: bytes) -> bytes:
    """With marks for the " in strings of ', and for the ' in strings of "."""
    data = np.frombuffer(text, np.uint8).copy()
    singles, doubles = np.flatnonzero(data == ord("'")), np.flatnonzero(data == ord('"'))
    starts = np.concatenate(([0], np.flatnonzero(data == ord("\n"))))
    lines = np.searchsorted(starts, doubles, "right") - 1
    found = _walk(np.searchsorted(singles, doubles).tolist(), lines.tolist(), np.searchsorted(singles, starts).tolist())
    data[doubles[found.inner]] = DOUBLE[0]
    data[doubles[found.broken]] = NO_JSON[0]
    data[singles[_ranges(found.inside)]] = SINGLE[0]
    return data.tobytes()


@dataclass(frozen=True)
class _Quotes:
    """Which " stand in a string of ', which runs of ' in a string of ", which " begin a string that does not end."""

    inner: list[int] = field(default_factory=list)
    inside: list[tuple[int, int]] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)


def _walk(before: Sequence[int], lines: Sequence[int], at_start: Sequence[int]) -> _Quotes:
    """Goes from one " to the next. That between them all ' begin or end strings makes an odd number of them tell.

    before: how many ' precede each ", from the first on; lines: the line each is in; at_start: how many precede a line
    """
    found = _Quotes()
    line, base, opened = -1, 0, -1
    for place, (count, here) in enumerate(zip(before, lines, strict=True)):
        if here != line:
            if opened >= 0:
                found.broken.append(opened)
            line, base, opened = here, at_start[here], -1
        if opened >= 0:
            if count > base:
                found.inside.append((base, count))
            base, opened = count, -1
        elif (count - base) % 2 == 0:
            base, opened = count, place
        else:
            found.inner.append(place)
    if opened >= 0:
        found.broken.append(opened)
    return found


def _ranges(pairs: list[tuple[int, int]]) -> NDArray[np.int64]:
    return np.concatenate([np.arange(*pair) for pair in pairs]) if pairs else np.zeros(0, np.int64)
