from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from t2i_core.errors import JobError, OutputError
from t2i_core.jobs.spec import JobSpec, State
from t2i_core.jobs.store import JobRecord, JobStore

SPEC = JobSpec("products", "/runs/a", ("/data",), ("loop.batch=8",), minutes=2.0, timeout_minutes=90.0)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Callable[[], float]) -> JobStore:
    return JobStore(tmp_path / "home" / "jobs.sqlite", clock)


def added(store: JobStore, spec: JobSpec = SPEC, price: float | None = None) -> JobRecord:
    return store.add("local", spec, code="1.0 (abc)", recipe='name = "products"', price=price)


def test_another_process_sees_a_job_as_it_was_submitted(store: JobStore) -> None:
    record = added(store)
    store.placed(record.id, "place-7")
    again = JobStore(store.file).get(record.id)
    assert again.spec == SPEC
    assert (again.place_id, again.state, again.code) == ("place-7", State.QUEUED, "1.0 (abc)")
    assert again.recipe == 'name = "products"'
    assert (again.started, again.ended, again.cost()) == (None, None, None)


def test_states_are_kept_with_their_times_and_a_pause_is_not_paid_for(store: JobStore, clock: Clock) -> None:
    job = added(store, price=3.6).id
    steps = [(State.RUNNING, 10), (State.FAILED, 60), (State.QUEUED, 500), (State.RUNNING, 5), (State.SUCCEEDED, 40)]
    state = State.QUEUED
    for after, seconds in steps:
        clock.now += seconds
        assert store.move(job, state, after)
        state = after
    record = store.get(job)
    assert [change.state for change in record.history] == [State.QUEUED, *(after for after, _ in steps)]
    assert record.history[2].at - record.history[1].at == timedelta(seconds=60)
    assert record.seconds() == 100
    assert record.cost() == pytest.approx(0.1)
    assert record.most == pytest.approx(5.4)
    assert record.ended == record.history[-1].at


def test_the_newest_job_comes_first(store: JobStore, clock: Clock) -> None:
    first = added(store).id
    clock.now += 1
    second = added(store, JobSpec("shoes", "/runs/b", ("/data",))).id
    assert [record.id for record in store.list()] == [second, first]
    store.move(first, State.QUEUED, State.FAILED)
    assert [record.id for record in store.list(active_only=True)] == [second]


def test_a_run_folder_has_one_job_at_work(store: JobStore) -> None:
    first = added(store)
    with pytest.raises(JobError, match="at work in /runs/a already"):
        added(store)
    store.move(first.id, State.QUEUED, State.FAILED)
    second = added(store)
    with pytest.raises(JobError, match="at work"):
        store.move(first.id, State.FAILED, State.QUEUED, spec=SPEC)
    assert {store.get(first.id).state, store.get(second.id).state} == {State.FAILED, State.QUEUED}


def test_of_two_who_move_a_job_at_once_one_does(store: JobStore) -> None:
    job = added(store).id
    assert store.move(job, State.QUEUED, State.RUNNING)
    assert not store.move(job, State.QUEUED, State.CANCELLED)
    assert store.get(job).state is State.RUNNING


def test_metrics_of_steps_that_were_rolled_back_are_forgotten(store: JobStore) -> None:
    job = added(store).id
    store.keep_metrics(job, [{"step": 1, "loss": 3.0}, {"step": 2, "loss": 2.0}])
    store.keep_metrics(job, [{"step": 1, "loss": 3.0}])
    store.keep_metrics(job, [{"step": 1, "loss": 3.0}, {"step": 2, "loss": 1.5}, {"step": 3, "loss": 1.0}])
    assert [line["loss"] for line in store.metrics(job)] == [3.0, 1.5, 1.0]
    store.keep_metrics(job, [])
    assert len(store.metrics(job)) == 3


def test_an_unknown_job_says_where_to_look(store: JobStore) -> None:
    with pytest.raises(JobError, match=r"There is no job “nope”.*t2i jobs list"):
        store.get("nope")


def test_a_damaged_file_says_what_to_do(store: JobStore) -> None:
    store.file.parent.mkdir()
    store.file.write_bytes(b"no database" * 100)
    with pytest.raises(OutputError, match=r"is damaged\. Move it away"):
        store.list()
