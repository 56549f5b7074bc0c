"""Jobs on a Slurm cluster, handed over by submitit.

What is handed over is a command: the supervisor that local jobs have too, in the foreground. How the job ended stands
in its folder, which must lie on a disk that the cluster's machines share; Slurm is asked while nothing stands there.
"""

import json
import math
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Sequence

from t2i_core.errors import JobError
from t2i_core.images import atomic_write
from t2i_core.jobs.folder import End, JobFolder, Order, tail_of
from t2i_core.jobs.spec import JobSpec, State, Times
from t2i_core.jobs.supervise import CODE, HERE
from t2i_core.settings import Settings, get_settings

NAMES = re.compile(r"[0-9a-f]{12}")
PARTITION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.,-]{0,59}")
WAITING = ("PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED")
AT_WORK = ("RUNNING", "COMPLETING", "STAGE_OUT", "SUSPENDED", "STOPPED", "RESIZING", "SIGNALING")
LOST = ("FAILED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL", "BOOT_FAIL", "DEADLINE", "PREEMPTED")
STATES = {
    **dict.fromkeys(WAITING, State.QUEUED),
    **dict.fromkeys(AT_WORK, State.RUNNING),
    **dict.fromkeys(LOST, State.FAILED),
    "COMPLETED": State.SUCCEEDED,
    "CANCELLED": State.CANCELLED,
}
LATER = 2  # minutes after the supervisor's limit at which Slurm's own is set: the supervisor leaves words


class SlurmLauncher:
    """Runs jobs through sbatch; a job's flavor is the partition, and T2I_SLURM_OPTIONS holds what the cluster asks for
    besides. With cluster="local", submitit runs them on this machine, to try things out."""

    name = "slurm"

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        cluster: str = "slurm",
        command: Callable[[JobSpec], Sequence[str]] = lambda spec: spec.command(sys.executable),
    ) -> None:
        settings = settings or get_settings()
        self.folder = settings.job_files / "slurm"
        self._options = settings.slurm_options
        self._cluster = cluster
        self._command = command

    def submit(self, spec: JobSpec) -> str:
        if spec.flavor is not None and not PARTITION.fullmatch(spec.flavor):
            raise JobError(f"“{spec.flavor[:40]}” is no partition of Slurm.")
        job = uuid.uuid4().hex[:12]
        folder = JobFolder(self.folder / job)
        try:
            folder.path.mkdir(parents=True)
            folder.give(Order(job, tuple(self._command(spec)), spec.timeout_minutes))
            number = self._handed_over(folder, spec)
        except (OSError, RuntimeError, subprocess.SubprocessError) as problem:
            raise JobError(f"Slurm did not take the job: {_reason(problem)}") from problem
        atomic_write(folder.path / "slurm.json", json.dumps({"job": number}).encode())
        return job

    def status(self, job: str) -> State:
        folder = self._folder(job)
        if end := folder.end():
            return end.state
        word = self._word(folder)
        if end := folder.end():  # it may have ended while Slurm was asked
            return end.state
        state = STATES.get(word)
        if state is None or not state.ended:
            return state or (State.RUNNING if folder.begun else State.QUEUED)
        why = "" if state is State.SUCCEEDED else f"t2i: Slurm ended the job: {word.lower().replace('_', ' ')}."
        return folder.finish(End(state, why)).state

    def logs(self, job: str, last: int = 200) -> Sequence[str]:
        """The end of the job's log; where it has none, of what submitit said of its start."""
        folder = self._folder(job)
        lines = list(folder.last_lines(last))
        if not lines:
            lines = [line for file in sorted(folder.path.glob("submitit/*.err")) for line in tail_of(file, last)]
        return folder.with_its_end(lines, last)

    def times(self, job: str) -> Times:
        return self._folder(job).times()

    def cancel(self, job: str) -> None:
        if self.status(job).ended:
            return
        folder = self._folder(job)
        folder.call_off()
        if self._cluster == "local":
            if (supervisor := folder.supervisor()) is not None:
                os.kill(supervisor, signal.SIGTERM)
        else:
            _slurm("scancel", _number(folder))

    def _handed_over(self, folder: JobFolder, spec: JobSpec) -> str:
        try:
            import submitit
            from submitit.helpers import CommandFunction
        except ImportError as problem:
            raise JobError("submitit is not installed here: python -m pip install 't2i_core[slurm]'") from problem
        executor = submitit.AutoExecutor(folder=folder.path / "submitit", cluster=self._cluster)
        executor.update_parameters(**self._parameters(spec))
        supervisor = [sys.executable, "-m", "t2i_core.jobs.supervise", str(folder.path.absolute()), HERE]
        return str(executor.submit(CommandFunction(supervisor, verbose=False, cwd=CODE)).job_id)

    def _parameters(self, spec: JobSpec) -> dict[str, object]:
        """One task on one machine: the task itself starts the processes, as everywhere."""
        minutes = math.ceil(spec.timeout_minutes) + LATER
        asked: dict[str, object] = {"name": "t2i", "timeout_min": minutes, "nodes": 1, "tasks_per_node": 1}
        options = {name: value.replace("{processes}", str(spec.processes)) for name, value in self._options.items()}
        if spec.flavor is not None:
            options["partition"] = spec.flavor
        return asked | {"slurm_additional_parameters": options}

    def _word(self, folder: JobFolder) -> str:
        """What Slurm calls the job's state; nothing where it does not know it, yet or any more."""
        if self._cluster == "local":
            begun_and_gone = folder.begun and folder.supervisor() is None
            return "FAILED" if begun_and_gone else ""
        number = _number(folder)
        try:  # which asks the accounting, that some clusters do without
            said = _slurm("sacct", "--noheader", "--allocations", "--parsable2", "--format=State", f"--jobs={number}")
        except JobError:
            said = ""
        said = said or _slurm("squeue", "--noheader", "--states=all", "--format=%T", f"--jobs={number}")
        return said.split()[0] if said.split() else ""  # “CANCELLED by 1000”

    def _folder(self, job: str) -> JobFolder:
        folder = JobFolder(self.folder / job)
        if not NAMES.fullmatch(job) or not folder.path.is_dir():
            raise JobError(f"“{job[:40]}” is no job that was handed to Slurm from here.")
        return folder


def _number(folder: JobFolder) -> str:
    """What Slurm calls the job."""
    try:
        return str(int(json.loads((folder.path / "slurm.json").read_text())["job"]))
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise JobError(f"What Slurm calls the job in {folder.path} is not known: {problem}.") from problem


def _slurm(*words: str) -> str:
    """What a command of Slurm's answers."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError) as problem:
        raise JobError(f"Slurm cannot be asked: {_reason(problem)}") from problem
    return done.stdout.strip()


def _reason(problem: Exception) -> str:
    said = getattr(problem, "stderr", None) or str(problem)
    return " ".join((said.decode(errors="replace") if isinstance(said, bytes) else said).split())[:300]
