"""Trainings for real: on a made-up catalogue, in processes of their own, as the page and the CLI start them."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from t2i_core.errors import JobError
from t2i_core.jobs.local import LocalLauncher
from t2i_core.jobs.processes import processes_of
from t2i_core.jobs.service import Jobs, open_jobs
from t2i_core.jobs.spec import State
from tests.jobs.places import small
from tests.training.made_up import write_catalogue


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_catalogue(folder / "products.parquet", training=120)
    return folder


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    jobs = open_jobs()
    yield jobs
    for record in jobs.list():
        jobs.cancel(record.id)


def wait_until(condition: Callable[[], object], seconds: float = 240) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def outcome(jobs: Jobs, job: str) -> State:
    def over() -> bool:
        jobs.refresh(job)
        return jobs.get(job).state.ended

    wait_until(over)
    return jobs.get(job).state


@pytest.mark.parametrize("processes", [1, 2])
def test_a_training_succeeds_in_one_process_or_two(jobs: Jobs, data: Path, tmp_path: Path, processes: int) -> None:
    run = tmp_path / "run"
    job = jobs.submit("local", small(data, run, processes=processes)).id
    assert outcome(jobs, job) is State.SUCCEEDED, jobs.logs(job)
    assert [line["step"] for line in jobs.metrics(job)] == [1, 2, 3, 4]
    assert (run / "checkpoint" / "ema.safetensors").is_file()
    seen = open_jobs().get(job)  # as a studio that was started later sees it
    assert [change.state for change in seen.history] == [State.QUEUED, State.RUNNING, State.SUCCEEDED]
    assert list(seen.tail).count(str(run)) == processes  # each of them says where it trained
    with pytest.raises(JobError, match="already holds a run"):
        jobs.submit("local", small(data, run))


def test_a_training_without_its_data_fails_in_a_sentence(jobs: Jobs, tmp_path: Path) -> None:
    job = jobs.submit("local", small(tmp_path, tmp_path / "run")).id
    assert outcome(jobs, job) is State.FAILED
    assert jobs.get(job).note.startswith("t2i: There is no ")
    assert "It left no checkpoint" in jobs.aftermath(job).words


def test_a_killed_training_is_noticed_and_goes_on_from_its_checkpoint(jobs: Jobs, data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    job = jobs.submit("local", small(data, run, "loop.steps=40", "loop.checkpoint_minutes=0.0001")).id
    wait_until(lambda: (run / "checkpoint" / "progress.json").is_file())
    trainers = [p for p in processes_of(jobs.get(job).place_id) if "t2i_core.cli" in p.cmdline()]
    launch = [p for p in trainers if "t2i_core.jobs.launch" not in p.cmdline()]
    os.kill(launch[-1].pid, signal.SIGKILL)
    assert outcome(jobs, job) is State.FAILED
    assert "killed by SIGKILL" in jobs.get(job).note
    left = jobs.aftermath(job)
    assert left.step is not None
    assert 0 < left.step < 40
    assert f"checkpoint of step {left.step} is whole" in left.words
    jobs.resume(job)
    assert outcome(jobs, job) is State.SUCCEEDED, jobs.logs(job)
    assert [line["step"] for line in jobs.metrics(job)] == list(range(1, 41))
    launcher = jobs.launcher("local")
    assert isinstance(launcher, LocalLauncher)
    assert len(list(launcher.folder.glob("*/end.json"))) == 2
