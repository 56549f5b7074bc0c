"""What a training job is, what can become of it, and what every place that runs jobs can do."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in (State.SUCCEEDED, State.FAILED, State.CANCELLED)


@dataclass(frozen=True)
class JobSpec:
    """What to train, and with what. Every field is data: none is ever read by a shell.

    recipe: name of a shipped recipe, or the path of a TOML file
    run: the run's folder
    data: parquet files or their folders
    overrides: `section.key=value`, as `t2i train --set` takes them
    init: a model to start from
    processes: data-parallel processes; on a machine with graphics cards, one a card
    flavor: the kind of machine, in the words of the place it runs at: a Hugging Face flavor, a Slurm partition
    timeout_minutes: after which the place may end the job
    keep_minutes: between two checkpoints that a place whose disks are lost puts on the Hub; None: only at the end
    """

    recipe: str
    run: str
    data: tuple[str, ...]
    overrides: tuple[str, ...] = ()
    minutes: float | None = None
    init: str | None = None
    resume: bool = False
    processes: int = 1
    flavor: str | None = None
    timeout_minutes: float = 24 * 60
    keep_minutes: float | None = None

    def train_arguments(self) -> list[str]:
        """The words after `t2i` that train it."""
        words = ["train", self.recipe, "--data", *self.data, "--out", self.run]
        for override in self.overrides:
            words += ["--set", override]
        if self.minutes is not None:
            words += ["--minutes", f"{self.minutes:g}"]
        if self.init is not None:
            words += ["--init", self.init]
        return [*words, "--resume"] if self.resume else words

    def command(self, python: str = "python") -> list[str]:
        """The program and its arguments that train it on one machine, in as many processes as it asks for."""
        return [python, "-m", "t2i_core.jobs.launch", str(self.processes), *self.train_arguments()]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "JobSpec":
        """The spec that `to_json` wrote."""
        fields = json.loads(text)
        return cls(**{**fields, "data": tuple(fields["data"]), "overrides": tuple(fields["overrides"])})


class Launcher(Protocol):
    """A place that runs jobs. Ids are its own; it can be asked about one after the studio was restarted.

    Every method raises JobError, with a sentence, where the place refuses or cannot be reached.
    """

    name: str

    def submit(self, spec: JobSpec) -> str:
        """Starts the job, or queues it, and gives its id."""

    def status(self, job: str) -> State: ...

    def logs(self, job: str, last: int = 200) -> Sequence[str]:
        """The last lines that the job printed."""

    def cancel(self, job: str) -> None:
        """Ends the job with all its processes; one that has ended already is left as it is."""


@runtime_checkable
class Reporting(Protocol):
    """A place that can hand over the metrics of a run whose folder is not on this machine."""

    def metrics(self, job: str) -> Sequence[Mapping[str, float]]:
        """The lines of the run's metrics.jsonl, oldest first; none where it has none yet."""


@dataclass(frozen=True)
class Times:
    """When a job began to run and when it ended, in seconds since 1970; None: not yet, or not known."""

    began: float | None = None
    ended: float | None = None


@runtime_checkable
class Timing(Protocol):
    """A place that knows when its jobs began and ended, even where nobody was looking."""

    def times(self, job: str) -> Times: ...
