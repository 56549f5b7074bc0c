import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from t2i_core.errors import InputError, JobError
from t2i_core.jobs.service import Jobs, open_jobs
from t2i_core.jobs.spec import JobSpec, State, Times
from t2i_core.jobs.store import JobStore
from t2i_core.settings import Settings
from tests.jobs.places import Elsewhere

LOSSES = [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.0}]


@pytest.fixture
def place() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def jobs(settings: Settings, place: Elsewhere) -> Jobs:
    return Jobs(JobStore(settings.jobs), settings, {"elsewhere": lambda settings: place})


@pytest.fixture
def spec(tmp_path: Path) -> JobSpec:
    return JobSpec("products", str(tmp_path / "run"), (str(tmp_path),))


def write_run(spec: JobSpec, step: int = 2) -> Path:
    run = Path(spec.run)
    (run / "checkpoint").mkdir(parents=True)
    (run / "checkpoint" / "progress.json").write_text(json.dumps({"step": step}))
    (run / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in LOSSES))
    return run


def test_a_job_is_kept_with_the_recipe_and_the_code_it_was_submitted_with(jobs: Jobs, spec: JobSpec) -> None:
    record = jobs.submit("elsewhere", spec)
    assert record.place_id == "place-0"
    assert 'name = "products"' in record.recipe
    assert record.code.startswith("0.1.0")
    assert jobs.list() == [record]


def test_refreshing_follows_a_job_to_its_end_and_keeps_what_it_said(
    jobs: Jobs, place: Elsewhere, spec: JobSpec
) -> None:
    job = jobs.submit("elsewhere", spec).id
    for state in (State.RUNNING, State.SUCCEEDED):
        place.states["place-0"], place.said = state, ["hello", "done"]
        jobs.refresh()
        assert jobs.get(job).state is state
    place.closed = True
    assert jobs.logs(job) == ("hello", "done")


def test_a_job_that_ran_while_nobody_was_looking_is_told_with_its_own_times(
    jobs: Jobs, place: Elsewhere, spec: JobSpec
) -> None:
    job = jobs.submit("elsewhere", spec).id
    now = jobs.store.now()
    place.states["place-0"], place.when = State.SUCCEEDED, Times(began=now + 0.2, ended=now + 0.5)
    time.sleep(0.6)
    jobs.refresh()
    assert [change.state for change in jobs.get(job).history] == [State.QUEUED, State.RUNNING, State.SUCCEEDED]
    assert jobs.get(job).seconds() == pytest.approx(0.3, abs=1e-3)


def test_metrics_outlive_the_folder_of_the_run(jobs: Jobs, place: Elsewhere, spec: JobSpec) -> None:
    job = jobs.submit("elsewhere", spec).id
    assert list(jobs.metrics(job)) == []
    run = write_run(spec)
    place.states["place-0"] = State.RUNNING
    jobs.refresh(job)
    (run / "metrics.jsonl").unlink()
    assert list(jobs.metrics(job)) == LOSSES


def test_a_failed_job_says_its_last_words_and_what_it_can_go_on_from(
    jobs: Jobs, place: Elsewhere, spec: JobSpec
) -> None:
    job = jobs.submit("elsewhere", spec).id
    write_run(spec, step=1200)
    place.states["place-0"] = State.FAILED
    place.said = ["step 1200", "Traceback (most recent call last):", "RuntimeError: out of memory", "exit code 1"]
    jobs.refresh()
    assert jobs.get(job).note == "RuntimeError: out of memory"
    words = jobs.aftermath(job).words
    assert words.startswith("Its last words: RuntimeError: out of memory")
    assert f"checkpoint of step 1,200 is whole: resumed, it goes on from there (t2i jobs resume {job})" in words


def test_one_without_a_checkpoint_says_that_it_starts_anew(jobs: Jobs, place: Elsewhere, spec: JobSpec) -> None:
    job = jobs.submit("elsewhere", spec).id
    place.states["place-0"] = State.FAILED
    jobs.refresh()
    assert "It printed nothing. It left no checkpoint" in jobs.aftermath(job).words


def test_a_place_that_cannot_be_asked_changes_nothing_but_the_note(jobs: Jobs, place: Elsewhere, spec: JobSpec) -> None:
    job = jobs.submit("elsewhere", spec).id
    place.closed = True
    jobs.refresh()
    assert jobs.get(job).state is State.QUEUED
    assert jobs.get(job).note == "Its place cannot be asked: The cluster cannot be reached."
    place.closed = False
    jobs.refresh()
    assert jobs.get(job).note == ""


def test_a_job_its_place_refuses_is_not_kept(jobs: Jobs, place: Elsewhere, spec: JobSpec) -> None:
    place.closed = True
    with pytest.raises(JobError, match="cannot be reached"):
        jobs.submit("elsewhere", spec)
    assert jobs.list() == []


def test_a_recipe_that_cannot_be_read_never_reaches_the_place(jobs: Jobs, place: Elsewhere, spec: JobSpec) -> None:
    with pytest.raises(InputError, match="There is no recipe"):
        jobs.submit("elsewhere", replace(spec, recipe="cats"))
    assert place.specs == {}


def test_cancelling_ends_a_job_once(jobs: Jobs, place: Elsewhere, spec: JobSpec) -> None:
    job = jobs.submit("elsewhere", spec).id
    assert jobs.cancel(job).state is State.CANCELLED
    assert place.states["place-0"] is State.CANCELLED
    place.closed = True
    assert jobs.cancel(job).state is State.CANCELLED


def test_resuming_goes_on_in_the_same_run_with_the_recipe_of_then(
    jobs: Jobs, place: Elsewhere, spec: JobSpec, tmp_path: Path
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('name = "mine"\n')
    job = jobs.submit("elsewhere", replace(spec, recipe=str(file))).id
    with pytest.raises(JobError, match="nothing to resume"):
        jobs.resume(job)
    place.states["place-0"] = State.FAILED
    file.write_text('name = "changed since"\n')
    record = jobs.resume(job)
    assert (record.place_id, record.state, record.spec.resume) == ("place-1", State.QUEUED, True)
    assert Path(place.specs["place-1"].recipe).read_text() == 'name = "mine"\n'
    assert place.specs["place-1"].run == spec.run


def test_a_job_that_cannot_be_resumed_has_still_ended(jobs: Jobs, place: Elsewhere, spec: JobSpec) -> None:
    job = jobs.submit("elsewhere", spec).id
    jobs.cancel(job)
    place.closed = True
    with pytest.raises(JobError, match="cannot be reached"):
        jobs.resume(job)
    assert jobs.get(job).state is State.FAILED
    assert jobs.get(job).note.startswith("It could not be resumed")


def test_a_studio_that_stopped_while_handing_a_job_over_says_so_later(settings: Settings, spec: JobSpec) -> None:
    now = [1_000.0]
    clock: Callable[[], float] = lambda: now[0]  # noqa: E731
    jobs = Jobs(JobStore(settings.jobs, clock), settings, {})
    job = jobs.store.add("elsewhere", spec, code="", recipe="").id
    jobs.refresh()
    assert jobs.get(job).state is State.QUEUED
    now[0] += 3_600
    jobs.refresh()
    assert jobs.get(job).state is State.FAILED
    assert "before the place had taken it" in jobs.get(job).note


def test_an_unknown_place_names_the_known_ones() -> None:
    with pytest.raises(JobError, match="local, ray, huggingface, slurm"):
        open_jobs().launcher("moon")


def test_a_folder_that_holds_a_run_is_not_trained_over(spec: JobSpec) -> None:
    write_run(spec)
    with pytest.raises(JobError, match="already holds a run"):
        open_jobs().submit("local", spec)
