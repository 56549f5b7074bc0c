from pathlib import Path

import pytest

from t2i_core.errors import InputError, WeightsError
from t2i_core.training.instant_report import evaluate_instant
from tests.tiny import tiny_instant, tiny_model
from tests.training.made_up import PixelEncoder, write_catalogue

pytest.importorskip("prdc", reason="prdc comes with the `train` extra")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return [write_catalogue(tmp_path / "made_up.parquet")]


def test_both_ways_of_drawing_are_told_beside_each_other(files: list[Path], tmp_path: Path) -> None:
    model = tiny_instant(tiny_model(tmp_path / "tiny"))
    found = evaluate_instant(model, files, cache=tmp_path / "cache", out=tmp_path, count=8, encoder=PixelEncoder())
    assert (found.flow.passes, found.instant.passes) == (8, 1)
    assert found.instant.score.count == 8
    assert found.ratio == pytest.approx(found.instant.score.frechet / found.flow.score.frechet)
    assert found.likeness > 0
    assert "times the flow's" in str(found)
    assert Path(found.sheet).is_file()
    again = evaluate_instant(model, files, cache=tmp_path / "cache", out=tmp_path, count=8, encoder=PixelEncoder())
    assert again.ratio == found.ratio


def test_a_model_without_an_instant_generator_is_refused(files: list[Path], tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no instant generator"):
        evaluate_instant(
            tiny_model(tmp_path / "tiny"), files, cache=tmp_path / "cache", out=tmp_path, encoder=PixelEncoder()
        )
    model = tiny_instant(tiny_model(tmp_path / "tiny"))
    with pytest.raises(InputError, match="count"):
        evaluate_instant(model, files, cache=tmp_path / "cache", out=tmp_path, count=1, encoder=PixelEncoder())
