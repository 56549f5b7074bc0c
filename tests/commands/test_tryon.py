import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from t2i_core.cli import main
from t2i_core.tryon import dress, pose
from t2i_core.tryon.dress import Dresser
from tests.tryon import made_up
from tests.tryon.made_up import Finder, Known, Reader


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Known:
    """Networks that know the one photo there is."""
    known = made_up.person()
    made = Dresser(Finder([known]), Reader([known]))  # type: ignore[arg-type]
    monkeypatch.setattr(dress.Dresser, "from_pretrained", classmethod(lambda cls: made))
    monkeypatch.setattr(pose, "pose_finder", lambda: Finder([known]))
    return known


@pytest.fixture
def files(known: Known, tmp_path: Path) -> Path:
    known.photo.save(tmp_path / "me.png")
    (tmp_path / "shelf").mkdir()
    made_up.shirt().save(tmp_path / "shelf" / "red.png")
    made_up.noise().save(tmp_path / "shelf" / "noise.png")
    made_up.trousers().save(tmp_path / "trousers.png")
    return tmp_path


def test_a_garment_is_put_on(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, mask = files / "out.png", files / "mask.png"
    line = ["tryon", str(files / "me.png"), str(files / "shelf" / "red.png"), "--slot", "upper"]
    assert main([*line, "--out", str(out), "--mask-out", str(mask), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"pose", "parts", "mask", "seconds", "notes"} <= set(told)
    edited = np.asarray(Image.open(mask)) > 0
    before, after = np.asarray(Image.open(files / "me.png")), np.asarray(Image.open(out))
    assert np.array_equal(before[~edited], after[~edited])


def test_only_what_a_mask_allows_is_edited(files: Path, known: Known) -> None:
    out, mask = files / "out.png", files / "may.png"
    may = np.zeros(known.parts.shape, np.uint8)
    may[: len(may) // 3] = 255
    Image.fromarray(may).save(mask)
    line = ["tryon", str(files / "me.png"), str(files / "shelf" / "red.png"), "--slot", "upper"]
    assert main([*line, "--out", str(out), "--mask", str(mask)]) == 0
    before, after = np.asarray(known.photo), np.asarray(Image.open(out))
    assert np.array_equal(before[may == 0], after[may == 0])
    assert (before != after).any()


def test_a_mask_of_another_shape_is_refused(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("L", (100, 100), 255).save(files / "may.png")
    line = ["tryon", str(files / "me.png"), str(files / "shelf" / "red.png"), "--slot", "upper"]
    assert main([*line, "--out", str(files / "out.png"), "--mask", str(files / "may.png")]) == 2
    assert "the photo's shape" in capsys.readouterr().err


def test_a_second_garment_goes_with_it(files: Path) -> None:
    line = ["tryon", str(files / "me.png"), str(files / "shelf" / "red.png"), "--slot", "upper"]
    also = f"lower={files / 'trousers.png'}"
    assert main([*line, "--also", also, "--out", str(files / "out.png")]) == 0
    assert (files / "out.png").is_file()


def test_a_whole_shelf_goes_on_and_what_cannot_is_told_of(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = files / "dressed"
    line = ["tryon", str(files / "me.png"), "--shelf", str(files / "shelf"), "--slot", "upper", "--out", str(out)]
    assert main(line) == 0
    told = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert "problem" in told[0]
    assert (out / "red.png").is_file()


def test_a_photo_of_nobody_ends_with_exit_code_2(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (300, 301), "green").save(files / "grass.png")
    line = ["tryon", str(files / "grass.png"), str(files / "shelf" / "red.png"), "--slot", "upper"]
    assert main([*line, "--out", str(files / "out.png")]) == 2
    assert "Nobody was found" in capsys.readouterr().err


def test_a_garment_or_a_shelf_must_be_named(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tryon", str(files / "me.png"), "--slot", "upper", "--out", str(files / "out.png")]) == 2
    assert "--shelf" in capsys.readouterr().err


def test_joints_are_printed_and_drawn(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pose", str(files / "me.png"), "--out", str(files / "skeleton.png")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["people"][0]) == 18
    assert (files / "skeleton.png").is_file()


def test_parts_are_printed_and_written(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", str(files / "me.png"), "--out", str(files / "parts.png"), "--at", "128,190"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["parts"]["upper"] > 0.05
    assert set(np.unique(np.asarray(Image.open(files / "parts.png")))) <= set(range(9))


def test_a_point_is_two_numbers(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", str(files / "me.png"), "--at", "here"]) == 2
    assert "two numbers" in capsys.readouterr().err
