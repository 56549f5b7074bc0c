from pathlib import Path

import pytest

from t2i_core.cli import main
from t2i_core.errors import InputError
from t2i_core.training.kinds import Comparison, KindResult, Kinds
from t2i_core.training.trials import Place


@pytest.mark.parametrize("minutes", [None, 0.0, -1.0, float("nan")])
def test_a_budget_has_to_be_given(tmp_path: Path, minutes: float | None) -> None:
    with pytest.raises(InputError, match="--minutes"):
        Kinds(Place([tmp_path], tmp_path, minutes), tmp_path / "out", "guitars")


def test_the_command_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "--minutes" in capsys.readouterr().err


def test_the_table_tells_what_cannot_be_said_too() -> None:
    results = (
        KindResult("real pictures", 80.4, 0.8, 0.7, 0.9, 0, 0),
        KindResult("DCGAN", 912.0, 0.1, 0.0, None, 3.2, 12_800),
    )
    lines = str(Comparison("guitars", 5.0, 300, results)).splitlines()
    assert lines[0] == "guitars: 5 processor minutes each, 300 held-out titles"
    assert lines[-2] == "| real pictures | 80 | 0.80 | 0.70 | 90% | – | – |"
    assert lines[-1] == "| DCGAN | 912 | 0.10 | 0.00 | – | 3 | 12,800 |"
