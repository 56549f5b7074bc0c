import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from t2i_core.cli import main
from t2i_core.commands import transfer as command
from t2i_core.models.adgan import AdganConfig, AdganGenerator
from t2i_core.training.transfer_report import TransferReport
from t2i_core.tryon import dress, transfer
from t2i_core.tryon.dress import Dresser
from t2i_core.tryon.transfer import Transfer
from tests.tryon import made_up
from tests.tryon.made_up import Finder, Reader

TINY = AdganConfig(height=64, width=40, code=8, textures=(8, 8), widths=(16, 16), blocks=1, fused=16)


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A photo of the one person there is, and networks that know them."""
    known = made_up.person()
    made = Dresser(Finder([known]), Reader([known]))  # type: ignore[arg-type]
    monkeypatch.setattr(dress.Dresser, "from_pretrained", classmethod(lambda cls: made))
    torch.manual_seed(0)
    drawer = Transfer(AdganGenerator(TINY))
    monkeypatch.setattr(transfer.Transfer, "from_pretrained", classmethod(lambda cls, name: drawer))
    known.photo.save(tmp_path / "me.png")
    return tmp_path / "me.png"


def test_a_person_is_drawn_in_a_stance(photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.png"
    line = ["transfer", str(photo), "--pose", "hands on hips", "--enlarge", "2", "--out", str(out), "--json"]
    assert main(line) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["size"] == [80, 128]
    picture = Image.open(out)
    assert picture.size == (80, 128)
    assert "trainedAlgorithmicMedia" in str(picture.info)


def test_the_pose_of_a_photo_and_parts_of_it_are_taken(photo: Path, tmp_path: Path) -> None:
    parts = ["--part", f"upper={photo}", "--part", f"lower={photo}", "--share", "lower=0.5"]
    assert main(["transfer", str(photo), "--pose", str(photo), *parts, "--out", str(tmp_path / "out.png")]) == 0
    assert np.asarray(Image.open(tmp_path / "out.png")).shape == (64, 40, 3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--pose", "a handstand"], "hands on hips"),
        (["--part", "upper"], "PART="),
        (["--part", "upper=me.png", "--part", "upper=me.png"], "twice"),
        (["--share", "upper=0.5"], "needs --part"),
        (["--part", "upper=me.png", "--share", "upper=much"], "number"),
        (["--part", "hat=me.png"], "no part"),
        (["--part", "upper=me.png", "--share", "upper=3"], "between 0 and 1"),
        (["--enlarge", "99"], "1 to 16"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(
    photo: Path, options: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(photo.parent)
    assert main(["transfer", str(photo), *options, "--out", "out.png"]) == 2
    assert said in capsys.readouterr().err


def test_without_a_trained_network_it_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made_up.person().photo.save(tmp_path / "me.png")
    assert main(["transfer", str(tmp_path / "me.png"), "--out", str(tmp_path / "out.png")]) == 2
    assert "transfer" in capsys.readouterr().err


def test_the_numbers_come_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model": "adgan", "format": 1}))
    report = TransferReport(2, {"turned limbs": {"transfer": 0.9}}, {"turned limbs": {"transfer": 0.1}})
    monkeypatch.setattr("t2i_core.commands.judging.judge_transfer", lambda *_: report)
    monkeypatch.setattr("t2i_core.weights.read_config", lambda path: {"model": "adgan"})
    assert command.judge_transfer is not None
    assert main(["evaluate", str(tmp_path), "--data", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["similar"]["turned limbs"]["transfer"] == 0.9
