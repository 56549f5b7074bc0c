import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from t2i_core.cli import main
from t2i_core.generate import bench
from t2i_core.generate.directions import Direction, Directions
from t2i_core.generate.picture import Picture
from t2i_core.images import open_image
from t2i_core.settings import Settings
from tests.tiny import TITLES, tiny_model, tiny_titles
from tests.training.made_up import write_catalogue

COMMANDS = ["generate", "variations", "interpolate", "similar", "train-titles", "models", "publish"]
COMMANDS += ["check", "evaluate", "match", "directions", "bench", "train", "export", "health", "compare"]
SHOES = ["--prompt", "Nike Men Red Sports Shoes"]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("made") / "products")


@pytest.fixture(autouse=True)
def _products(made: Path, settings: Settings) -> None:
    """The tiny model under the name `products`."""
    (settings.weights_folder / "products").symlink_to(made)


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_generate_prints_one_json_line_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--attribute", "fill=0.7", "--seed", "7", "--count", "2", "--steps", "2", "--guidance", "1.5"]
    assert main(["generate", "products", *SHOES, *options, "--out", str(tmp_path / "new")]) == 0
    lines = printed(capsys)
    assert [line["seed"] for line in lines] == [7, 8]
    for line in lines:
        assert sorted(line) == ["path", "request", "seconds", "seed"]
        picture = Picture.open(Path(str(line["path"])))
        assert picture.request.to_dict() == line["request"]
        assert picture.request.attributes == {"fill": 0.7}
        assert (picture.request.num_steps, picture.request.guidance) == (2, 1.5)
    assert len(list(tmp_path.glob("new/*"))) == 2


def test_words_that_a_model_has_never_read_are_named(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_model(settings.weights_folder / "reader", words=["red", "shoe"])
    command = ["generate", "reader", "--steps", "1", "--out", str(tmp_path / "out"), "--prompt"]
    assert main([*command, "red zorbly shoes"]) == 0
    told = capsys.readouterr()
    assert "never read: zorbly." in told.err
    assert json.loads(told.out)["seed"] == 0
    assert main([*command, "red shoes"]) == 0
    assert "never read" not in capsys.readouterr().err


def test_the_same_command_gives_the_same_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["generate", "products", *SHOES, "--out", str(tmp_path)]
    main(command)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    main(command)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first


def test_other_settings_never_overwrite_a_picture(tmp_path: Path) -> None:
    for guidance in ("1", "2"):
        main(["generate", "products", *SHOES, "--guidance", guidance, "--out", str(tmp_path)])
    assert len(list(tmp_path.iterdir())) == 2


def test_a_variation_keeps_the_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--variation", "0.3", "--variation-seed", "4", "--count", "2", "--out", str(tmp_path)]
    assert main(["generate", "products", *SHOES, *options]) == 0
    requests = [line["request"] for line in printed(capsys)]
    assert [(r["seed"], r["variation_seed"]) for r in requests] == [(0, 4), (0, 5)]  # type: ignore[index]


@pytest.mark.parametrize("prompt", ["👟👟", "أحذية حمراء", "../../shoes\n", "-"])
def test_a_prompt_of_any_script_gives_a_harmless_file_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], prompt: str
) -> None:
    assert main(["generate", "products", f"--prompt={prompt}", "--out", str(tmp_path / "in")]) == 0
    assert [str(path) for path in tmp_path.glob("*/*.png")] == [line["path"] for line in printed(capsys)]
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_variations_writes_one_labelled_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    axes = ["--rows", "category=Watches,Jeans", "--cols", "colour=Red, Blue", "--seed", "3"]
    assert main(["variations", "products", *SHOES, *axes, "--out", str(tmp_path / "grid.png")]) == 0
    (line,) = printed(capsys)
    assert (line["rows"], line["columns"]) == (["Watches", "Jeans"], ["Red", "Blue"])
    assert Picture.open(tmp_path / "grid.png").request.seed == 3


def test_interpolate_writes_an_animation_and_a_strip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ends = ["--to-prompt", "Titan Women Watch", "--to-seed", "9", "--to-attribute", "fill=0.6", "--frames", "3"]
    assert main(["interpolate", "products", *SHOES, *ends, "--out", str(tmp_path / "walk.gif")]) == 0
    (line,) = printed(capsys)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["walk.gif", "walk.png"]
    assert line["frames"] == 3
    assert line["to"]["prompt"] == "Titan Women Watch"  # type: ignore[index]
    assert line["to"]["seed"] == 9  # type: ignore[index]


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> Directions:
    """What a search for directions finds, without the search."""
    mood = Directions((Direction("dark mood", "condition"),), (torch.linspace(-3, 3, 32),))
    monkeypatch.setattr("t2i_core.training.directions.find_directions", lambda pipe, on_step: mood)
    return mood


def test_directions_are_saved_with_the_model_and_can_be_moved_along(
    planted: Directions, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, seen = str(tmp_path / "model"), tmp_path / "sheet.png"
    assert main(["directions", "products", "--out", model, "--sheet", str(seen)]) == 0
    assert [line["name"] for line in printed(capsys)] == ["dark mood"]
    assert open_image(seen).width > 5 * 32
    assert not (made / "directions.safetensors").exists()
    for move in ("0", "2.5"):
        assert main(["generate", model, *SHOES, "--move", f"Dark mood={move}", "--out", str(tmp_path / "out")]) == 0
    still, moved = (line["request"] for line in printed(capsys))
    assert moved["moves"] == {"dark mood": 2.5}  # type: ignore[index]
    assert "moves" not in still  # type: ignore[operator]
    first, second = (tmp_path / "out").glob("*.png")
    assert first.read_bytes() != second.read_bytes()


def test_directions_of_a_model_are_written_into_its_own_folder(planted: Directions, settings: Settings) -> None:
    model = tiny_model(settings.weights_folder / "own")
    assert main(["directions", "own"]) == 0
    assert (model / "directions.safetensors").is_file()


def test_a_model_from_the_hub_is_not_written_into(
    planted: Directions, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tiny_model(tmp_path / "models--me--shoes" / "snapshots" / "0123456")
    assert main(["directions", str(model)]) == 2
    assert "--out DIR" in capsys.readouterr().err
    assert not (model / "directions.safetensors").exists()


def test_a_model_in_which_no_direction_holds_says_so(
    planted: Directions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("t2i_core.training.directions.find_directions", lambda pipe, on_step: Directions())
    assert main(["directions", "products", "--out", str(tmp_path / "out"), "--sheet", str(tmp_path / "s.png")]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "no direction" in shown.err
    assert not (tmp_path / "s.png").exists()


def test_models_lists_what_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    line = capsys.readouterr().out
    assert line.split()[:2] == ["products", "patchflow"]
    assert "MB" in line


def test_similar_lists_the_nearest_titles_with_their_scores(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_titles(settings.weights_folder / "titles")
    assert main(["similar", "navy blue jeans", "--count", "3"]) == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    scores = [float(score) for score, _ in lines]
    assert len(lines) == 3
    assert scores == sorted(scores, reverse=True)
    assert {title for _, title in lines} <= set(TITLES)


def test_a_measurement_is_a_table_or_one_json_object(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @dataclass(frozen=True)
    class Measured:
        model: str
        repeats: int

        def __str__(self) -> str:
            return f"a table of {self.model}"

    monkeypatch.setattr(bench, "bench_generate", lambda model, repeats: Measured(model, repeats))
    assert main(["bench", "generate", "products", "--repeats", "3", "--json"]) == 0
    assert printed(capsys) == [{"model": "products", "repeats": 3}]
    assert main(["bench", "generate"]) == 0
    assert capsys.readouterr().out == "a table of products\n"


GENERATE = ["generate", "products", "--out", "OUT"]
BAD = {
    "an empty prompt": ([*GENERATE, "--prompt", "  "], "Say what to draw"),
    "no prompt": (GENERATE, "Say what to draw"),
    "a prompt of 10,000 characters": ([*GENERATE, "--prompt", "x" * 10_000], "10,000 characters"),
    "an unknown attribute": ([*GENERATE, *SHOES, "--attribute", "size=42"], "no attribute “size”"),
    "an unknown value": ([*GENERATE, *SHOES, "--attribute", "colour=Plaid"], "colour cannot be “Plaid”"),
    "an attribute without a value": ([*GENERATE, *SHOES, "--attribute", "colour"], "name=value"),
    "an attribute out of range": ([*GENERATE, *SHOES, "--attribute", "fill=9"], "between 0.5 and 1"),
    "an attribute that is no number": ([*GENERATE, *SHOES, "--attribute", "fill=nan"], "fill"),
    "an unknown direction": ([*GENERATE, *SHOES, "--move", "glow=1"], "no direction “glow”"),
    "a move without a number": ([*GENERATE, *SHOES, "--move", "glow=far"], "name=number"),
    "a move without a name": ([*GENERATE, *SHOES, "--move", "=1"], "name=number"),
    "a move too far": ([*GENERATE, *SHOES, "--move", "glow=4"], "from -3 to 3"),
    "a sheet of directions that is no PNG": (["directions", "products", "--sheet", "sheet.gif"], "--sheet"),
    "no pictures": ([*GENERATE, *SHOES, "--count", "0"], "count"),
    "10,000 pictures": ([*GENERATE, *SHOES, "--count", "10000"], "count"),
    "a guidance of NaN": ([*GENERATE, *SHOES, "--guidance", "nan"], "guidance"),
    "infinite guidance": ([*GENERATE, *SHOES, "--guidance", "inf"], "guidance"),
    "no steps": ([*GENERATE, *SHOES, "--steps", "0"], "steps"),
    "a negative seed": ([*GENERATE, *SHOES, "--seed", "-1"], "seed"),
    "a missing model": (["generate", "shoos", *SHOES, "--out", "OUT"], "shoos"),
    "the same attribute twice": (
        ["variations", "products", *SHOES, "--rows", "colour", "--cols", "colour", "--out", "OUT.png"],
        "both colour",
    ),
    "a sheet that is no PNG": (
        ["variations", "products", *SHOES, "--rows", "colour", "--cols", "gender", "--out", "OUT"],
        ".png",
    ),
    "a walk to where it starts": (["interpolate", "products", *SHOES, "--out", "OUT.gif"], "Both ends are the same"),
    "a walk of one frame": (
        ["interpolate", "products", *SHOES, "--to-seed", "1", "--frames", "1", "--out", "OUT.gif"],
        "frames",
    ),
    "a walk that is no GIF": (["interpolate", "products", *SHOES, "--to-seed", "1", "--out", "OUT.png"], ".gif"),
    "training without data": (["train", "products", "--out", "OUT"], "T2I_DATA"),
    "a recipe nobody wrote": (["train", "shoos", "--data", "x", "--out", "OUT"], "no recipe shoos"),
    "comparing without data": (["compare", "products", "--out", "OUT"], "T2I_DATA"),
    "titles without data": (["train-titles", "--out", "OUT"], "T2I_DATA"),
    "no titles model": (["similar", "blue jeans"], "titles"),
    "judging without data": (["evaluate", "products", "--out", "OUT"], "T2I_DATA"),
    "publishing to nowhere": (["publish", "products", "nowhere"], "owner/name"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_in_a_sentence_with_exit_code_2(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, told = BAD[case]
    assert main([word.replace("OUT", str(tmp_path / "out")) for word in command]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("t2i: ")
    assert told in shown.err
    assert "Traceback" not in shown.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["draw"],
        [*GENERATE, "--count", "many"],
        [*GENERATE, "--guidance", "high"],
        ["generate", "products", "--prompt", "shoes"],
    ],
)
def test_a_command_line_that_makes_no_sense_exits_with_2_too(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(command)
    assert stopped.value.code == 2
    assert "usage: t2i" in capsys.readouterr().err


def test_an_output_folder_that_cannot_be_written_to_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    assert main(["generate", "products", *SHOES, "--out", str(tmp_path / "taken")]) == 2
    assert "taken" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_output_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o500)
    assert main(["generate", "products", *SHOES, "--out", str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err


def test_damaged_weights_are_told_before_anything_is_written(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = tiny_model(settings.weights_folder / "broken") / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert main(["generate", "broken", *SHOES, "--out", str(tmp_path / "out")]) == 2
    assert "model.safetensors" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("t2i_core.weights.list_models", lambda: [][0])
    with pytest.raises(IndexError):
        main(["models"])


def test_control_c_stops_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stop() -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr("t2i_core.weights.list_models", stop)
    assert main(["models"]) == 130
    assert "stopped" in capsys.readouterr().err


def test_a_message_survives_a_terminal_that_cannot_show_it(repository: Path) -> None:
    command: list[str | bytes] = [sys.executable, "-m", "t2i_core.cli", "publish", b"sh\xffes \xe2\x80\xae", "me/shoes"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"t2i: ")
    assert b"Traceback" not in done.stderr


def test_help_answers_without_the_heavy_libraries(repository: Path) -> None:
    code = (
        "import sys, t2i_core.cli as cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'PIL', 'streamlit', 'gensim', 'pydantic', 'pyarrow'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    assert "generate" in done.stdout
    assert done.stderr.strip() == "[]"


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    for command in COMMANDS:
        assert re.search(rf"^    {command}\s", shown, re.MULTILINE)
        with pytest.raises(SystemExit) as stopped:
            main([command, "--help"])
        assert stopped.value.code == 0


@pytest.mark.parametrize(("end", "code", "words"), [(0.01, 0, "Healthy"), (9.0, 1, "Diverged")])
def test_health_says_how_a_run_does_and_whether_it_is_lost(
    end: float, code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    losses = [1 / (1 + step) for step in range(20)] + [end] * 4
    lines = (json.dumps({"step": 20 * (i + 1), "loss": loss, "lr": 1e-3}) for i, loss in enumerate(losses))
    (tmp_path / "metrics.jsonl").write_text("\n".join(lines))
    assert main(["health", str(tmp_path)]) == code
    assert capsys.readouterr().out.startswith(f"step 480: {words}")


def test_training_and_exporting_from_the_command_line_give_a_model_that_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_catalogue(tmp_path / "products.parquet")
    sizes = ["loop.batch=8", "loop.steps=3", "vocab_size=60", "network.image_size=32", "network.widths=[32]"]
    small = [*sizes, "network.text_dim=48", 'data=["products.parquet"]']
    options = [part for override in small for part in ("--set", override)]
    run, model, pictures = (str(tmp_path / name) for name in ("run", "model", "pictures"))
    assert main(["train", "products", "--data", str(tmp_path), "--out", run, *options]) == 0
    assert main(["train", "products", "--data", str(tmp_path), "--out", run, *options]) == 2  # it would overwrite
    assert main(["export", run, "--out", model]) == 0
    assert main(["generate", model, "--prompt", "red tshirt", "--steps", "2", "--out", pictures]) == 0
    printed = capsys.readouterr()
    assert "--resume" in printed.err
    assert Path(json.loads(printed.out.splitlines()[-1])["path"]).is_file()
