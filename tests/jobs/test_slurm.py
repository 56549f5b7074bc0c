"""Slurm jobs: through submitit's local executor, and through commands that stand in for a cluster's."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from t2i_core.errors import JobError
from t2i_core.jobs.folder import JobFolder, Order
from t2i_core.jobs.processes import processes_of
from t2i_core.jobs.slurm import SlurmLauncher
from t2i_core.jobs.spec import JobSpec, State
from t2i_core.jobs.supervise import HERE
from t2i_core.settings import Settings

SPEC = JobSpec("products", "/nowhere", ("/data",), processes=2, timeout_minutes=2)
WAITS = "import time; print('at work', flush=True); time.sleep(600)"

SBATCH = """
import os, subprocess, sys
from pathlib import Path
here = Path(os.environ["FAKE_SLURM"])
if (here / "refuses").exists():
    sys.exit("sbatch: error: invalid partition specified")
number = str(41 + len(list(here.glob("*.pid"))) + 1)
(here / "script").write_text(Path(sys.argv[1]).read_text())
if (here / "full").exists():
    (here / f"{number}.state").write_text("PENDING")
    (here / f"{number}.pid").write_text("0")
else:
    environment = {**os.environ, "SLURM_JOB_ID": number, "SLURM_NTASKS": "1"}
    job = subprocess.Popen(["bash", sys.argv[1]], env=environment, start_new_session=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (here / f"{number}.pid").write_text(str(job.pid))
    (here / f"{number}.state").write_text("RUNNING")
print(f"Submitted batch job {number}")
"""
SRUN = """
import os, sys
words = sys.argv[1:]
while words[0].startswith("--"):
    words = words[1:] if words[0] == "--unbuffered" else words[2:]
os.execvp(words[0], words)
"""
ASKED = """
import os, sys
from pathlib import Path
here = Path(os.environ["FAKE_SLURM"])
if NAME == "sacct" and (here / "no accounting").exists():
    sys.exit("Slurm accounting storage is disabled")
number = next(word for word in sys.argv if word.startswith("--jobs=")).removeprefix("--jobs=")
print((here / f"{number}.state").read_text())
"""
SCANCEL = """
import os, signal, sys
from pathlib import Path
here = Path(os.environ["FAKE_SLURM"])
pid = int((here / f"{sys.argv[1]}.pid").read_text())
if pid:
    os.killpg(pid, signal.SIGTERM)
(here / f"{sys.argv[1]}.state").write_text("CANCELLED by 1000")
"""


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a made-up cluster's state; its commands come first on the path."""
    commands, state = tmp_path / "bin", tmp_path / "cluster"
    commands.mkdir()
    state.mkdir()
    programs = {"sbatch": SBATCH, "srun": SRUN, "scancel": SCANCEL, "sacct": ASKED, "squeue": ASKED}
    for name, program in programs.items():
        file = commands / name
        file.write_text(f"#!{sys.executable}\nNAME = {name!r}\n{program}")
        file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_SLURM", str(state))
    return state


def launcher(settings: Settings, code: str, cluster: str = "slurm") -> SlurmLauncher:
    return SlurmLauncher(settings, cluster=cluster, command=lambda spec: [sys.executable, "-c", code])


def wait_until(condition: Callable[[], object], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def test_submitits_local_executor_runs_a_job_that_a_new_launcher_still_sees(settings: Settings) -> None:
    job = launcher(settings, "print('hello')", "local").submit(SPEC)
    again = SlurmLauncher(settings, cluster="local")
    wait_until(lambda: again.status(job).ended)
    assert again.status(job) is State.SUCCEEDED
    assert list(again.logs(job)) == ["hello", "The training is done."]


def test_a_job_that_crashes_there_has_failed_and_shows_why(settings: Settings) -> None:
    place = launcher(settings, "import sys; sys.exit('t2i: no data')", "local")
    job = place.submit(SPEC)
    wait_until(lambda: place.status(job).ended)
    assert place.status(job) is State.FAILED
    assert list(place.logs(job)) == ["t2i: no data", "The training ended with exit code 1."]


def test_a_cluster_runs_a_job_with_the_partition_and_options_that_were_asked_for(
    settings: Settings, cluster: Path
) -> None:
    settings = settings.model_copy(update={"slurm_options": {"gres": "gpu:{processes}", "account": "a shop's"}})
    place = launcher(settings, "print('hello')")
    job = place.submit(JobSpec(**{**vars(SPEC), "flavor": "gpu-long"}))
    wait_until(lambda: place.status(job).ended)
    assert place.status(job) is State.SUCCEEDED
    assert list(place.logs(job)) == ["hello", "The training is done."]
    script = (cluster / "script").read_text()
    assert "#SBATCH --partition=gpu-long\n" in script
    assert "#SBATCH --gres=gpu:2\n" in script
    assert "#SBATCH --time=4\n" in script
    assert """--account='a shop'"'"'s'\n""" in script


def test_cancelling_reaches_the_cluster_and_every_process(settings: Settings, cluster: Path) -> None:
    place = launcher(settings, WAITS)
    job = place.submit(SPEC)
    wait_until(lambda: list(place.logs(job)) == ["at work"])
    assert place.status(job) is State.RUNNING
    place.cancel(job)
    wait_until(lambda: place.status(job).ended)
    assert place.status(job) is State.CANCELLED
    wait_until(lambda: not processes_of(job))
    place.cancel(job)


def test_a_waiting_job_is_queued_and_can_be_cancelled(settings: Settings, cluster: Path) -> None:
    (cluster / "full").touch()
    place = launcher(settings, WAITS)
    job = place.submit(SPEC)
    assert place.status(job) is State.QUEUED
    place.cancel(job)
    assert place.status(job) is State.CANCELLED


def test_what_slurm_ends_without_a_word_is_told_in_its_own(settings: Settings, cluster: Path) -> None:
    (cluster / "full").touch()
    (cluster / "no accounting").touch()
    place = launcher(settings, WAITS)
    job = place.submit(SPEC)
    (cluster / "42.state").write_text("OUT_OF_MEMORY")
    assert place.status(job) is State.FAILED
    assert list(place.logs(job)) == ["t2i: Slurm ended the job: out of memory."]
    (cluster / "42.state").write_text("COMPLETED")
    assert place.status(job) is State.FAILED


def test_a_job_that_is_preempted_goes_on_where_it_stood_when_it_is_started_again(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path / "job")
    folder.path.mkdir()
    program = "import sys, time; print(sys.argv[1:], flush=True); time.sleep(0 if '--resume' in sys.argv else 600)"
    folder.give(Order("preempted", (sys.executable, "-c", program, "train"), timeout_minutes=1, grace=0.5))
    supervisor = [sys.executable, "-m", "t2i_core.jobs.supervise", str(folder.path), HERE]
    first = subprocess.Popen(supervisor)
    wait_until(lambda: list(folder.last_lines(9)) == ["['train']"])
    first.terminate()
    assert first.wait(60) == 1
    assert folder.end() is None
    assert subprocess.run(supervisor).returncode == 0
    assert list(folder.last_lines(2)) == ["['train', '--resume']", "The training is done."]


def test_a_partition_that_is_refused_is_said_in_slurms_words(settings: Settings, cluster: Path) -> None:
    (cluster / "refuses").touch()
    with pytest.raises(JobError, match="invalid partition specified"):
        launcher(settings, WAITS).submit(SPEC)


@pytest.mark.parametrize("flavor", ["gpu\necho", "gpu; rm", "--wrap=x", "$(id)"])
def test_a_partition_cannot_smuggle_a_line_into_the_script(settings: Settings, cluster: Path, flavor: str) -> None:
    with pytest.raises(JobError, match="is no partition"):
        launcher(settings, WAITS).submit(JobSpec(**{**vars(SPEC), "flavor": flavor}))
    assert not (cluster / "script").exists()


def test_a_machine_without_slurm_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(JobError, match=r"Slurm did not take the job: .*srun"):
        launcher(settings, WAITS).submit(SPEC)


def test_an_id_that_is_none_leads_nowhere(settings: Settings) -> None:
    for job in ("../../etc", "", "0123456789ab"):
        with pytest.raises(JobError, match="no job that was handed to Slurm"):
            launcher(settings, WAITS).status(job)
