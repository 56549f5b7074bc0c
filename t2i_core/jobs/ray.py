"""Jobs on a Ray cluster, through its Jobs API.

The code of the studio travels with each job, so that the cluster needs the packages it is built on but not the studio.
Data and runs lie on a disk that all machines of the cluster see under the same path.
"""

import re
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import t2i_core
from t2i_core.errors import JobError
from t2i_core.jobs.echo import metrics_in
from t2i_core.jobs.spec import JobSpec, State
from t2i_core.settings import Settings, get_settings

if TYPE_CHECKING:
    from ray.job_submission import JobSubmissionClient

STATES = {
    "PENDING": State.QUEUED,
    "RUNNING": State.RUNNING,
    "SUCCEEDED": State.SUCCEEDED,
    "FAILED": State.FAILED,
    "STOPPED": State.CANCELLED,
}
CODE = Path(t2i_core.__file__).parent
LEFT_HERE = ["__pycache__", "*.pyc", "*.safetensors"]  # of the code's folder
STARTING = 60.0  # seconds
INSTALL = "Ray is not installed here, or not as a whole. Install it with: pip install 'ray[default]'"
RECIPE = "recipe.toml"
COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class RayLauncher:
    """Runs jobs on the cluster at `address` (http://head:8265), or at T2I_RAY_ADDRESS."""

    name = "ray"

    def __init__(self, address: str | None = None, settings: Settings | None = None) -> None:
        self._settings = settings or get_settings()
        self._address = address or self._settings.ray_address

    def submit(self, spec: JobSpec) -> str:
        """Hands the job over with the code. A recipe of one's own goes along; data and the run stay where they are."""
        if spec.processes < 1:
            raise JobError(f"A job takes one process or more, not {spec.processes}.")
        with self._client() as client, tempfile.TemporaryDirectory() as parcel:
            spec = packed(spec, Path(parcel))
            environment = runtime_environment(Path(parcel), self._settings)
            return _submitted(client, entrypoint(spec), environment)

    def status(self, job: str) -> State:
        with self._client() as client:
            return STATES[client.get_job_status(job).value]

    def logs(self, job: str, last: int = 200) -> Sequence[str]:
        """The last lines that the job printed, those of all its processes."""
        return self._log(job)[-last:] if last > 0 else []

    def metrics(self, job: str) -> Sequence[Mapping[str, float]]:
        """The lines of the run's metrics.jsonl, as far as the job has said them."""
        return metrics_in(self._log(job))

    def cancel(self, job: str) -> None:
        """Stops the job's driver; the cluster ends its processes with it."""
        with self._client() as client:
            client.stop_job(job)

    def _log(self, job: str) -> list[str]:
        with self._client() as client:
            return COLOURS.sub("", client.get_job_logs(job)).splitlines()

    @contextmanager
    def _client(self) -> "Iterator[JobSubmissionClient]":
        """A connection to the cluster. Whatever fails in it is told as a JobError."""
        if not self._address:
            raise JobError("No Ray cluster is named. Set T2I_RAY_ADDRESS, for example to http://head:8265.")
        try:
            from ray.exceptions import AuthenticationError, RayError
            from ray.job_submission import JobSubmissionClient
        except ImportError as problem:
            raise JobError(INSTALL) from problem
        try:
            yield JobSubmissionClient(self._address)
        except ConnectionError as problem:
            raise JobError(f"The Ray cluster at {self._address} cannot be reached. Is its head running?") from problem
        except AuthenticationError as problem:
            raise JobError(
                f"The Ray cluster at {self._address} asks for a token. Set RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN "
                "to the cluster's, and start the studio again."
            ) from problem
        except (RuntimeError, ValueError, RayError) as problem:
            if "ray[default]" in str(problem):  # Ray alone is here, without its client for jobs
                raise JobError(INSTALL) from problem
            if "does not exist" in str(problem):
                raise JobError(f"The Ray cluster at {self._address} knows no such job.") from problem
            reason = (str(problem).strip().splitlines() or ["no reason given"])[0]
            raise JobError(f"The Ray cluster at {self._address} refused: {reason[:300]}") from problem


def _submitted(client: "JobSubmissionClient", words: str, environment: Mapping[str, object]) -> str:
    """The job's id. A cluster that has just started answers before it can take jobs: it gets a minute."""
    ends = time.monotonic() + STARTING
    while True:
        try:
            return str(client.submit_job(entrypoint=words, runtime_env=dict(environment)))
        except RuntimeError as problem:
            if "No available agent" not in str(problem) or time.monotonic() > ends:
                raise
        time.sleep(1)


def entrypoint(spec: JobSpec) -> str:
    """The command the cluster runs. The Jobs API takes a string that a shell reads, so every word is quoted."""
    words = ["python", "-m", "t2i_core.jobs.ray_driver", "--processes", str(spec.processes)]
    words += ["--minutes", f"{spec.timeout_minutes:g}"]
    words += ["--resource", spec.flavor] if spec.flavor else []
    return shlex.join([*words, "--", *spec.train_arguments()])


def packed(spec: JobSpec, parcel: Path) -> JobSpec:
    """The job as the cluster reads it: the recipe's file is in the parcel, every path is a whole one."""
    recipe = Path(spec.recipe)
    if recipe.suffix:
        try:
            shutil.copyfile(recipe, parcel / RECIPE)
        except OSError as problem:
            raise JobError(f"The recipe {recipe} cannot be read: {problem.strerror}.") from problem
        spec = replace(spec, recipe=RECIPE)
    data = tuple(str(Path(path).absolute()) for path in spec.data)
    return replace(spec, data=data, run=str(Path(spec.run).absolute()))


def runtime_environment(parcel: Path, settings: Settings) -> dict[str, object]:
    """What Ray sets up on every machine before the job starts. No secrets: the cluster's dashboard shows all of it."""
    environment: dict[str, object] = {
        "py_modules": [str(CODE)],
        "excludes": LEFT_HERE,
        "env_vars": _variables(settings),
    }
    if any(parcel.iterdir()):
        environment["working_dir"] = str(parcel)
    if settings.ray_install:
        environment["pip"] = requirements()
    return environment


def requirements() -> list[str]:
    """What the studio is built on, for a cluster whose machines lack it."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        named = requires("t2i_core") or []
    except PackageNotFoundError as problem:
        raise JobError("The studio's own requirements are unknown here. Install it: pip install -e .") from problem
    return [requirement for requirement in named if ";" not in requirement]


def _variables(settings: Settings) -> Mapping[str, str]:
    variables = {
        "PYTHONUNBUFFERED": "1",
        "RAY_DEDUP_LOGS": "0",
        "RAY_COLOR_PREFIX": "0",
        "T2I_WEIGHTS": str(settings.weights_folder),
        "T2I_PRECISION": settings.precision,
    }
    if settings.hub_repo:
        variables["T2I_HUB_REPO"] = settings.hub_repo
    if settings.hub_namespace:
        variables["T2I_HUB_NAMESPACE"] = settings.hub_namespace
    return variables
