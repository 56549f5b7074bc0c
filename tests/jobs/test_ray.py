import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from t2i_core.errors import JobError
from t2i_core.jobs.ray import LEFT_HERE, RayLauncher, entrypoint, packed, requirements, runtime_environment
from t2i_core.jobs.ray_driver import share_of, variables_of
from t2i_core.jobs.spec import JobSpec, State
from t2i_core.settings import Settings, get_settings
from t2i_core.training.health import read_metrics
from tests.training.made_up import write_catalogue

with_ray = pytest.mark.skipif(not find_spec("ray"), reason="Ray is not installed: pip install 'ray[default]'")
SPEC = JobSpec(recipe="products", run="/shared/run", data=("/shared/data",))
SMALL = (
    "loop.steps=4", "loop.batch=8", "loop.log_every=2", "vocab_size=60", 'data=["products.parquet"]',
    "network.image_size=32", "network.widths=[32]", "network.cond_dim=32", "network.text_dim=48",
)  # fmt: skip


def words_of(spec: JobSpec) -> list[str]:
    return shlex.split(entrypoint(spec))


def test_a_job_is_one_driver_that_starts_as_many_processes_as_it_asks_for() -> None:
    words = words_of(replace(SPEC, processes=4, timeout_minutes=90))
    driver, _, trains = " ".join(words).partition(" -- ")
    assert driver == "python -m t2i_core.jobs.ray_driver --processes 4 --minutes 90"
    assert trains == "train products --data /shared/data --out /shared/run"


def test_the_kind_of_machine_is_a_resource_of_the_cluster() -> None:
    assert "--resource accelerator_type:A100 --" in entrypoint(replace(SPEC, flavor="accelerator_type:A100"))


@pytest.mark.parametrize("evil", ["$(touch /tmp/x)", "a; rm -rf b", "a'b", "`id`", "--resume", "a\nb", "a b"])
def test_nothing_in_a_job_is_read_by_the_shell_that_starts_it(evil: str) -> None:
    spec = JobSpec(recipe=evil, run=evil, data=(evil,), overrides=(evil,), init=evil, flavor=evil)
    assert subprocess.run(f"printf '%s\\0' {entrypoint(spec)}", shell=True, capture_output=True, text=True).stdout == (
        "\0".join(words_of(spec)) + "\0"
    )
    assert words_of(spec).count(evil) == 6


def test_a_recipe_of_ones_own_travels_with_the_job_and_paths_become_whole(tmp_path: Path) -> None:
    recipe, parcel = tmp_path / "mine.toml", tmp_path / "parcel"
    recipe.write_text("name = 'mine'\n")
    parcel.mkdir()
    spec = packed(JobSpec(recipe=str(recipe), run="runs/x", data=("data",)), parcel)
    assert (parcel / spec.recipe).read_text() == "name = 'mine'\n"
    assert (spec.run, spec.data) == (str(Path("runs/x").absolute()), (str(Path("data").absolute()),))
    with pytest.raises(JobError, match=r"gone\.toml cannot be read"):
        packed(JobSpec(recipe=str(tmp_path / "gone.toml"), run="r", data=()), parcel)


def test_the_code_travels_with_a_job_and_weights_and_secrets_do_not(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    environment = runtime_environment(tmp_path, settings)
    assert environment["py_modules"] == [str(repository / "t2i_core")]
    assert environment["excludes"] == LEFT_HERE
    assert "working_dir" not in environment
    assert "pip" not in environment
    assert "hf_secret" not in repr(environment)
    assert environment["env_vars"]["T2I_WEIGHTS"] == str(settings.weights_folder)  # type: ignore[index]


def test_a_cluster_without_the_packages_gets_those_the_studio_names(tmp_path: Path, settings: Settings) -> None:
    environment = runtime_environment(tmp_path, settings.model_copy(update={"ray_install": True}))
    assert environment["pip"] == requirements()
    assert any(requirement.startswith("torch==") for requirement in requirements())
    assert not any("ruff" in requirement for requirement in requirements())


def node(**resources: float) -> dict[str, object]:
    return {"Alive": True, "Resources": resources}


def test_processors_are_shared_evenly_by_machine() -> None:
    assert share_of([node(CPU=8)], 1) == {"CPU": 8}
    assert share_of([node(CPU=8), node(CPU=4)], 3) == {"CPU": 4}
    assert share_of([node(CPU=8), node(CPU=6)], 4) == {"CPU": 3}
    assert share_of([node(CPU=2)], 3) == {"CPU": 1}
    assert share_of([], 3) == {"CPU": 1}


def test_a_process_takes_one_card_where_there_are_any() -> None:
    assert share_of([node(CPU=8), node(CPU=8, GPU=2)], 2) == {"CPU": 1, "GPU": 1}


def test_only_machines_with_the_asked_for_resource_count() -> None:
    nodes = [node(CPU=8, GPU=1), node(CPU=4, big=1), {"Alive": False, "Resources": {"CPU": 64, "big": 1}}]
    assert share_of(nodes, 1, "big") == {"CPU": 4, "big": 0.001}


def test_every_process_knows_who_it_is_and_where_the_first_one_listens() -> None:
    first, second, third = variables_of(["10.0.0.1", "10.0.0.2", "10.0.0.1"], 4000, on_gpu=False)
    assert {one["MASTER_ADDR"] + ":" + one["MASTER_PORT"] for one in (first, second, third)} == {"10.0.0.1:4000"}
    assert [one["RANK"] for one in (first, second, third)] == ["0", "1", "2"]
    assert [one["LOCAL_RANK"] for one in (first, second, third)] == ["0", "0", "1"]
    assert [one["LOCAL_WORLD_SIZE"] for one in (first, second, third)] == ["2", "1", "2"]
    assert first["ACCELERATE_USE_CPU"] == "true"


def test_with_cards_each_process_sees_its_own_as_the_first() -> None:
    variables = variables_of(["10.0.0.1", "10.0.0.1"], 4000, on_gpu=True)
    assert [one["LOCAL_RANK"] for one in variables] == ["0", "0"]
    assert not any("ACCELERATE_USE_CPU" in one for one in variables)


def test_without_an_address_it_is_said_how_to_give_one() -> None:
    with pytest.raises(JobError, match="T2I_RAY_ADDRESS"):
        RayLauncher().submit(SPEC)


def test_without_ray_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setitem(sys.modules, "ray.exceptions", None)
    monkeypatch.setitem(sys.modules, "ray.job_submission", None)
    with pytest.raises(JobError, match="pip install"):
        RayLauncher("http://127.0.0.1:8265").status("job")


def test_a_job_without_processes_is_refused() -> None:
    with pytest.raises(JobError, match="one process or more"):
        RayLauncher("http://127.0.0.1:8265").submit(replace(SPEC, processes=0))


@with_ray
def test_a_cluster_that_is_not_there_is_named() -> None:
    with pytest.raises(JobError, match=r"http://127\.0\.0\.1:9 cannot be reached"):
        RayLauncher("http://127.0.0.1:9").status("job")


@with_ray
def test_a_server_that_asks_for_a_token_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from ray.exceptions import AuthenticationError

    def refuse(*_: object) -> None:
        raise AuthenticationError("Authentication required: set RAY_AUTH_TOKEN\nand more")

    monkeypatch.setattr("ray.job_submission.JobSubmissionClient.__init__", refuse)
    with pytest.raises(JobError, match=r"asks for a token\. Set RAY_AUTH_MODE=token"):
        RayLauncher("http://127.0.0.1:9").status("job")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster of this one machine, with two processors, and the address of its Jobs API."""
    ray = [sys.executable, "-c", "import sys; from ray.scripts.scripts import main; sys.exit(main())"]
    folder = Path(os.environ.get("RAY_TMPDIR", "/tmp")) / f"ray-t2i-{os.getpid()}"  # a socket's path must be short
    port, dashboard = 20_000 + os.getpid() % 20_000, 40_000 + os.getpid() % 20_000
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_AUTH_MODE": "disabled",  # else Ray takes up a token that this machine may keep for a real cluster
        "RAY_DISABLE_IMPORT_WARNING": "1",
    }
    start = ["start", "--head", "--node-ip-address=127.0.0.1", f"--port={port}", "--num-cpus=2", "--num-gpus=0"]
    start += [f"--temp-dir={folder}", f"--dashboard-port={dashboard}", "--include-dashboard=true"]
    start += ["--object-store-memory=100000000", "--block"]
    with (tmp_path_factory.mktemp("ray") / "log").open("w") as log:
        head = subprocess.Popen([*ray, *start], env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            yield f"http://127.0.0.1:{dashboard}"
        finally:
            head.terminate()
            head.wait(60)
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def launcher(cluster: str) -> RayLauncher:
    found = RayLauncher(cluster)
    ends = time.monotonic() + 120
    while not answers(found):
        assert time.monotonic() < ends, "the cluster does not start"
        time.sleep(0.5)
    return found


def answers(launcher: RayLauncher) -> bool:
    try:
        launcher.status("raysubmit_none")
    except JobError as problem:
        return "no such job" in str(problem)
    return True


def finished(launcher: RayLauncher, job: str, seconds: float = 240) -> State:
    ends = time.monotonic() + seconds
    while not (state := launcher.status(job)).ended:
        assert time.monotonic() < ends, launcher.logs(job)
        time.sleep(0.5)
    return state


@with_ray
def test_two_processes_train_one_run_on_a_real_cluster(launcher: RayLauncher, tmp_path: Path) -> None:
    write_catalogue(tmp_path / "products.parquet")
    spec = JobSpec("products", str(tmp_path / "run"), (str(tmp_path),), SMALL, processes=2, timeout_minutes=10)
    job = launcher.submit(spec)
    assert finished(launcher, job) is State.SUCCEEDED, launcher.logs(job)
    assert (tmp_path / "run" / "checkpoint" / "ema.safetensors").is_file()
    assert any("Training with 2 processes" in line for line in launcher.logs(job))
    assert launcher.metrics(job) == read_metrics(tmp_path / "run")
    assert len(launcher.logs(job, last=1)) == 1
    launcher.cancel(job)
    assert launcher.status(job) is State.SUCCEEDED


@with_ray
def test_a_job_that_fails_says_why_in_its_log(launcher: RayLauncher, tmp_path: Path) -> None:
    job = launcher.submit(JobSpec("no-such-recipe", str(tmp_path / "run"), (str(tmp_path),), processes=1))
    assert finished(launcher, job) is State.FAILED
    assert any("There is no recipe no-such-recipe" in line for line in launcher.logs(job))


@with_ray
def test_a_cancelled_job_ends_with_its_processes(launcher: RayLauncher, tmp_path: Path) -> None:
    write_catalogue(tmp_path / "products.parquet")
    long = tuple(override.replace("loop.steps=4", "loop.steps=1000000") for override in SMALL)
    job = launcher.submit(JobSpec("products", str(tmp_path / "run"), (str(tmp_path),), long))
    metrics, ends = tmp_path / "run" / "metrics.jsonl", time.monotonic() + 120
    while not metrics.is_file():
        assert time.monotonic() < ends, launcher.logs(job)
        time.sleep(0.2)
    launcher.cancel(job)
    assert finished(launcher, job) is State.CANCELLED
    time.sleep(2)
    size = metrics.stat().st_size
    time.sleep(1)
    assert metrics.stat().st_size == size


@with_ray
def test_a_job_ends_at_its_time_limit(launcher: RayLauncher, tmp_path: Path) -> None:
    write_catalogue(tmp_path / "products.parquet")
    long = tuple(override.replace("loop.steps=4", "loop.steps=1000000") for override in SMALL)
    spec = JobSpec("products", str(tmp_path / "run"), (str(tmp_path),), long, timeout_minutes=0.2)
    job = launcher.submit(spec)
    assert finished(launcher, job) is State.FAILED
    assert any("time limit" in line for line in launcher.logs(job))


def test_settings_name_the_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("T2I_RAY_ADDRESS", "http://127.0.0.1:9")
    get_settings.cache_clear()
    assert RayLauncher()._address == "http://127.0.0.1:9"
