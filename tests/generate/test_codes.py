import json
import math
from pathlib import Path

import numpy as np
import pytest

from t2i_core.cli import main
from t2i_core.errors import InputError, WeightsError
from t2i_core.generate.codes import CodePainter, CodeRequest
from t2i_core.settings import Settings
from tests.tiny import tiny_codes, tiny_model


@pytest.fixture
def painter(settings: Settings) -> CodePainter:
    assert settings.weights is not None
    return CodePainter.from_pretrained(tiny_codes(settings.weights / "shoes-infogan"))


def pixels(painter: CodePainter, **asked: object) -> np.ndarray:
    return np.stack([np.asarray(image, int) for image in painter.draw(CodeRequest(**asked))])  # type: ignore[arg-type]


def test_the_same_request_gives_the_same_pictures_and_a_seed_its_own_in_any_batch(painter: CodePainter) -> None:
    many = pixels(painter, seed=3, count=4, kind=2, sliders=(0.5,))
    assert np.array_equal(many, pixels(painter, seed=3, count=4, kind=2, sliders=(0.5,)))
    alone = pixels(painter, seed=5, count=1, kind=2, sliders=(0.5,))
    assert np.abs(many[2] - alone[0]).max() <= 1
    assert np.abs(many[2] - many[1]).max() > 3


def test_kinds_and_sliders_change_the_pictures(painter: CodePainter) -> None:
    plain = pixels(painter, count=1)
    assert np.array_equal(plain, pixels(painter, count=1, sliders=(0.0, 0.0)))
    for change in ({"kind": 2}, {"sliders": (1.0,)}, {"sliders": (0.0, -1.0)}):
        assert not np.array_equal(plain, pixels(painter, count=1, **change))


@pytest.mark.parametrize(
    "wrong", [{"count": 0}, {"seed": -1}, {"sliders": (1.5,)}, {"sliders": (math.nan,)}, {"kind": 0}, {"kind": 4}]
)
def test_requests_that_make_no_sense_are_refused(painter: CodePainter, wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        pixels(painter, **wrong)
    with pytest.raises(InputError, match="2 sliders"):
        pixels(painter, sliders=(0.0, 0.0, 0.0))


def test_another_kind_of_model_has_no_codes(settings: Settings) -> None:
    assert settings.weights is not None
    with pytest.raises(WeightsError, match="no codes"):
        CodePainter.from_pretrained(tiny_model(settings.weights / "products"))


def test_the_command_saves_pictures_that_tell_what_made_them(
    painter: CodePainter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["codes", "shoes-infogan", "--kind", "3", "--slider", "-0.5", "--count", "2", "--out", str(tmp_path)]
    assert main(command) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["seed"] for line in lines] == [0, 1]
    assert lines[0]["request"]["sliders"] == [-0.5]
    assert all(Path(line["path"]).read_bytes().startswith(b"\x89PNG") for line in lines)
    assert main([*command, "--kind", "9"]) == 2
