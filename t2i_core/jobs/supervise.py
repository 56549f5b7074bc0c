"""`python -m t2i_core.jobs.supervise FOLDER`: runs one job, and writes down how it ended.

It lives apart from the studio, which may be restarted meanwhile: it waits for its turn, keeps the time limit, and
leaves no process of the job behind. It imports nothing heavy, because it is there as long as the job.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import IO

from t2i_core.jobs.folder import End, JobFolder, Order
from t2i_core.jobs.processes import MARK, end_all
from t2i_core.jobs.spec import State

HERE = "--here"  # in the process that was started, rather than apart from it
RESUME = "--resume"
UNTOLD = frozenset({"T2I_ADMIN_TOKEN"})  # a training has no use for the word that lets visitors train
CODE = Path(__file__).resolve().parents[2]


class Told(Exception):
    """Somebody wants this process to end."""


def main(argv: Sequence[str]) -> int:
    """Gives the job's exit code, or 0 at once where it goes on apart from this process."""
    folder, here = JobFolder(Path(argv[0])), HERE in argv
    if here:
        _print_into(folder.log)
        folder.watched_by(os.getpid())
    elif not _apart(folder):
        return 0
    end = supervise(folder, requeued=here)
    return 0 if end.state is State.SUCCEEDED else 1


def supervise(folder: JobFolder, *, requeued: bool = False) -> End:
    """Runs the job of the folder to its end, whichever that is, and keeps it there.

    requeued: whether a place that ends the job may start it once more, in which case it goes on where it stood, and
    being told to end is not its end
    """
    order, told = folder.order(), False
    if requeued and folder.begun:
        order = replace(order, command=(*order.command, *({RESUME} - set(order.command))))
    signal.signal(signal.SIGTERM, _tell)
    try:
        with _turn(folder.path.parent / "turns", order.at_once):
            folder.begin()
            end = _run(order)
    except Told:
        told = True
        end = End(State.FAILED, "t2i: The job was told to end (SIGTERM).")
    except OSError as problem:
        end = End(State.FAILED, f"t2i: The job could not be started: {problem}.")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        end_all(order.job, order.grace)
    if not (requeued and told and not folder.called_off):
        end = folder.finish(end)
    print(end.why, flush=True)
    return end


def _run(order: Order) -> End:
    environment = {name: value for name, value in os.environ.items() if name not in UNTOLD}
    environment |= {MARK: order.job, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(order.command, cwd=CODE, env=environment, stdin=subprocess.DEVNULL)
    try:
        code = process.wait(60 * order.timeout_minutes)
    except subprocess.TimeoutExpired:
        return End(State.FAILED, f"t2i: The time limit of {order.timeout_minutes:g} minutes was reached.")
    if code:
        return End(State.FAILED, f"The training ended with exit code {code}.")
    return End(State.SUCCEEDED, "The training is done.")


@contextmanager
def _turn(folder: Path, at_once: int) -> Iterator[None]:
    """Waits until fewer than `at_once` jobs run here; those that wait are let in one by one, in the order they came.

    The locks are the system's: a supervisor that dies leaves none behind.
    """
    with ExitStack() as held:
        if at_once:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / "next").open("w") as turnstile:
                fcntl.flock(turnstile, fcntl.LOCK_EX)
                places = [held.enter_context((folder / str(number)).open("w")) for number in range(at_once)]
                while not any(_taken(place) for place in places):
                    time.sleep(0.2)
        yield


def _taken(place: IO[str]) -> bool:
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _print_into(log: Path) -> None:
    """Sends what this process and those it starts will print to a file."""
    with log.open("ab") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())


def _apart(folder: JobFolder) -> bool:
    """Splits this process in two: True in the one that goes on in a session of its own, once the other wrote who it is.

    The other ends then, so that nobody has to wait for the one that goes on.
    """
    child = os.fork()
    if child:
        folder.watched_by(child)
        return False
    os.setsid()
    return True


def _tell(number: int, frame: FrameType | None) -> None:
    raise Told


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
