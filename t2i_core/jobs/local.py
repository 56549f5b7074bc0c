"""Jobs on this machine: apart from the studio, which may be stopped and started while they run."""

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from t2i_core.errors import JobError
from t2i_core.jobs.folder import GRACE, End, JobFolder, Order
from t2i_core.jobs.processes import end_all
from t2i_core.jobs.spec import JobSpec, State, Times
from t2i_core.jobs.supervise import CODE
from t2i_core.settings import Settings, get_settings

NAMES = re.compile(r"[0-9a-f]{12}")


class LocalLauncher:
    """Runs jobs on this machine, T2I_LOCAL_JOBS at once and the others after them. Its state is in folders alone."""

    name = "local"

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        grace: float = GRACE,
        command: Callable[[JobSpec], Sequence[str]] = lambda spec: spec.command(sys.executable),
    ) -> None:
        settings = settings or get_settings()
        self.folder = settings.job_files / "local"
        self._at_once = settings.local_jobs
        self._grace = grace
        self._command = command

    def submit(self, spec: JobSpec) -> str:
        job = uuid.uuid4().hex[:12]
        folder = JobFolder(self.folder / job)
        order = Order(job, tuple(self._command(spec)), spec.timeout_minutes, self._grace, self._at_once)
        try:
            folder.path.mkdir(parents=True)
            folder.give(order)
            _start(folder)
        except (OSError, subprocess.SubprocessError) as problem:
            raise JobError(f"The job cannot be started on this machine: {problem}.") from problem
        return job

    def status(self, job: str) -> State:
        """Where it stands. A job whose supervisor is gone without a word has failed; what is left of it is ended, so
        that it can be resumed without two processes writing to one run."""
        folder = self._folder(job)
        order = folder.order()
        watched = folder.supervisor() is not None  # asked for before the end: it writes that down before it leaves
        if end := folder.end():
            return end.state
        if watched:
            return State.RUNNING if folder.begun else State.QUEUED
        end_all(order.job, self._grace)
        why = "t2i: The job was ended from outside: its supervisor is gone, or the machine was restarted."
        return folder.finish(End(State.FAILED, why)).state

    def logs(self, job: str, last: int = 200) -> Sequence[str]:
        folder = self._folder(job)
        folder.order()
        return folder.with_its_end(folder.last_lines(last), last)

    def times(self, job: str) -> Times:
        return self._folder(job).times()

    def cancel(self, job: str) -> None:
        if self.status(job).ended:
            return
        folder = self._folder(job)
        folder.call_off()
        self._signal(folder, signal.SIGTERM)
        until = time.monotonic() + self._grace + 5
        while not self.status(job).ended:
            if time.monotonic() > until:
                self._signal(folder, signal.SIGKILL)
            time.sleep(0.05)

    def _signal(self, folder: JobFolder, number: signal.Signals) -> None:
        if (supervisor := folder.supervisor()) is not None:
            with suppress(ProcessLookupError):  # it may end between the two
                os.kill(supervisor, number)

    def _folder(self, job: str) -> JobFolder:
        if not NAMES.fullmatch(job):
            raise JobError(f"“{job[:40]}” is no job of this machine.")
        return JobFolder(self.folder / job)


def _start(folder: JobFolder) -> None:
    """Starts the supervisor, which lives on when this process ends, and returns when it is known who that is."""
    with folder.log.open("ab") as log:
        subprocess.run(
            [sys.executable, "-m", "t2i_core.jobs.supervise", str(Path(folder.path).absolute())],
            cwd=CODE,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=True,
            timeout=60,
        )
