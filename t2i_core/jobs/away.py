"""What a training job does on a machine that starts with nothing and whose disk is lost: the errand.

`python -m t2i_core.jobs.away ERRAND` fetches the data, trains, and puts the model and the run's checkpoint on the Hub:
also where training failed or its time was up, as soon as there is a checkpoint to keep.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Event, Thread

from t2i_core.errors import T2IError
from t2i_core.jobs.echo import echoed
from t2i_core.jobs.spec import JobSpec

RUN = "run"  # the folder beside a model's files that keeps its run
KEPT = ("*.safetensors", "*.json", "*.jsonl", "*.png", "*.model", "*.toml")  # of a run; never a pickle
DATA = ("*.parquet", "*.json")
RESERVE = 0.2, 10.0  # of the time limit, in minutes at most: what is left for putting things on the Hub
GRACE = 30.0  # seconds that training gets to end by itself


@dataclass(frozen=True)
class Errand:
    """What is to be done.

    spec: what to train; its paths are replaced by those of the machine
    name: of the model
    data: data sets on the Hub
    repository: where the model and its run go, each model in a folder of its own
    recipe: the text of a recipe that does not ship with the studio
    """

    spec: JobSpec
    name: str
    data: tuple[str, ...]
    repository: str
    recipe: str | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self) | {"spec": json.loads(self.spec.to_json())})

    @classmethod
    def from_json(cls, text: str) -> "Errand":
        """The errand that `to_json` wrote."""
        fields = json.loads(text)
        return cls(**fields | {"spec": JobSpec.from_json(json.dumps(fields["spec"])), "data": tuple(fields["data"])})


def main(argv: Sequence[str] | None = None) -> int:
    """Does the errand and gives the training's exit code; 2 where the Hub refused."""
    (text,) = sys.argv[1:] if argv is None else argv
    folder = Path(tempfile.mkdtemp(prefix="t2i-"))
    try:
        return run_errand(Errand.from_json(text), folder)
    except T2IError as problem:
        print(problem, flush=True)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_errand(errand: Errand, folder: Path) -> int:
    """Trains in `folder`. Raises T2IError where the Hub refuses the data or the model."""
    run = folder / errand.name
    spec = replace(errand.spec, run=str(run), data=tuple(str(_fetched_data(name)) for name in errand.data))
    if errand.recipe is not None:
        recipe = folder / "recipe.toml"
        recipe.write_text(errand.recipe)
        spec = replace(spec, recipe=str(recipe))
    if spec.resume:
        _fetch_run(errand, run)
    share, most = RESERVE
    minutes = spec.timeout_minutes - min(most, share * spec.timeout_minutes)
    with echoed(run, _say), _kept_meanwhile(errand, run, folder):
        code = _train(spec.command(sys.executable), 60 * minutes)
    _keep(errand, run, folder)
    return code


def _say(line: str) -> None:
    print(line, flush=True)


def _fetched_data(name: str) -> Path:
    from huggingface_hub import snapshot_download

    from t2i_core.hub import hub_errors

    _say(f"Fetching the data set {name}.")
    with hub_errors(name):
        return Path(snapshot_download(name, repo_type="dataset", allow_patterns=list(DATA)))


def _fetch_run(errand: Errand, run: Path) -> None:
    """The run as the last job left it. Where none was kept, training begins anew."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import RepositoryNotFoundError

    from t2i_core.hub import hub_errors

    kept = f"{errand.name}/{RUN}"
    with hub_errors(errand.repository), suppress(RepositoryNotFoundError):
        patterns = [f"{kept}/{pattern}" for pattern in KEPT]
        found = Path(snapshot_download(errand.repository, allow_patterns=patterns)) / kept
        if found.is_dir():
            shutil.copytree(found, run)
            return
    _say("No run was kept yet: training begins anew.")


def _train(words: Sequence[str], seconds: float) -> int:
    """The exit code; as `timeout` has it, 124 where training was ended because its time was up."""
    training = subprocess.Popen(words, start_new_session=True)
    try:
        return training.wait(seconds)
    except subprocess.TimeoutExpired:
        _say("The time limit is near: training is ended, and its last checkpoint is kept.")
        return 124
    finally:
        _end(training)


def _end(training: "subprocess.Popen[bytes]") -> None:
    """Ends the training with all its processes."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if training.poll() is None:
            os.killpg(training.pid, sign)
            try:
                training.wait(GRACE)
            except subprocess.TimeoutExpired:
                continue


def _keep(errand: Errand, run: Path, folder: Path) -> None:
    """Puts what there is of a model and of its run on the Hub."""
    from t2i_core.training.checkpoint import find_checkpoint
    from t2i_core.weights import CONFIG, publish

    model = run if (run / CONFIG).is_file() else folder / "model" / errand.name  # matchers train into their own folder
    if find_checkpoint(run):
        exporting = [sys.executable, "-m", "t2i_core.cli", "export", str(run), "--out", str(model)]
        subprocess.run(exporting, check=False)
    if (model / CONFIG).is_file():
        _say(f"Publishing {errand.name} to {publish(model, errand.repository, folder=errand.name)}.")
    if find_checkpoint(run):
        _upload(errand, run)
        _say("The run is kept: a job with `resume` goes on from its checkpoint.")


def _upload(errand: Errand, run: Path) -> None:
    from huggingface_hub import HfApi

    from t2i_core.hub import hub_errors

    with hub_errors(errand.repository):
        HfApi().create_repo(errand.repository, private=True, exist_ok=True)
        HfApi().upload_folder(
            repo_id=errand.repository,
            folder_path=run,
            path_in_repo=f"{errand.name}/{RUN}",
            allow_patterns=list(KEPT),
            commit_message=f"Keep the run of {errand.name}",
        )


@contextmanager
def _kept_meanwhile(errand: Errand, run: Path, folder: Path) -> Iterator[None]:
    """Puts each new checkpoint on the Hub while the block lasts, every so often, where the errand asks for it: the
    machine may be lost at any moment."""
    if errand.spec.keep_minutes is None:
        yield
        return
    over = Event()
    keeper = Thread(target=_keep_on, args=(errand, run, folder, 60 * errand.spec.keep_minutes, over), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep_on(errand: Errand, run: Path, folder: Path, seconds: float, over: Event) -> None:
    last = None
    while not over.wait(seconds):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            try:
                step = _copied(run, Path(place))
                if step is None or step == last:
                    continue
                _upload(errand, Path(place))
            except (T2IError, OSError, ValueError) as problem:
                _say(f"The run could not be kept this time: {problem}")
                continue
            last = step
            _say(f"The run is kept up to step {step:,}.")


def _copied(run: Path, place: Path) -> int | None:
    """Puts the run as it is now into an empty folder, and gives its checkpoint's step; None where it has none.

    Raises OSError where a checkpoint or a best state took the place of another meanwhile. What one consists of is never
    written to again, so that links will do.
    """
    from t2i_core.training.checkpoint import BEST, NAME, find_checkpoint, progress_of

    found = find_checkpoint(run)
    if found is None:
        return None
    shutil.copytree(found, place / NAME, copy_function=os.link)
    for pattern in KEPT:
        for file in run.glob(pattern):
            shutil.copy2(file, place / file.name)
    if (run / BEST).is_dir():
        shutil.copytree(run / BEST, place / BEST, copy_function=os.link)
    if (run / "sheets").is_dir():
        shutil.copytree(run / "sheets", place / "sheets")
    return int(progress_of(place / NAME)["step"])


if __name__ == "__main__":
    sys.exit(main())
