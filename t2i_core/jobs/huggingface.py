"""Jobs on Hugging Face's machines.

A job's disk is lost when it ends. So its data is a data set on the Hub, and what it trained goes to the Hub, into the
repository that T2I_HUB_REPO names: the model, and the run with its checkpoint, from which a later job goes on.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from t2i_core.errors import JobError
from t2i_core.jobs.away import Errand
from t2i_core.jobs.echo import metrics_in
from t2i_core.jobs.spec import JobSpec, State
from t2i_core.settings import Settings, get_settings
from t2i_core.weights import NAME, REPOSITORY

if TYPE_CHECKING:
    from huggingface_hub import HfApi

STATES = {
    "SCHEDULING": State.QUEUED,
    "RUNNING": State.RUNNING,
    "COMPLETED": State.SUCCEEDED,
    "ERROR": State.FAILED,
    "CANCELED": State.CANCELLED,
    "DELETED": State.CANCELLED,
}
FLAVOR = "cpu-basic"  # where a job names none
DATA_SET = re.compile(rf"(?:hf:/{{1,2}}datasets/)?({REPOSITORY.pattern})/?")  # one slash: a path was made of it
ON_THE_HUB = re.compile(rf"(?:spaces/|datasets/)?{REPOSITORY.pattern}(?:@[A-Za-z0-9._/-]{{1,100}})?")
ON_THE_WEB = re.compile(r"(?:git\+)?https://\S+")
JOB = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)/([A-Za-z0-9]+)")
SHOWN_IN_PLACE = "[the token]"
ALL_LINES = 1_000_000

# Runs in the image, before anything of the studio is there: each step is a program with its arguments, without a shell.
STEPS = """import json, subprocess, sys
for words in json.loads(sys.argv[1]):
    code = subprocess.call([sys.executable, *words])
    if code:
        sys.exit(code)
"""


class HuggingFaceLauncher:
    """Runs jobs under T2I_JOB_NAMESPACE, or the account one is logged in to. Ids are namespace/id."""

    name = "huggingface"

    def __init__(self, settings: Settings | None = None, *, endpoint: str | None = None) -> None:
        self._settings = settings or get_settings()
        self._endpoint = endpoint

    def submit(self, spec: JobSpec) -> str:
        errand = errand_of(spec, self._settings)
        if not spec.timeout_minutes > 0:
            raise JobError("A job needs a time limit above zero: it is charged by the minute.")
        with self._api() as (api, token):
            job = api.run_job(
                image=self._settings.job_image,
                command=command(errand, self._settings.job_source, api.endpoint),
                env=self._variables(api.endpoint),
                secrets={"HF_TOKEN": token},
                flavor=spec.flavor or FLAVOR,
                timeout=max(60, round(60 * spec.timeout_minutes)),
                name=errand.name,
                namespace=self._settings.job_namespace,
            )
            return f"{job.owner.name}/{job.id}"

    def status(self, job: str) -> State:
        namespace, name = _parts(job)
        with self._api() as (api, _):
            stage = str(api.inspect_job(job_id=name, namespace=namespace).status.stage)
        return STATES.get(stage, State.RUNNING)  # only what ends a job must be known

    def logs(self, job: str, last: int = 200) -> Sequence[str]:
        return self._log(job, last)[-last:] if last > 0 else []

    def metrics(self, job: str) -> Sequence[Mapping[str, float]]:
        """The lines of the run's metrics.jsonl, as far as the job has said them."""
        return metrics_in(self._log(job, ALL_LINES))

    def cancel(self, job: str) -> None:
        namespace, name = _parts(job)
        if self.status(job).ended:
            return
        with self._api() as (api, _):
            api.cancel_job(job_id=name, namespace=namespace)

    def _log(self, job: str, last: int) -> list[str]:
        namespace, name = _parts(job)
        with self._api() as (api, token):
            lines = list(api.fetch_job_logs(job_id=name, namespace=namespace, tail=last))
        return [line.replace(token, SHOWN_IN_PLACE) for line in lines]

    def _variables(self, endpoint: str) -> dict[str, str]:
        """What everybody who sees the job may know."""
        variables = {"PYTHONUNBUFFERED": "1", "T2I_PRECISION": self._settings.precision, "HF_ENDPOINT": endpoint}
        if self._settings.hub_repo:
            variables["T2I_HUB_REPO"] = self._settings.hub_repo
        if self._settings.hub_namespace:
            variables["T2I_HUB_NAMESPACE"] = self._settings.hub_namespace
        return variables

    @contextmanager
    def _api(self) -> "Iterator[tuple[HfApi, str]]":
        """The Hub's interface, and the token it is asked with. Whatever fails in it is told as a JobError."""
        from huggingface_hub import HfApi, get_token

        token = get_token()
        if self._settings.offline:
            raise JobError("The studio is offline (T2I_OFFLINE). Hugging Face jobs need the network.")
        if not token:
            raise JobError("Hugging Face jobs need an account. Log in with `hf auth login`, or set HF_TOKEN.")
        with _told(token):
            yield HfApi(endpoint=self._endpoint, token=token), token


def errand_of(spec: JobSpec, settings: Settings) -> Errand:
    """The job as it is done on a machine without any of our files. Raises JobError for what cannot be done there."""
    name = Path(spec.run).name
    if not NAME.fullmatch(name):
        raise JobError(
            f"“{name[:60]}” cannot name a model on the Hub: letters, digits, dots, dashes and underlines can."
        )
    if not settings.hub_repo:
        raise JobError("A Hugging Face job's disk is lost. Say where its model goes: T2I_HUB_REPO=owner/name.")
    data = [DATA_SET.fullmatch(path) for path in spec.data]
    if not data or not all(data):
        raise JobError("A Hugging Face job cannot see files here. Give its data as a data set on the Hub: owner/name.")
    if spec.init is not None and Path(spec.init).exists():
        raise JobError("A Hugging Face job cannot see files here. Publish the model it starts from, and name that.")
    return Errand(spec, name, tuple(found[1] for found in data if found), settings.hub_repo, _own_recipe(spec.recipe))


def command(errand: Errand, source: str | None, endpoint: str) -> list[str]:
    """What the job runs: the studio's installation where it is not in the image, and the errand."""
    does = ["-m", "t2i_core.jobs.away", errand.to_json()]
    if not source:
        return ["python", *does]
    installs = ["-m", "pip", "install", "--quiet", f"t2i_core @ {_address(source, endpoint)}"]
    return ["python", "-c", STEPS, json.dumps([installs, does])]


def _address(source: str, endpoint: str) -> str:
    if ON_THE_WEB.fullmatch(source):
        return source
    if ON_THE_HUB.fullmatch(source):
        return f"git+{endpoint}/{source}"
    raise JobError(
        f"T2I_JOB_SOURCE is where jobs install the studio from: owner/name, spaces/owner/name, or an address that "
        f"begins with https:// or git+https://. It cannot be “{source[:80]}”."
    )


def _own_recipe(recipe: str) -> str | None:
    """The text of a recipe that is a file here."""
    if not Path(recipe).suffix:
        return None
    try:
        return Path(recipe).read_text()
    except (OSError, UnicodeDecodeError) as problem:
        raise JobError(f"The recipe {recipe} cannot be read.") from problem


def _parts(job: str) -> tuple[str, str]:
    found = JOB.fullmatch(job)
    if not found:
        raise JobError(f"“{job[:60]}” is not a Hugging Face job. Their ids are namespace/id.")
    return found[1], found[2]


@contextmanager
def _told(token: str) -> Iterator[None]:
    """Says in a sentence, which never holds the token, what the Hub's exceptions mean."""
    import httpx2
    from huggingface_hub import errors

    try:
        yield
    except errors.HfHubHTTPError as problem:
        status = problem.response.status_code
        said = str(problem.server_message or "no reason given").replace(token, SHOWN_IN_PLACE)
        what = {
            401: "Log in again with `hf auth login`.",
            402: "The account needs credit: https://huggingface.co/settings/billing.",
            403: "The token must be one that may run jobs, for this namespace.",
            404: "There is no such job, or you may not see it.",
        }.get(status, "Try again later." if status >= 500 else "Look at the flavor and the image.")
        raise JobError(f"Hugging Face answered {status}: {said[:200]}. {what}") from None
    except (OSError, httpx2.HTTPError) as problem:
        raise JobError(f"Hugging Face cannot be reached ({type(problem).__name__}). Connect and try again.") from None
