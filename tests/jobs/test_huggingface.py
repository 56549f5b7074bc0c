import json
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from t2i_core.errors import JobError
from t2i_core.jobs.away import Errand
from t2i_core.jobs.huggingface import STEPS, HuggingFaceLauncher
from t2i_core.jobs.spec import JobSpec, State
from t2i_core.settings import get_settings
from tests.fake_hub import TOKEN
from tests.fake_jobs import FakeJobs, fake_jobs
from tests.training.made_up import write_catalogue
from tests.weights.made_up import visit

SPEC = JobSpec("products", "runs/mine", ("acme/catalogue",), flavor="t4-small", timeout_minutes=90)
SMALL = (
    "loop.steps=4", "loop.batch=8", "loop.log_every=2", "vocab_size=60", 'data=["products.parquet"]',
    "network.image_size=32", "network.widths=[32]", "network.cond_dim=32", "network.text_dim=48",
)  # fmt: skip


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeJobs]:
    with fake_jobs() as server:
        server.cache = tmp_path / "machine"
        visit(server, tmp_path / "cache", monkeypatch, TOKEN, T2I_HUB_REPO="acme/models")
        yield server


@pytest.fixture
def launcher(machines: FakeJobs) -> HuggingFaceLauncher:
    return HuggingFaceLauncher()


def with_settings(monkeypatch: pytest.MonkeyPatch, **ours: str) -> HuggingFaceLauncher:
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    return HuggingFaceLauncher()


def refusal(launcher: HuggingFaceLauncher, spec: JobSpec = SPEC) -> str:
    with pytest.raises(JobError) as caught:
        launcher.submit(spec)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


def test_a_job_says_image_machine_time_limit_and_name(machines: FakeJobs, launcher: HuggingFaceLauncher) -> None:
    assert launcher.submit(SPEC) == f"acme/{1:024x}"
    sent = machines.jobs[f"{1:024x}"].sent
    assert (sent["dockerImage"], sent["flavor"], sent["timeoutSeconds"]) == ("python:3.12", "t4-small", 5400)
    assert sent["labels"] == {"name": "mine"}
    assert sent["environment"]["T2I_HUB_REPO"] == "acme/models"


@pytest.mark.parametrize(("minutes", "seconds"), [(0.001, 60), (24 * 60, 86_400)])
def test_there_is_always_a_time_limit(
    machines: FakeJobs, launcher: HuggingFaceLauncher, minutes: float, seconds: int
) -> None:
    launcher.submit(replace(SPEC, timeout_minutes=minutes, flavor=None))
    (job,) = machines.jobs.values()
    assert (job.sent["timeoutSeconds"], job.sent["flavor"]) == (seconds, "cpu-basic")
    for none in (0, -1, float("nan")):
        assert "time limit above zero" in refusal(launcher, replace(SPEC, timeout_minutes=none))


def test_the_token_is_a_secret_and_nowhere_else(machines: FakeJobs, launcher: HuggingFaceLauncher) -> None:
    job = launcher.submit(SPEC)
    (kept,) = machines.jobs.values()
    assert kept.sent.pop("secrets") == {"HF_TOKEN": TOKEN}
    assert TOKEN not in json.dumps(kept.sent)
    assert TOKEN not in job + repr(vars(launcher))
    kept.log += [f"my token is {TOKEN}!"]
    assert launcher.logs(job) == ["my token is [the token]!"]


def test_the_studio_is_installed_from_where_the_settings_say(
    machines: FakeJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = {
        "acme/studio": f"git+{machines.address}/acme/studio",
        "spaces/acme/studio@v1.2": f"git+{machines.address}/spaces/acme/studio@v1.2",
        "git+https://git.example/studio@main": "git+https://git.example/studio@main",
    }
    for source, address in sources.items():
        with_settings(monkeypatch, T2I_JOB_SOURCE=source, T2I_JOB_IMAGE="acme/image:1").submit(SPEC)
        sent = list(machines.jobs.values())[-1].sent
        python, option, steps, arguments = sent["command"]
        installs, does = json.loads(arguments)
        assert (python, option, steps, sent["dockerImage"]) == ("python", "-c", STEPS, "acme/image:1")
        assert installs == ["-m", "pip", "install", "--quiet", f"t2i_core @ {address}"]
        assert does[:2] == ["-m", "t2i_core.jobs.away"]


@pytest.mark.parametrize("source", ["-r /etc/passwd", "http://x", "a b", "file:///x", "../studio"])
def test_a_source_that_is_no_address_is_refused(
    machines: FakeJobs, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    assert "T2I_JOB_SOURCE" in refusal(with_settings(monkeypatch, T2I_JOB_SOURCE=source))
    assert machines.jobs == {}


def test_a_recipe_of_ones_own_travels_with_the_job(
    machines: FakeJobs, launcher: HuggingFaceLauncher, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text("name = 'mine'\n")
    launcher.submit(
        replace(SPEC, recipe=str(tmp_path / "mine.toml"), data=("hf://datasets/acme/catalogue", "hf:/datasets/acme/b"))
    )
    (job,) = machines.jobs.values()
    errand = Errand.from_json(job.sent["command"][-1])
    assert errand.recipe == "name = 'mine'\n"
    assert errand.data == ("acme/catalogue", "acme/b")
    assert "cannot be read" in refusal(launcher, replace(SPEC, recipe="gone.toml"))


@pytest.mark.parametrize("data", [(), ("/data",), ("data",), ("acme/catalogue", "a/b/c"), ("../x/y",)])
def test_data_that_only_this_machine_has_is_refused(launcher: HuggingFaceLauncher, data: tuple[str, ...]) -> None:
    assert "owner/name" in refusal(launcher, replace(SPEC, data=data))


def test_a_start_that_only_this_machine_has_is_refused(launcher: HuggingFaceLauncher, tmp_path: Path) -> None:
    assert "Publish the model" in refusal(launcher, replace(SPEC, init=str(tmp_path)))


def test_a_run_whose_name_the_hub_would_not_take_is_refused(launcher: HuggingFaceLauncher) -> None:
    assert "cannot name a model" in refusal(launcher, replace(SPEC, run="runs/my run"))


def test_without_a_place_for_the_model_nothing_is_spent(machines: FakeJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "T2I_HUB_REPO" in refusal(with_settings(monkeypatch, T2I_HUB_REPO=""))
    assert machines.jobs == {}


def test_without_an_account_it_is_said_how_to_log_in(machines: FakeJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "hf auth login" in refusal(with_settings(monkeypatch, HF_TOKEN=""))
    assert "T2I_OFFLINE" in refusal(with_settings(monkeypatch, HF_TOKEN=TOKEN, T2I_OFFLINE="1"))


@pytest.mark.parametrize(
    ("status", "said"), [(402, "needs credit"), (403, "may run jobs"), (400, "flavor"), (503, "Try again later")]
)
def test_a_refusal_is_told_without_the_token(
    machines: FakeJobs, launcher: HuggingFaceLauncher, status: int, said: str
) -> None:
    machines.refuses = status
    assert said in refusal(launcher)


def test_a_wrong_token_is_told(machines: FakeJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Log in again" in refusal(with_settings(monkeypatch, HF_TOKEN="hf_wrong", T2I_JOB_NAMESPACE="acme"))


def test_a_hub_that_is_gone_is_told(launcher: HuggingFaceLauncher, machines: FakeJobs) -> None:
    gone = HuggingFaceLauncher(endpoint="http://127.0.0.1:9")
    assert "cannot be reached" in refusal(gone)


@pytest.mark.parametrize(
    ("stage", "state"),
    [
        ("SCHEDULING", State.QUEUED),
        ("RUNNING", State.RUNNING),
        ("COMPLETED", State.SUCCEEDED),
        ("ERROR", State.FAILED),
        ("CANCELED", State.CANCELLED),
        ("DELETED", State.CANCELLED),
        ("SOMETHING NEW", State.RUNNING),
    ],
)
def test_stages_are_told_in_the_studios_words(
    machines: FakeJobs, launcher: HuggingFaceLauncher, stage: str, state: State
) -> None:
    job = launcher.submit(SPEC)
    machines.jobs[f"{1:024x}"].stage = stage
    assert launcher.status(job) is state


def test_a_cancelled_job_ends_and_an_ended_one_stays_as_it_is(
    machines: FakeJobs, launcher: HuggingFaceLauncher
) -> None:
    job = launcher.submit(SPEC)
    launcher.cancel(job)
    assert launcher.status(job) is State.CANCELLED
    machines.jobs[f"{1:024x}"].stage = "COMPLETED"
    launcher.cancel(job)
    assert launcher.status(job) is State.SUCCEEDED


def test_a_job_that_is_not_there_is_told(launcher: HuggingFaceLauncher) -> None:
    for job, said in (("acme/77", "no such job"), ("77", "namespace/id"), ("a/b/c", "namespace/id")):
        with pytest.raises(JobError, match=said):
            launcher.status(job)


def test_a_log_is_read_from_its_end_and_holds_the_metrics(machines: FakeJobs, launcher: HuggingFaceLauncher) -> None:
    job = launcher.submit(SPEC)
    machines.jobs[f"{1:024x}"].log = ["one", 'metrics {"step": 2, "loss": 0.5}', "three"]
    assert launcher.logs(job, last=1) == ["three"]
    assert launcher.logs(job, last=0) == []
    assert launcher.metrics(job) == [{"step": 2, "loss": 0.5}]


def finished(launcher: HuggingFaceLauncher, job: str) -> State:
    ends = time.monotonic() + 240
    while not (state := launcher.status(job)).ended:
        assert time.monotonic() < ends, launcher.logs(job)
        time.sleep(0.2)
    return state


def test_a_job_fetches_its_data_trains_and_publishes(
    machines: FakeJobs, launcher: HuggingFaceLauncher, tmp_path: Path
) -> None:
    """For real: a process of its own, with nothing of ours but what the job was sent."""
    data = write_catalogue(tmp_path / "products.parquet").read_bytes()
    machines.repositories["datasets/acme/catalogue"] = {"products.parquet": data, "notes.pkl": b"pickled"}
    machines.runs = True
    job = launcher.submit(replace(SPEC, overrides=SMALL))
    assert finished(launcher, job) is State.SUCCEEDED, launcher.logs(job)
    assert [line["step"] for line in launcher.metrics(job)] == [2, 4]
    published = machines.repositories["acme/models"]
    assert {"mine/config.json", "mine/model.safetensors", "mine/README.md"} <= published.keys()
    assert {"mine/run/checkpoint/progress.json", "mine/run/metrics.jsonl"} <= published.keys()
    assert machines.private == {"acme/models"}
    assert not any("notes.pkl" in request for request in machines.requests if "/resolve/" in request)


def test_a_job_whose_data_set_is_missing_says_so(machines: FakeJobs, launcher: HuggingFaceLauncher) -> None:
    machines.runs = True
    job = launcher.submit(SPEC)
    assert finished(launcher, job) is State.FAILED
    assert "The Hub has no" in launcher.logs(job)[-1]
