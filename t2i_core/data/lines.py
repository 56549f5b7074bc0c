"""Very long files of lines, plain or gzip, cut into blocks of whole lines without ever holding much of them."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from isal import igzip, isal_zlib  # inflates in half the time that zlib takes

from t2i_core.errors import DataError

BLOCK = 8 << 20  # bytes; some thousand lines: what becomes columns at once costs half a millisecond by itself
MAX_LINE = 2 << 20  # bytes; the longest real ones hold a page's tables, a few hundred kB
LOOK = 1 << 16  # bytes read at a time to find the end of a line
GZIP = b"\x1f\x8b"
DAMAGED: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # its types say it is no class


@dataclass(frozen=True)
class Block:
    """Whole lines: `data` itself, or `length` bytes from `start` of a plain file, read where they are needed.

    A line of more than MAX_LINE bytes may be cut off anywhere past that length.
    """

    data: bytes = b""
    path: Path | None = None
    start: int = 0
    length: int = 0

    def pieces(self) -> Iterator[bytes]:
        """The lines, some MB at a time, however long the block is."""
        if self.path is None:
            yield self.data
            return
        try:
            with self.path.open("rb") as file:
                file.seek(self.start)
                yield from whole_lines(file, 2 * BLOCK, self.length)
        except OSError as problem:
            raise DataError(_unreadable(self.path, problem)) from problem


def blocks_of(path: Path, size: int = BLOCK, *, carried: bool = False) -> Iterator[Block]:
    """A file's lines in blocks of about `size` bytes; whether it is gzip shows in its first bytes.

    carried: whether blocks hold their lines even where the file is plain, for readers on other machines.
    Raises DataError for a file that cannot be read, or a gzip file that is damaged or cut off.
    """
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == GZIP
            file.seek(0)
            if zipped:
                unzipped: BinaryIO = igzip.IGzipFile(fileobj=file)  # type: ignore[no-untyped-call, assignment]
                yield from (Block(data) for data in whole_lines(unzipped, size))
            elif carried:
                yield from (Block(data) for data in whole_lines(file, size))
            else:
                yield from _ranges(path, file, size)
    except EOFError as problem:
        raise DataError(f"{path} ends in the middle: the download stopped. Download it again.") from problem
    except (gzip.BadGzipFile, DAMAGED) as problem:
        raise DataError(f"{path} is a damaged gzip file ({problem}). Download it again.") from problem
    except OSError as problem:
        raise DataError(_unreadable(path, problem)) from problem


def whole_lines(file: BinaryIO, size: int, length: int | None = None) -> Iterator[bytes]:
    """The next `length` bytes of a file, or all, in pieces of whole lines; the last line may lack its newline."""
    rest, left = b"", length
    while chunk := file.read(size if left is None else min(size, left)):
        left = None if left is None else left - len(chunk)
        end = chunk.rfind(b"\n") + 1
        if end:
            yield rest + chunk[:end]
            rest = chunk[end:]
        else:  # one line longer than a piece: what tells that it is too long is kept of it
            rest = (rest + chunk)[: MAX_LINE + 1]
    if rest:
        yield rest


def _ranges(path: Path, file: BinaryIO, size: int) -> Iterator[Block]:
    start, total = 0, path.stat().st_size
    while start < total:
        end = min(start + size, total)
        end = _line_end(file, end, total) if end < total else total
        yield Block(path=path, start=start, length=end - start)
        start = end


def _line_end(file: BinaryIO, place: int, total: int) -> int:
    """Where the line that holds the byte before `place` ends."""
    place -= 1
    file.seek(place)
    while chunk := file.read(LOOK):
        if (found := chunk.find(b"\n")) >= 0:
            return place + found + 1
        place += len(chunk)
    return total


def _unreadable(path: Path, problem: OSError) -> str:
    return f"{path} cannot be read: {problem.strerror or problem}. Check the path."
