"""Finding and ending the processes of a job, whichever of them is still there.

Process groups do not hold a job together: torch starts each of its workers in a session of its own, and a killed parent
leaves its children to others. So every process of a job carries the job's name in its environment.
"""

import signal
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

MARK = "T2I_JOB"


def started(pid: int) -> str | None:
    """When a process began, as a word that another process under the same number cannot have; None where there is none.

    Linux counts from the boot, so that setting the clock changes nothing.
    """
    try:
        process = psutil.Process(pid)
        if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
            return None
        if psutil.LINUX:
            since_boot = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
            return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {since_boot}"
        return str(process.create_time())
    except (psutil.Error, OSError):
        return None


def processes_of(job: str) -> list[psutil.Process]:
    """The living processes of a job."""
    return [process for process in psutil.process_iter() if _mark_of(process) == job]


def end_all(job: str, grace: float) -> None:
    """Asks the processes of a job to end, and kills what is left after `grace` seconds."""
    _send(processes_of(job), signal.SIGTERM)
    until = time.monotonic() + grace
    while (left := processes_of(job)) and time.monotonic() < until:
        time.sleep(0.05)
    while left:
        _send(left, signal.SIGKILL)
        time.sleep(0.05)
        left = processes_of(job)


def _mark_of(process: psutil.Process) -> str | None:
    try:
        return str(process.environ().get(MARK, "")) or None
    except (psutil.Error, OSError):
        return None  # somebody else's, or gone


def _send(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.Error:
            continue  # gone meanwhile
