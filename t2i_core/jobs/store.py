"""Every job the studio submitted: one SQLite file, so that a restarted studio still knows them."""

import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from t2i_core.database import connect
from t2i_core.errors import JobError
from t2i_core.jobs.spec import JobSpec, State
from t2i_core.settings import get_settings

TABLES = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY,
    launcher TEXT NOT NULL,
    place_id TEXT NOT NULL,
    run TEXT NOT NULL,
    spec TEXT NOT NULL,
    state TEXT NOT NULL,
    submitted REAL NOT NULL,
    code TEXT NOT NULL,
    recipe TEXT NOT NULL,
    price REAL,
    note TEXT NOT NULL DEFAULT '',
    tail TEXT NOT NULL DEFAULT '[]'
);
CREATE UNIQUE INDEX IF NOT EXISTS one_job_a_run ON jobs (launcher, run) WHERE state IN ('queued', 'running');
CREATE TABLE IF NOT EXISTS transitions (job TEXT NOT NULL, state TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS transitions_of ON transitions (job);
CREATE TABLE IF NOT EXISTS metrics (
    job TEXT NOT NULL, step INTEGER NOT NULL, line TEXT NOT NULL, PRIMARY KEY (job, step)
) WITHOUT ROWID;
"""
COLUMNS = "id, launcher, place_id, spec, state, submitted, code, recipe, price, note, tail"
TAIL = 50  # lines of a job's log that are kept when it has ended


@dataclass(frozen=True)
class Transition:
    """A state and when it was first seen."""

    state: State
    at: datetime


@dataclass(frozen=True)
class JobRecord:
    """What is known of a job.

    id: the studio's own; place_id: what the launcher calls it, empty until the place has taken it
    code: the version of the code that submitted it
    recipe: the recipe's TOML as it was then; the overrides stand in `spec`
    price: US dollars an hour, None where nobody charges
    note: why it failed, or why the place cannot be asked about it
    tail: the last lines of its log, kept when it ended
    history: its states, oldest first; a resumed job goes on from its last one
    """

    id: str
    launcher: str
    place_id: str
    spec: JobSpec
    state: State
    submitted: datetime
    code: str
    recipe: str
    price: float | None = None
    note: str = ""
    tail: tuple[str, ...] = ()
    history: tuple[Transition, ...] = ()

    @property
    def started(self) -> datetime | None:
        """When it was first seen running."""
        return next((change.at for change in self.history if change.state is State.RUNNING), None)

    @property
    def ended(self) -> datetime | None:
        """When it ended; None while it is queued or runs."""
        return self.history[-1].at if self.history and self.state.ended else None

    def seconds(self, now: datetime | None = None) -> float:
        """How long it has run, over all its resumptions."""
        total, since = 0.0, None
        for change in self.history:
            if since is not None:
                total += (change.at - since).total_seconds()
            since = change.at if change.state is State.RUNNING else None
        if since is not None:
            total += ((now or datetime.now(UTC)) - since).total_seconds()
        return total

    @property
    def unpriced(self) -> str:
        """Why no cost is told of a job that somebody charges for; empty where nobody does, or where it is told."""
        if self.price is not None or self.launcher != "huggingface":
            return ""
        machine = f"“{self.spec.flavor}”" if self.spec.flavor else "this kind of machine"
        return f"no price is known for {machine}: Hugging Face's bill will say what it cost"

    def cost(self, now: datetime | None = None) -> float | None:
        """US dollars so far, by the price of its kind of machine; None where there is none."""
        return None if self.price is None else self.price * self.seconds(now) / 3600

    @property
    def most(self) -> float | None:
        """US dollars if it runs until its time limit; None where there is no price."""
        return None if self.price is None else self.price * self.spec.timeout_minutes / 60


class JobStore:
    """The SQLite file of jobs. Any number of sessions and processes may use it at once.

    Every method raises OutputError where it cannot be used.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        self.file = file
        self._clock = clock

    def now(self) -> float:
        """The time by which transitions are kept, in seconds."""
        return self._clock()

    def add(self, launcher: str, spec: JobSpec, *, code: str, recipe: str, price: float | None = None) -> JobRecord:
        """A new job, queued. Raises JobError where another one is at work in the same run folder."""
        name, now = uuid.uuid4().hex[:8], self._clock()
        values = (name, launcher, "", spec.run, spec.to_json(), State.QUEUED, now, code, recipe, price)
        columns = "id, launcher, place_id, run, spec, state, submitted, code, recipe, price"
        with self._connect() as db, _one_a_run(spec.run):
            db.execute(f"INSERT INTO jobs ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
            db.execute("INSERT INTO transitions VALUES (?, ?, ?)", (name, State.QUEUED, now))
        return self.get(name)

    def get(self, job: str) -> JobRecord:
        """Raises JobError where there is no such job."""
        with self._connect() as db:
            row = db.execute(f"SELECT {COLUMNS} FROM jobs WHERE id = ?", (job,)).fetchone()
            if row is None:
                raise JobError(f"There is no job “{job[:40]}”. `t2i jobs list` shows those there are.")
            return _record(row, _history(db, job))

    def list(self, *, active_only: bool = False, limit: int = 200) -> Sequence[JobRecord]:
        """The jobs, newest first."""
        where = "WHERE state IN ('queued', 'running')" if active_only else ""
        with self._connect() as db:
            rows = db.execute(
                f"SELECT {COLUMNS} FROM jobs {where} ORDER BY submitted DESC LIMIT ?", (limit,)
            ).fetchall()
            return [_record(row, _history(db, row[0])) for row in rows]

    def placed(self, job: str, place_id: str) -> None:
        """Notes what the place calls the job."""
        self._set(job, place_id=place_id)

    def move(
        self,
        job: str,
        before: State,
        after: State,
        *,
        note: str = "",
        spec: JobSpec | None = None,
        at: float | None = None,
    ) -> bool:
        """Takes a job from one state to the next and keeps when; False where somebody else moved it first.

        spec: what it is from now on; at: when it was, where that is known: now, or after its last transition

        Raises JobError where it would be the second one at work in its run folder.
        """
        with self._connect() as db, _one_a_run("its run folder"):
            moved = db.execute(
                "UPDATE jobs SET state = ?, note = ? WHERE id = ? AND state = ?", (after, note, job, before)
            )
            if not moved.rowcount:
                return False
            if spec is not None:
                db.execute("UPDATE jobs SET spec = ?, place_id = '' WHERE id = ?", (spec.to_json(), job))
            last = db.execute("SELECT max(at) FROM transitions WHERE job = ?", (job,)).fetchone()[0]
            when = self._clock() if at is None else max(last, min(at, self._clock()))
            db.execute("INSERT INTO transitions VALUES (?, ?, ?)", (job, after, when))
        return True

    def note(self, job: str, note: str) -> None:
        """Keeps a sentence about the job, in place of the last one."""
        self._set(job, note=note)

    def keep_tail(self, job: str, lines: Sequence[str]) -> None:
        """Keeps the last lines of its log: the place may forget them."""
        self._set(job, tail=json.dumps(list(lines)[-TAIL:]))

    def keep_metrics(self, job: str, lines: Sequence[Mapping[str, float]]) -> None:
        """Keeps the lines of the run's metrics, oldest first. Steps that were rolled back are forgotten."""
        if not lines:
            return
        with self._connect() as db:
            db.execute("DELETE FROM metrics WHERE job = ? AND step > ?", (job, lines[-1]["step"]))
            known = db.execute("SELECT max(step) FROM metrics WHERE job = ?", (job,)).fetchone()[0] or -1
            rows = [(job, int(line["step"]), json.dumps(dict(line))) for line in lines if line["step"] > known]
            db.executemany("INSERT OR REPLACE INTO metrics VALUES (?, ?, ?)", rows)

    def metrics(self, job: str) -> Sequence[Mapping[str, float]]:
        """The kept lines of the run's metrics, oldest first."""
        with self._connect() as db:
            rows = db.execute("SELECT line FROM metrics WHERE job = ? ORDER BY step", (job,)).fetchall()
        return [json.loads(line) for (line,) in rows]

    def forget(self, job: str) -> None:
        """Removes a job that no place has taken."""
        with self._connect() as db:
            for table, column in (("jobs", "id"), ("transitions", "job"), ("metrics", "job")):
                db.execute(f"DELETE FROM {table} WHERE {column} = ?", (job,))

    def _set(self, job: str, **values: str) -> None:
        ((column, value),) = values.items()
        with self._connect() as db:
            db.execute(f"UPDATE jobs SET {column} = ? WHERE id = ?", (value, job))

    def _connect(self) -> AbstractContextManager[sqlite3.Connection]:
        return connect(self.file, TABLES, "metrics", "The list of jobs")


def open_store() -> JobStore:
    """The jobs of this machine."""
    return JobStore(get_settings().jobs)


@contextmanager
def _one_a_run(run: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as problem:
        raise JobError(
            f"A job is at work in {run} already. Wait for it, cancel it, or choose another folder."
        ) from problem


def _history(db: sqlite3.Connection, job: str) -> tuple[Transition, ...]:
    rows = db.execute("SELECT state, at FROM transitions WHERE job = ? ORDER BY rowid", (job,)).fetchall()
    return tuple(Transition(State(state), _time(at)) for state, at in rows)


def _record(row: tuple[str, ...], history: tuple[Transition, ...]) -> JobRecord:
    name, launcher, place_id, spec, state, submitted, code, recipe, price, note, tail = row
    return JobRecord(
        id=name,
        launcher=launcher,
        place_id=place_id,
        spec=JobSpec.from_json(spec),
        state=State(state),
        submitted=_time(float(submitted)),
        code=code,
        recipe=recipe,
        price=None if price is None else float(price),
        note=note,
        tail=tuple(json.loads(tail)),
        history=history,
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
