"""Python literals, one a line, read many times as fast as `ast.literal_eval` reads them, and to the same values.

Most of such a line is JSON but for its quotes. So it is turned into JSON, which a parser in C reads: by swapping quotes
where no string holds anything special, else piece by piece. What is left (tuples, sets, bytes, odd numbers and
escapes) goes to `ast.literal_eval` itself. Nothing is ever run.
"""

import ast
import re
import warnings
from collections.abc import Callable
from typing import TypeVar

import msgspec

Decoded = TypeVar("Decoded")

STRING = re.compile(rb"""(?:"(?:[^"\\]++|\\.)*+"|'(?:[^'\\]++|\\.)*+')""", re.DOTALL)

# Stretches that only need their quotes swapped; words; strings with quotes or backslashes in them. No part can match
# in two ways (hence the possessive quantifiers), so that a line takes time in proportion to its length.
PIECE = re.compile(
    rb"""(?P<plain>(?:[^'"A-Za-z_\\]++|'[^'"\\]*+')++)"""
    rb"""|(?P<prefix>[uU](?=['"]))"""
    rb"""|(?P<word>[A-Za-z_]++)"""
    rb"|(?P<string>" + STRING.pattern + rb")"
    rb"""|(?P<rest>['"\\].*+)""",  # a string without an end is looked for once, not from each of its characters
    re.DOTALL,
)
WORDS = {b"None": b"null", b"True": b"true", b"False": b"false", b"e": b"e", b"E": b"E"}  # e: 1e-05
UNKNOWN = b"?"  # no JSON, so that the line is left to ast

# A backslash that must be looked at: all but the escapes that printing a text gives, which JSON has too or nearly.
RARE = re.compile(rb"\\(?![nrtx']|u[^dD])", re.DOTALL)
ESCAPE = re.compile(rb'\\x([0-9a-fA-F]{2})|\\u(?![dD][89a-fA-F])|\\[nrtbf"\\]|\\\'|"|\\', re.DOTALL)

UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)  # what decoders raise on what is no JSON

_decode = msgspec.json.Decoder().decode


def loads(line: bytes) -> object:
    """The value of a Python literal. Raises ValueError for a line that is none."""
    return read(line, _decode)


def read(line: bytes, decode: Callable[[bytes], Decoded]) -> Decoded | object:
    """What `decode` makes of the line as JSON; the literal's own value where it cannot be written as JSON.

    decode: raises one of UNREADABLE for what it cannot read. Raises ValueError for no literal.
    """
    try:
        return decode(_quotes_swapped(line))
    except UNREADABLE:
        pass
    try:
        return decode(PIECE.sub(_piece, line))
    except UNREADABLE:
        return evaluate(line)


def evaluate(line: bytes) -> object:
    """`ast.literal_eval`, with ValueError for whatever it refuses."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes that Python will not know one day
            return ast.literal_eval(line.decode().strip())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as problem:
        raise ValueError("neither JSON nor a Python literal") from problem


def _quotes_swapped(line: bytes) -> bytes:
    """The line as JSON, if it is lists, dicts, strings and numbers alone; no JSON otherwise.

    Only strings that hold something special are looked at one by one.
    """
    if b'"' not in line and b"\\" not in line:
        return line.replace(b"'", b'"')
    parts: list[bytes] = []
    done, quote, backslash = 0, -1, -1
    while True:
        quote = quote if quote >= done else _find(line, b'"', done)
        backslash = backslash if backslash >= done else _find(line, b"\\", done)
        place = min(quote, backslash)  # every ' before it opens or closes a string
        if place == len(line):
            parts.append(line[done:].replace(b"'", b'"'))
            return b"".join(parts)
        start = line.rfind(b"'", done, place) if line.count(b"'", done, place) % 2 else place
        string = STRING.match(line, start)
        if string is None:
            return UNKNOWN
        parts += (line[done:start].replace(b"'", b'"'), _string(string.group()))
        done = string.end()


def _find(line: bytes, mark: bytes, start: int) -> int:
    """Where the next mark stands; the line's length where there is none, which need not be looked for again."""
    place = line.find(mark, start)
    return place if place >= 0 else len(line)


def _piece(match: re.Match[bytes]) -> bytes:
    text = match.group()
    if match.lastgroup == "plain":
        return text.replace(b"'", b'"')
    if match.lastgroup == "string":
        return _string(text)
    if match.lastgroup == "prefix":
        return b""
    return WORDS.get(text, UNKNOWN)


def _string(text: bytes) -> bytes:
    body = text[1:-1]
    if b"\\" in body:
        if RARE.search(body):
            return b'"' + ESCAPE.sub(_escape, body) + b'"'
        body = body.replace(b"\\'", b"'").replace(b"\\x", b"\\u00")
    if text.startswith(b"'"):
        body = body.replace(b'"', b'\\"')
    return b'"' + body + b'"'


def _escape(match: re.Match[bytes]) -> bytes:
    """An escape as JSON writes it; half a surrogate pair and what only Python knows become what is no JSON."""
    text = match.group()
    if text.startswith(b"\\x"):
        return b"\\u00" + match.group(1)
    if text == b"\\'":
        return b"'"
    if text == b'"':
        return b'\\"'
    return b"\\?" if text == b"\\" else text
