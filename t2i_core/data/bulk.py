"""Many lines of Amazon's metadata at once: a parser in C, then whole columns, with little done in Python for each line.

The rules are those of `amazon`: where a field is not what it nearly always is its own rule is asked, and a line that is
not is left to be read alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from t2i_core.data.bulk_columns import Gathered
from t2i_core.data.bulk_paths import Choose
from t2i_core.data.bulk_records import records_of

PIECE = 128 << 10  # bytes parsed at once; they stay in the processor's cache until their fields are drawn
TOGETHER = 8_192  # lines that become columns at once: doing so costs half a millisecond by itself


@dataclass(frozen=True)
class Found:
    """What some lines gave.

    places: the number of each row's line, from 0; odd: of each line that is to be read alone, with the line
    other: how many are of no wanted category
    """

    table: pa.Table
    places: list[int]
    odd: list[tuple[int, bytes]]
    other: int
    lines: int


def read_lines(text: bytes, choose: Choose) -> Iterator[Found]:
    """The products of a text's lines, some thousand lines at a time.

    text: its last line may lack the newline; choose: `bulk_paths.path_chooser`'s
    """
    gathered, pieces = Gathered(), list[tuple[int, bytes]]()
    for piece in _pieces(text):
        pieces.append((gathered.lines, piece))
        gathered.add(records_of(piece))
        if gathered.lines >= TOGETHER:
            yield _found(gathered, pieces, choose)
            gathered, pieces = Gathered(), []
    if pieces:
        yield _found(gathered, pieces, choose)


def _pieces(text: bytes) -> Iterator[bytes]:
    """The text in whole lines, a line that is longer than a piece by itself, without the newlines between pieces."""
    start, length = 0, len(text) - text.endswith(b"\n")
    while start <= length:
        end = length if length - start <= PIECE else text.rfind(b"\n", start, start + PIECE)
        if end < 0 and (end := text.find(b"\n", start)) < 0:
            end = length
        yield text[start:end]
        start = end + 1


def _found(gathered: Gathered, pieces: Sequence[tuple[int, bytes]], choose: Choose) -> Found:
    columns = gathered.columns(choose)
    odd = _numbered(pieces, np.flatnonzero(columns.odd).tolist())
    return Found(columns.table, np.flatnonzero(columns.kept).tolist(), list(odd), columns.other, gathered.lines)


def _numbered(pieces: Sequence[tuple[int, bytes]], places: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """The lines at some places, in their order. pieces: each after the number of its first line"""
    left = iter(pieces)
    start, lines = 0, list[bytes]()
    for place in places:
        while place >= start + len(lines):
            start, piece = next(left)
            lines = piece.split(b"\n")
        yield place, lines[place - start]
