"""Everything the studio made: one SQLite file and the PNGs beside it, so that a restarted studio still has them."""

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from t2i_core.database import connect
from t2i_core.errors import InputError, OutputError
from t2i_core.generate.picture import Picture
from t2i_core.generate.request import GenerateRequest
from t2i_core.images import atomic_write
from t2i_core.settings import get_settings

TABLE = """
CREATE TABLE IF NOT EXISTS pictures (
    id TEXT PRIMARY KEY,
    created REAL NOT NULL,
    kept INTEGER NOT NULL DEFAULT 0,
    words TEXT NOT NULL,
    request TEXT NOT NULL,
    seconds REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS newest ON pictures (created DESC);
"""
MAX_WORDS = 20  # SQLite limits the terms of one query; nobody searches for more
IN_ORDER = 1e-6  # seconds between the pictures of one batch, so that the first stays first


@dataclass(frozen=True)
class Entry:
    """One picture of the gallery. The file at `path` may have been removed by hand since."""

    id: str
    created: datetime
    kept: bool
    request: GenerateRequest
    seconds: float
    path: Path


def picture_id(png: bytes) -> str:
    """The name of a PNG: the same picture with the same settings has the same name."""
    return hashlib.sha256(png).hexdigest()[:24]


class Gallery:
    """The list in `file` and the PNGs in `pictures`. Any number of sessions and processes may use both at once.

    Every method raises OutputError where these cannot be written, or where the list is damaged.
    """

    def __init__(self, file: Path, pictures: Path, clock: Callable[[], float] = time.time) -> None:
        self.file = file
        self.pictures = pictures
        self._clock = clock

    def add(self, pictures: Iterable[Picture]) -> list[str]:
        """Saves the pictures and returns their ids. A picture that is already there moves to the front."""
        pngs = [(picture, picture.png()) for picture in pictures]
        now, ids = self._clock(), [picture_id(png) for _, png in pngs]
        for name, (_, png) in zip(ids, pngs, strict=True):
            atomic_write(self._path(name), png)
        rows = [
            (name, now - i * IN_ORDER, _words(p.request), p.request.to_json(), p.seconds)
            for i, (name, (p, _)) in enumerate(zip(ids, pngs, strict=True))
        ]
        with self._connect() as db:
            db.executemany(
                "INSERT INTO pictures (id, created, words, request, seconds) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET created = excluded.created",
                rows,
            )
        return ids

    def search(self, words: str = "", *, kept_only: bool = False, limit: int = 24, offset: int = 0) -> list[Entry]:
        """Pictures whose prompt or attributes contain every one of the words, newest first."""
        where, values = _condition(words, kept_only)
        with self._connect() as db:
            rows = db.execute(
                "SELECT id, created, kept, request, seconds FROM pictures"
                f" WHERE {where} ORDER BY created DESC LIMIT ? OFFSET ?",
                [*values, limit, offset],
            ).fetchall()
        return [entry for row in rows if (entry := self._entry(row))]

    def count(self, words: str = "", *, kept_only: bool = False) -> int:
        """How many pictures `search` finds in all."""
        where, values = _condition(words, kept_only)
        with self._connect() as db:
            return int(db.execute(f"SELECT count(*) FROM pictures WHERE {where}", values).fetchone()[0])

    def keep(self, picture: str, kept: bool = True) -> None:
        """Marks a picture as kept, or no longer."""
        with self._connect() as db:
            db.execute("UPDATE pictures SET kept = ? WHERE id = ?", (kept, picture))

    def kept(self, pictures: Sequence[str]) -> set[str]:
        """Which of these pictures are kept."""
        marks = ",".join("?" * len(pictures))
        with self._connect() as db:
            rows = db.execute(f"SELECT id FROM pictures WHERE kept AND id IN ({marks})", list(pictures))
            return {str(name) for (name,) in rows}

    def delete(self, picture: str) -> None:
        """Removes a picture from the list and from the disk."""
        with self._connect() as db:
            db.execute("DELETE FROM pictures WHERE id = ?", (picture,))
        try:
            self._path(picture).unlink(missing_ok=True)
        except OSError as problem:
            raise OutputError(f"The picture's file cannot be removed: {problem.strerror}.") from problem

    def _path(self, picture: str) -> Path:
        return self.pictures / picture[:2] / f"{picture}.png"

    def _entry(self, row: tuple[str, float, int, str, float]) -> Entry | None:
        """None for settings this version cannot read: one such row must not hide the rest."""
        name, created, kept, request, seconds = row
        try:
            asked = GenerateRequest.from_json(request)
        except InputError:
            return None
        return Entry(name, datetime.fromtimestamp(created, UTC), bool(kept), asked, seconds, self._path(name))

    def _connect(self) -> AbstractContextManager[sqlite3.Connection]:
        return connect(self.file, TABLE, "newest", "The gallery")


def open_gallery() -> Gallery:
    """The gallery of this machine."""
    settings = get_settings()
    return Gallery(settings.gallery, settings.pictures)


def _words(request: GenerateRequest) -> str:
    """What a search looks in."""
    values = (str(value) for value in request.attributes.values())
    blended = (other for other, _ in request.blend.values())
    return " ".join([request.prompt, *values, *blended, request.model, str(request.seed)]).casefold()


def _condition(words: str, kept_only: bool) -> tuple[str, list[str]]:
    terms = words.casefold().split()[:MAX_WORDS]
    tests = ["instr(words, ?) > 0" for _ in terms] + (["kept"] if kept_only else [])
    return " AND ".join(tests) or "1", terms
