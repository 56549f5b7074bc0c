import json
from pathlib import Path

import pytest
from PIL import Image

from t2i_core.cli import main
from t2i_core.data import bench
from t2i_core.data.bench import PrepareBench, Run
from t2i_core.data.made_up import FORMS, made_up_lines

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def meta(tmp_path: Path) -> Path:
    """A line of every form, and one that is none."""
    path = tmp_path / "meta.json"
    path.write_bytes(b"".join(next(made_up_lines(form)) for form in FORMS) + b"{'asin':\n")
    return path


def test_amazon_metadata_becomes_a_catalogue_and_a_report(meta: Path, tmp_path: Path, capsys: Printed) -> None:
    out = tmp_path / "out"
    assert main(["prepare", "amazon", str(meta), "--out", str(out), "--workers", "1"]) == 0
    printed = capsys.readouterr().out
    assert "4 products of 5 lines" in printed
    assert "1 rejected: neither JSON nor a Python literal" in printed
    assert main(["prepare", "report", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out / "report.html")
    assert "<h1>meta.json</h1>" in (out / "report.html").read_text()


def test_the_filter_and_the_limit_reach_the_reader(meta: Path, tmp_path: Path, capsys: Printed) -> None:
    options = ["--out", str(tmp_path / "out"), "--json", "--limit", "1"]
    assert main(["prepare", "amazon", str(meta), *options]) == 0
    assert json.loads(capsys.readouterr().out)["products"] == 1
    assert main(["prepare", "amazon", str(meta), *options, "--category", "no such thing, nor this"]) == 0
    assert json.loads(capsys.readouterr().out)["products"] == 0


def test_tables_and_folders_become_catalogues(tmp_path: Path, capsys: Printed) -> None:
    pics = tmp_path / "pics"
    (pics / "bags").mkdir(parents=True)
    Image.new("RGB", (400, 100)).save(pics / "bags" / "red.png")
    (pics / "shop.csv").write_text("title,image\nRed bag,bags/red.png\n")
    for command in (["folder", str(pics)], ["csv", str(pics / "shop.csv")]):
        assert main(["prepare", *command, "--out", str(tmp_path / "out"), "--size", "64", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["images"] == ["images-00000.parquet"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["amazon", "none.json", "--out", "out"], "Check the path"),
        (["amazon", "none.json", "--out", "out", "--workers", "0"], "At least one worker"),
        (["csv", "none.csv", "--out", "out"], "cannot be opened"),
        (["folder", "none", "--out", "out"], "is no folder"),
        (["hub", "none", "--out", "out"], "owner/name"),
        (["report", "none"], "t2i prepare"),
        (["report", "none", "--out", "report.txt"], "must end in .html"),
    ],
)
def test_what_can_be_mended_is_said_and_exits_with_2(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["prepare", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_the_bench_prints_what_it_measured(monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
    asked = []

    def measure(lines: int, on_step: object = None) -> PrepareBench:
        asked.append(lines)
        return PrepareBench(lines, 2, Run(10, 1.0, 1.0, 0.0, 0.0), 1.0, [])

    monkeypatch.setattr(bench, "bench_prepare", measure)
    assert main(["bench", "prepare", "--lines", "5000", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lines"] == 5000
    assert main(["bench", "prepare"]) == 0
    assert asked == [5000, 1_000_000]
