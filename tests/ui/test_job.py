import threading

import pytest

from t2i_core.errors import Cancelled, InputError
from t2i_core.ui.job import Job, OnStep

PATIENCE = 20.0


def test_work_ends_with_its_result() -> None:
    job = Job(lambda on_step: 42)
    assert job.wait(PATIENCE)
    assert job.outcome() == 42


def test_a_running_job_tells_its_steps() -> None:
    told, go_on = threading.Event(), threading.Event()

    def work(on_step: OnStep) -> None:
        on_step(3, 8)
        told.set()
        go_on.wait(PATIENCE)

    job = Job(work)
    assert told.wait(PATIENCE)
    assert job.steps == (3, 8)
    assert not job.wait(0)
    go_on.set()
    assert job.wait(PATIENCE)


def test_a_cancelled_job_stops_at_its_next_step() -> None:
    started, cancelled, reached = threading.Event(), threading.Event(), []

    def work(on_step: OnStep) -> None:
        for step in range(1, 6):
            on_step(step, 5)
            reached.append(step)
            started.set()
            cancelled.wait(PATIENCE)

    job = Job(work)
    assert started.wait(PATIENCE)
    job.cancel()
    cancelled.set()
    assert job.wait(PATIENCE)
    assert reached == [1]
    with pytest.raises(Cancelled, match="Stopped after step 2 of 5"):
        job.outcome()


def test_a_job_cancelled_after_its_last_step_keeps_its_result() -> None:
    last, cancelled = threading.Event(), threading.Event()

    def work(on_step: OnStep) -> str:
        last.set()
        cancelled.wait(PATIENCE)
        on_step(5, 5)
        return "done"

    job = Job(work)
    assert last.wait(PATIENCE)
    job.cancel()
    cancelled.set()
    assert job.wait(PATIENCE)
    assert job.outcome() == "done"


@pytest.mark.parametrize("problem", [InputError("mend it"), ZeroDivisionError("a bug")])
def test_what_the_work_raised_is_raised_where_it_is_asked_for(problem: Exception) -> None:
    def work(on_step: OnStep) -> None:
        raise problem

    job = Job(work)
    assert job.wait(PATIENCE)
    with pytest.raises(type(problem), match=str(problem)):
        job.outcome()
