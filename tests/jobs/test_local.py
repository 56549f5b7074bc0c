"""Jobs of this machine, with small commands in place of trainings: `test_training.py` trains for real."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from t2i_core.errors import JobError
from t2i_core.jobs.folder import JobFolder
from t2i_core.jobs.local import LocalLauncher
from t2i_core.jobs.processes import end_all, processes_of, started
from t2i_core.jobs.spec import JobSpec, State
from t2i_core.settings import Settings

SPEC = JobSpec("products", "/nowhere", ("/data",))
WAITS = "import time; print('at work', flush=True); time.sleep(600)"
# What torch does with its workers: a child in a session of its own. Neither heeds a polite request.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if len(sys.argv) == 1:
    subprocess.Popen([sys.executable, __file__, "child"], start_new_session=True)
print("up", flush=True)
time.sleep(600)
"""

Make = Callable[..., LocalLauncher]


@pytest.fixture
def make(settings: Settings) -> Iterator[Make]:
    """Launchers of this test's home whose jobs run a piece of Python; whatever is left of them is ended afterwards."""

    def launcher(code: str | Sequence[str], **changed: object) -> LocalLauncher:
        command = [sys.executable, "-c", code] if isinstance(code, str) else code
        return LocalLauncher(settings.model_copy(update=changed), grace=0.5, command=lambda spec: command)

    yield launcher
    for folder in (settings.job_files / "local").glob("*/order.json"):
        if supervisor := JobFolder(folder.parent).supervisor():
            os.kill(supervisor, signal.SIGKILL)
        end_all(folder.parent.name, grace=0)


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def ended(launcher: LocalLauncher, job: str) -> State:
    wait_until(lambda: launcher.status(job).ended)
    return launcher.status(job)


def test_a_job_runs_to_its_end_and_keeps_what_it_printed(make: Make) -> None:
    launcher = make("import os; print('hello from', os.environ['T2I_JOB'])")
    job = launcher.submit(SPEC)
    assert ended(launcher, job) is State.SUCCEEDED
    assert launcher.logs(job) == [f"hello from {job}", "The training is done."]
    assert launcher.logs(job, last=1) == ["The training is done."]
    assert launcher.logs(job, last=0) == []


def test_a_job_is_not_told_the_word_that_lets_visitors_train(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("T2I_ADMIN_TOKEN", "let me in please")
    launcher = make("import os; print('T2I_ADMIN_TOKEN' in os.environ)")
    job = launcher.submit(SPEC)
    assert ended(launcher, job) is State.SUCCEEDED
    assert launcher.logs(job)[0] == "False"


def test_a_job_that_crashes_has_failed_and_shows_why(make: Make) -> None:
    launcher = make("import sys; print('t2i: no data', file=sys.stderr); sys.exit(2)")
    job = launcher.submit(SPEC)
    assert ended(launcher, job) is State.FAILED
    assert launcher.logs(job) == ["t2i: no data", "The training ended with exit code 2."]


def test_a_program_that_is_not_there_is_a_failure_too(make: Make) -> None:
    launcher = make(["/no/such/program"])
    assert ended(launcher, job := launcher.submit(SPEC)) is State.FAILED
    assert "could not be started" in launcher.logs(job)[-1]


def test_it_outlives_the_studio_and_a_new_one_still_sees_it(make: Make, settings: Settings, tmp_path: Path) -> None:
    go = tmp_path / "go"
    waits = f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists(): time.sleep(0.02)"
    program = (
        "import sys; from t2i_core.jobs.local import LocalLauncher; from t2i_core.jobs.spec import JobSpec;"
        "launcher = LocalLauncher(command=lambda spec: [sys.executable, '-c', sys.argv[1]]);"
        "print(launcher.submit(JobSpec('products', '/nowhere', ('/data',))))"
    )
    job = subprocess.run(
        [sys.executable, "-c", program, waits], capture_output=True, text=True, check=True
    ).stdout.strip()
    launcher = make("")
    wait_until(lambda: launcher.status(job) is State.RUNNING)
    supervisor = JobFolder(launcher.folder / job).supervisor()
    assert supervisor is not None
    assert os.getsid(supervisor) == supervisor
    go.touch()
    assert ended(launcher, job) is State.SUCCEEDED


def test_cancelling_ends_every_process_of_a_job_in_whatever_session(make: Make, tmp_path: Path) -> None:
    program = tmp_path / "stubborn.py"
    program.write_text(STUBBORN)
    launcher = make([sys.executable, str(program)])
    job = launcher.submit(SPEC)
    wait_until(lambda: list(launcher.logs(job)) == ["up", "up"])
    assert len(processes_of(job)) == 2
    launcher.cancel(job)
    assert launcher.status(job) is State.CANCELLED
    assert processes_of(job) == []
    launcher.cancel(job)
    assert launcher.status(job) is State.CANCELLED


def test_a_killed_supervisor_is_noticed_and_nothing_of_the_job_stays(make: Make) -> None:
    launcher = make(WAITS)
    job = launcher.submit(SPEC)
    wait_until(lambda: processes_of(job) and launcher.logs(job))
    supervisor = JobFolder(launcher.folder / job).supervisor()
    assert supervisor is not None
    os.kill(supervisor, signal.SIGKILL)
    assert ended(launcher, job) is State.FAILED
    assert processes_of(job) == []
    assert list(launcher.logs(job)) == [
        "at work",
        "t2i: The job was ended from outside: its supervisor is gone, or the machine was restarted.",
    ]


def test_another_process_under_the_same_number_is_not_taken_for_the_supervisor(make: Make) -> None:
    launcher = make("")
    job = launcher.submit(SPEC)
    ended(launcher, job)
    folder = JobFolder(launcher.folder / job)
    (folder.path / "end.json").unlink()
    note = folder.path / "supervisor.json"
    note.write_text(f'{{"pid": {os.getpid()}, "started": "an earlier boot 17"}}')
    assert folder.supervisor() is None
    assert launcher.status(job) is State.FAILED


def test_the_time_limit_ends_a_job(make: Make) -> None:
    launcher = make(WAITS)
    job = launcher.submit(JobSpec("products", "/nowhere", ("/data",), timeout_minutes=0.005))
    assert ended(launcher, job) is State.FAILED
    assert launcher.logs(job)[-1] == "t2i: The time limit of 0.005 minutes was reached."
    assert processes_of(job) == []


def test_jobs_wait_for_their_turn_and_can_be_cancelled_meanwhile(make: Make) -> None:
    launcher = make(WAITS, local_jobs=1)
    first = launcher.submit(SPEC)
    wait_until(lambda: launcher.status(first) is State.RUNNING)
    second, third = launcher.submit(SPEC), launcher.submit(SPEC)
    assert launcher.status(second) is State.QUEUED
    launcher.cancel(second)
    assert launcher.status(second) is State.CANCELLED
    assert list(launcher.logs(second)) == ["Cancelled."]
    launcher.cancel(first)
    wait_until(lambda: launcher.status(third) is State.RUNNING)
    launcher.cancel(third)


def test_several_may_run_at_once_where_the_machine_is_large(make: Make) -> None:
    launcher = make(WAITS, local_jobs=2)
    jobs = [launcher.submit(SPEC) for _ in range(2)]
    wait_until(lambda: all(launcher.status(job) is State.RUNNING for job in jobs))


@pytest.mark.parametrize("job", ["../../etc", "", "zz", "0123456789ab"])
def test_an_id_that_is_none_leads_nowhere(make: Make, job: str) -> None:
    launcher = make("")
    for ask in (launcher.status, launcher.logs, launcher.cancel):
        with pytest.raises(JobError):
            ask(job)


def test_a_process_is_known_by_when_it_started_and_a_dead_one_not_at_all() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    birth = started(child.pid)
    assert birth
    assert birth == started(child.pid) != started(os.getpid())
    child.kill()
    wait_until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE)
    assert started(child.pid) is None
    child.communicate()
    assert started(child.pid) is None
