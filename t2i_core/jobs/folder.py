"""A job's folder on disk: what it is to do, who watches over it, what it printed, how it ended."""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from t2i_core.errors import JobError
from t2i_core.images import atomic_write
from t2i_core.jobs.processes import started
from t2i_core.jobs.spec import State, Times

COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
GRACE = 10.0
ENOUGH = 400  # bytes a line of a log, when its end is looked for


@dataclass(frozen=True)
class Order:
    """What a supervisor is to run.

    grace: seconds that its processes get to end by themselves, once they are told to
    at_once: how many jobs of the folders beside it may run at the same time; 0: any number
    """

    job: str
    command: tuple[str, ...]
    timeout_minutes: float
    grace: float = GRACE
    at_once: int = 0


@dataclass(frozen=True)
class End:
    """How a job ended, and why in words where it did not succeed."""

    state: State
    why: str = ""


class JobFolder:
    """The files of one job. Each is written as a whole, so that a reader at any moment finds the truth."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def log(self) -> Path:
        return self.path / "log.txt"

    def give(self, order: Order) -> None:
        atomic_write(self.path / "order.json", json.dumps(asdict(order)).encode())

    def order(self) -> Order:
        """Raises JobError where no job was ever put here."""
        fields = self._read("order.json")
        if fields is None:
            raise JobError(f"There is no job in {self.path}. Its folder was removed.")
        return Order(**{**fields, "command": tuple(fields["command"])})  # type: ignore[arg-type]

    def watched_by(self, pid: int) -> None:
        atomic_write(self.path / "supervisor.json", json.dumps({"pid": pid, "started": started(pid)}).encode())

    def supervisor(self) -> int | None:
        """The process that watches over the job; None where it is gone, though another may have its number now."""
        fields = self._read("supervisor.json") or {}
        pid = fields.get("pid")
        if not isinstance(pid, int) or fields.get("started") is None:
            return None
        return pid if started(pid) == fields["started"] else None

    def begin(self) -> None:
        atomic_write(self.path / "running", b"")

    @property
    def begun(self) -> bool:
        return (self.path / "running").exists()

    def call_off(self) -> None:
        """Notes that somebody wants the job to end, so that its end is not taken for a failure."""
        atomic_write(self.path / "cancelled", b"")

    @property
    def called_off(self) -> bool:
        return (self.path / "cancelled").exists()

    def finish(self, end: End) -> End:
        """Keeps how it ended, once: a job that was called off was cancelled, unless it had succeeded by then."""
        if self.called_off and end.state is State.FAILED:
            end = End(State.CANCELLED, "Cancelled.")
        atomic_write(self.path / "end.json", json.dumps(asdict(end)).encode())
        return end

    def end(self) -> End | None:
        fields = self._read("end.json")
        return None if fields is None else End(State(str(fields["state"])), str(fields["why"]))

    def times(self) -> Times:
        """When its files say that it began and ended."""
        return Times(*(_written(self.path / name) for name in ("running", "end.json")))

    def last_lines(self, last: int) -> Sequence[str]:
        """The end of the log."""
        return tail_of(self.log, last)

    def with_its_end(self, lines: Sequence[str], last: int) -> Sequence[str]:
        """The last of the lines, and why the job ended where they lack that: a killed supervisor prints nothing."""
        end = self.end()
        if end and end.why and (not lines or lines[-1] != end.why):
            lines = [*lines, end.why]
        return list(lines[-last:]) if last > 0 else []

    def _read(self, name: str) -> dict[str, object] | None:
        try:
            fields: dict[str, object] = json.loads((self.path / name).read_text())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as problem:
            raise JobError(f"{self.path / name} cannot be read: {problem}.") from problem
        return fields


def _written(file: Path) -> float | None:
    try:
        return file.stat().st_mtime
    except OSError:
        return None


def tail_of(log: Path, last: int) -> list[str]:
    """The last lines of a log, without colours, and of a line that overwrote itself its last state."""
    if last <= 0:
        return []
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            start = max(0, size - last * ENOUGH)
            file.seek(start)
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    lines = text.split("\n")[1 if start else 0 :]
    shown = [COLOURS.sub("", line.rstrip("\r")).rpartition("\r")[2] for line in lines]
    return (shown[:-1] if shown and not shown[-1] else shown)[-last:]
