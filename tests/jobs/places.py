"""A place that runs nothing: a test says what becomes of its jobs. And job specs that train in seconds."""

from collections.abc import Sequence
from pathlib import Path

from t2i_core.errors import JobError
from t2i_core.jobs.spec import JobSpec, State, Times

SMALL = (
    'data=["products.parquet"]', "vocab_size=60", "loop.steps=4", "loop.batch=4", "loop.log_every=1",
    "network.image_size=32", "network.widths=[32]", "network.cond_dim=32", "network.text_dim=48",
)  # fmt: skip


def small(data: Path, run: Path, *more: str, processes: int = 1, timeout_minutes: float = 5.0) -> JobSpec:
    """A training of four steps on the made-up catalogue in the folder `data`."""
    return JobSpec(
        "products", str(run), (str(data),), (*SMALL, *more), processes=processes, timeout_minutes=timeout_minutes
    )


class Elsewhere:
    """Takes every job, unless it is closed."""

    name = "elsewhere"

    def __init__(self) -> None:
        self.states: dict[str, State] = {}
        self.specs: dict[str, JobSpec] = {}
        self.said: Sequence[str] = ()
        self.closed = False
        self.when = Times()

    def submit(self, spec: JobSpec) -> str:
        self._reach()
        job = f"place-{len(self.states)}"
        self.states[job], self.specs[job] = State.QUEUED, spec
        return job

    def status(self, job: str) -> State:
        self._reach()
        return self.states[job]

    def logs(self, job: str, last: int = 200) -> Sequence[str]:
        self._reach()
        return self.said[-last:]

    def cancel(self, job: str) -> None:
        self._reach()
        self.states[job] = State.CANCELLED

    def times(self, job: str) -> Times:
        self._reach()
        return self.when

    def _reach(self) -> None:
        if self.closed:
            raise JobError("The cluster cannot be reached.")
