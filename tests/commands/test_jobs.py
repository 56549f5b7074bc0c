"""`t2i jobs`, over jobs that run small commands in place of trainings."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from t2i_core.cli import main
from t2i_core.commands.jobs import followed, overlap
from t2i_core.jobs import service
from t2i_core.jobs.local import LocalLauncher
from t2i_core.jobs.service import open_jobs
from t2i_core.settings import Settings

Say = pytest.CaptureFixture[str]
PROGRAMS = {"works": "print('step 1')", "crashes": "import sys; sys.exit('ValueError: no data')", "waits": "input()"}


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Decides what local jobs run from now on."""

    def program(name: str) -> None:
        code = "import time; time.sleep(600)" if name == "waits" else PROGRAMS[name]

        class Small(LocalLauncher):
            def __init__(self, settings: Settings | None = None) -> None:
                super().__init__(settings, grace=0.5, command=lambda spec: [sys.executable, "-c", code])

        monkeypatch.setattr(service, "PLACES", {**service.PLACES, "local": (__name__, "Small")})
        monkeypatch.setattr(sys.modules[__name__], "Small", Small, raising=False)

    yield program
    for record in open_jobs().list():
        open_jobs().cancel(record.id)


def submitted(capsys: Say, tmp_path: Path, *more: str) -> str:
    assert main(["jobs", "submit", "products", "--data", str(tmp_path), "--run", str(tmp_path / "run"), *more]) == 0
    return capsys.readouterr().out.strip()


def test_a_job_is_submitted_followed_listed_and_shown(
    runs: Callable[[str], None], capsys: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs("works")
    monkeypatch.setattr("t2i_core.commands.jobs.EVERY", 0.05)
    job = submitted(capsys, tmp_path, "--set", "loop.batch=8", "--minutes", "2")
    assert main(["jobs", "logs", job, "--follow"]) == 0
    assert capsys.readouterr().out.splitlines() == ["step 1", "The training is done."]
    assert main(["jobs", "list"]) == 0
    assert capsys.readouterr().out.split()[:3] == [job, "succeeded", "local"]
    assert main(["jobs", "show", job, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["id"], told["state"], told["run"]) == (job, "succeeded", str(tmp_path / "run"))
    assert told["overrides"] == ["loop.batch=8"]
    assert [change["state"] for change in told["history"]] == ["queued", "running", "succeeded"]


def test_a_crashed_job_shows_its_last_lines_and_how_to_resume_it(
    runs: Callable[[str], None], capsys: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs("crashes")
    monkeypatch.setattr("t2i_core.commands.jobs.EVERY", 0.05)
    job = submitted(capsys, tmp_path)
    assert main(["jobs", "logs", job, "--follow"]) == 1
    capsys.readouterr()
    assert main(["jobs", "show", job]) == 1
    said = capsys.readouterr().out
    assert "  | ValueError: no data" in said
    assert "Its last words: ValueError: no data It left no checkpoint: resumed, it starts from the beginning" in said
    runs("works")
    assert main(["jobs", "resume", job]) == 0
    assert capsys.readouterr().out.strip() == job


def test_a_job_can_be_cancelled(runs: Callable[[str], None], capsys: Say, tmp_path: Path) -> None:
    runs("waits")
    job = submitted(capsys, tmp_path)
    assert main(["jobs", "cancel", job]) == 0
    assert capsys.readouterr().out.split()[:2] == [job, "cancelled"]
    assert main(["jobs", "logs", job]) == 0
    assert capsys.readouterr().out.splitlines() == ["Cancelled."]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "nope"], "There is no job “nope”"),
        (["submit", "cats", "--data", "x"], "There is no recipe cats"),
        (["submit", "products"], "Say where the product files are"),
        (["submit", "products", "--data", "x", "--set", "loop.colour=1"], "does not know colour"),
        (["submit", "products", "--data", "x", "--processes", "99"], "1 to 8 processes"),
        (["submit", "products", "--data", "x", "--launcher", "ray"], "T2I_RAY_ADDRESS"),
    ],
)
def test_what_can_be_mended_is_said_in_a_sentence(words: list[str], said: str, capsys: Say) -> None:
    assert main(["jobs", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_followed_log_says_every_line_once_though_its_end_moves_on() -> None:
    looks = iter([(["a", "b", "c"], False), (["b", "c", "d"], False), (["b", "c", "d"], False), (["x", "y"], True)])
    assert list(followed(lambda: next(looks), last=2, pause=lambda seconds: None)) == ["b", "c", "d", "x", "y"]


def test_the_overlap_of_two_looks_at_a_log_is_the_longest_one() -> None:
    assert overlap(["a", "a", "b"], ["a", "b", "c"]) == 2
    assert overlap([], ["a"]) == 0
    assert overlap(["a"], ["a"]) == 1
