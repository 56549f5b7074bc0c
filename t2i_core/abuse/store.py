"""What moderators said of verdicts, and the thresholds that agree with them best."""

import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from t2i_core.abuse.profile import Profile
from t2i_core.abuse.results import Result
from t2i_core.abuse.rules import RULES
from t2i_core.abuse.verdict import Severity
from t2i_core.errors import OutputError
from t2i_core.settings import get_settings

TABLES = """
CREATE TABLE IF NOT EXISTS opinions (picture TEXT PRIMARY KEY, agree INTEGER NOT NULL, said REAL NOT NULL);
CREATE TABLE IF NOT EXISTS scores (
    picture TEXT NOT NULL, rule TEXT NOT NULL, score REAL NOT NULL, broken INTEGER NOT NULL,
    PRIMARY KEY (picture, rule)
);
"""
FEWEST = 5  # opinions about a rule's findings, below which its threshold stays


@dataclass(frozen=True)
class Refitted:
    """A rule's threshold before and after, over how many opinions, and how many of them each gets wrong."""

    rule: str
    before: float
    after: float
    opinions: int
    wrong_before: int
    wrong_after: int


class Opinions:
    """The SQLite file of opinions. Any number of sessions may use it at once; raises OutputError where none can."""

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        self.file = file
        self._clock = clock

    def say(self, result: Result, *, agree: bool) -> None:
        """Keeps whether a person agrees with a verdict, in place of what was said of this picture before.

        Who agrees calls every finding right, and every other rule kept. Who disagrees calls the findings wrong; where
        there are none, something was overlooked, and nobody said what.
        """
        with self._connect() as db:
            db.execute("DELETE FROM scores WHERE picture = ?", (result.id,))
            db.execute("INSERT OR REPLACE INTO opinions VALUES (?, ?, ?)", (result.id, agree, self._clock()))
            db.executemany(
                "INSERT INTO scores VALUES (?, ?, ?, ?)", [(result.id, *row) for row in _rows(result, agree)]
            )

    def of(self, pictures: Sequence[str]) -> dict[str, bool]:
        """What was said of these pictures; those nobody spoke of are left out."""
        marks = ",".join("?" * len(pictures))
        with self._connect() as db:
            rows = db.execute(f"SELECT picture, agree FROM opinions WHERE picture IN ({marks})", list(pictures))
            return {str(picture): bool(agree) for picture, agree in rows}

    def refit(self, profile: Profile) -> list[Refitted]:
        """For every rule that enough was said of: the threshold that gets the fewest opinions wrong."""
        with self._connect() as db:
            rows = db.execute("SELECT rule, score, broken FROM scores").fetchall()
        told: Mapping[str, list[tuple[float, bool]]] = defaultdict(list)
        for rule, score, broken in rows:
            told[str(rule)].append((float(score), bool(broken)))
        return [_refitted(rule, profile, said) for rule, said in sorted(told.items()) if _enough(rule, said, profile)]

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.file, timeout=30)) as db, db:
                db.executescript(TABLES)
                yield db
        except (sqlite3.Error, OSError) as problem:
            raise OutputError(
                f"The opinions in {self.file} cannot be used: {problem}. Check that its folder may be written and has"
                " room; a damaged file can be moved away, and a new one is started."
            ) from problem


def open_opinions() -> Opinions:
    """The opinions of this machine."""
    return Opinions(get_settings().opinions)


def _rows(result: Result, agree: bool) -> Iterator[tuple[str, float, bool]]:
    found = {one.rule for one in result.verdict.findings}
    for rule, score in result.verdict.scores.items():
        if RULES[rule].severity is Severity.NOTE:
            continue  # a note blames nobody
        if agree:
            yield rule, score, rule in found
        elif rule in found:
            yield rule, score, False


def _enough(rule: str, said: Sequence[tuple[float, bool]], profile: Profile) -> bool:
    """Whether enough was said of findings, and anything lies between: scores of 0 and 1 leave no choice."""
    findings = sum(score >= profile.threshold(rule) for score, _ in said)
    return findings >= FEWEST and len({score for score, _ in said} - {0.0, 1.0}) > 0


def _refitted(rule: str, profile: Profile, said: Sequence[tuple[float, bool]]) -> Refitted:
    """Between equally good thresholds the nearest to the old one wins, so that little said changes little."""
    before = profile.threshold(rule)
    after = min(_candidates(said, before), key=lambda threshold: (_wrong(said, threshold), abs(threshold - before)))
    return Refitted(rule, before, after, len(said), _wrong(said, before), _wrong(said, after))


def _candidates(said: Sequence[tuple[float, bool]], before: float) -> list[float]:
    """The old threshold, and the middles between scores that differ."""
    scores = sorted({0.0, *(score for score, _ in said), 1.0})
    return [before, *(round((low + high) / 2, 4) for low, high in pairwise(scores)), 1.0]


def _wrong(said: Sequence[tuple[float, bool]], threshold: float) -> int:
    return sum((score >= threshold) != broken for score, broken in said)
