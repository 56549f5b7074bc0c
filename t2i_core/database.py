"""One SQLite file that several sessions use at once."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from t2i_core.errors import OutputError


@contextmanager
def connect(file: Path, tables: str, last: str, what: str) -> Iterator[sqlite3.Connection]:
    """A connection of its own for each piece of work: sessions run in threads, which must not share one.

    Leaving the block keeps what was changed in it; an error takes it back.
    tables: SQL that makes them where they are missing; last: the name of the last thing that it makes
    what: names the file in a sentence, e.g. “The gallery”
    Raises OutputError where the file is damaged or cannot be used.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(file, timeout=30)) as db, db:
            _prepare(db, tables, last)
            yield db
    except (sqlite3.OperationalError, OSError) as problem:
        raise OutputError(
            f"{what} {file} cannot be used: {problem}. Check that its folder may be written and has room, or set"
            " T2I_HOME to another folder."
        ) from problem
    except sqlite3.DatabaseError as problem:
        raise OutputError(f"{what} {file} is damaged. Move it away, and a new one is started.") from problem


def _prepare(db: sqlite3.Connection, tables: str, last: str) -> None:
    """Write-ahead logging lets one session read while another writes. The file remembers it."""
    if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        db.execute("PRAGMA journal_mode = WAL")
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (last,)).fetchone():
        db.executescript(tables)
