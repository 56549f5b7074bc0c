"""The folder that becomes a Space."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from t2i_core.cli import main
from t2i_core.errors import InputError
from t2i_core.settings import Settings
from t2i_core.space_folder import write_space
from tests.tiny import tiny_model


def front_matter(folder: Path) -> dict[str, object]:
    _, front, rest = (folder / "README.md").read_text().split("---\n", 2)
    assert rest.lstrip().startswith("# ")
    found: dict[str, object] = yaml.safe_load(front)
    return found


@pytest.fixture
def folder(tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]) -> Path:
    tiny_model(settings.weights_folder / "products")
    out = tmp_path / "space"
    assert main(["space", str(out), "--title", 'My "shop": pictures']) == 0
    assert "hf upload" in capsys.readouterr().out
    return out


def test_the_card_says_what_the_hub_asks_for(folder: Path, repository: Path) -> None:
    front = front_matter(folder)
    assert front["title"] == 'My "shop": pictures'
    assert (front["sdk"], front["app_file"]) == ("gradio", "space.py")
    assert f"gradio=={front['sdk_version']}\n" in (repository / "requirements-space.txt").read_text()
    assert front["python_version"] == "3.12"
    assert {front["colorFrom"], front["colorTo"]} <= {"red", "yellow", "green", "blue", "indigo", "purple", "gray"}
    assert len(str(front["short_description"])) <= 60


def test_code_weights_and_pins_are_there_and_nothing_else(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert names == {"README.md", "packages.txt", "requirements.txt", "space.py", "t2i_core", "weights"}
    assert (folder / "weights" / "products" / "model.safetensors").is_file()
    assert (folder / "t2i_core" / "abuse" / "profiles.toml").is_file()
    assert not list(folder.rglob("__pycache__"))
    pins = (folder / "requirements.txt").read_text().splitlines()
    assert all("==" in pin for pin in pins)
    assert any(pin.startswith("torch==") for pin in pins)


def test_the_copy_is_whole_enough_to_be_imported(folder: Path) -> None:
    told = "import t2i_core.api.drawing, t2i_core.settings as s; print(s.BESIDE_THE_CODE)"
    done = subprocess.run([sys.executable, "-c", told], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == str(folder / "weights")


def test_with_a_hub_repository_no_weights_are_copied_and_they_are_loaded_beforehand(tmp_path: Path) -> None:
    out = write_space(tmp_path / "space", hub="you/models")
    front = front_matter(out)
    assert (front["preload_from_hub"], front["app_file"]) == (["you/models"], "start.py")
    assert not (out / "weights").exists()
    assert 'os.environ.setdefault("T2I_HUB_REPO", "you/models")' in (out / "start.py").read_text()
    compile((out / "start.py").read_text(), "start.py", "exec")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"hub": 'x"; import os'}, "is not a Hub repository"),
        ({"title": "two\nlines"}, "one line of text"),
        ({}, "There are no models"),
    ],
)
def test_what_makes_no_space_is_refused(tmp_path: Path, options: dict[str, str], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        write_space(tmp_path / "space", **options)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="is not empty"):
        write_space(tmp_path, hub="you/models")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
