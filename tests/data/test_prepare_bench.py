import json
from dataclasses import asdict
from pathlib import Path

import pytest

from t2i_core.data import bench
from t2i_core.data.bench import FormBench, PrepareBench, Run, bench_prepare, measure_literal_eval, write_made_up
from t2i_core.errors import InputError, T2IError


def test_a_file_of_made_up_lines_has_as_many_as_were_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "DIFFERENT", 30)
    write_made_up(tmp_path / "meta", "2023-jsonl", 75)
    lines = (tmp_path / "meta").read_bytes().splitlines()
    assert (len(lines), len(set(lines))) == (75, 30)
    assert all("parent_asin" in json.loads(line) for line in lines)


def test_one_pass_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    write_made_up(tmp_path / "meta", "2018-json", 500)
    run = bench._run("prepare", tmp_path / "meta")
    assert run.lines == 500
    assert run.cpu_seconds > 0
    assert 20 < run.memory < 2_000
    assert (tmp_path / "out" / "catalogue.json").exists()
    with pytest.raises(T2IError, match="Check the path"):
        bench._run("parse", tmp_path / "none")


def test_literal_eval_is_measured_beside() -> None:
    alone = measure_literal_eval(20)
    assert alone.lines == 20
    assert 0 < alone.cost < 1e5


def test_the_table_says_how_many_times_as_fast_literals_are_read() -> None:
    run, quick = Run(1_000, 1.0, 0.9, 100.0, 150.0), Run(1_000, 0.1, 0.09, 90.0, 150.0)
    found = PrepareBench(1_000, 2, run, 90.0, [FormBench("2014-literal", 970.0, 15.0, quick, run, run)])
    assert "10.0 times as fast; at best 6.0 times" in str(found)
    assert "100 + 150" in str(found)
    assert json.loads(json.dumps(asdict(found)))["forms"][0]["parse"]["seconds"] == 0.1


@pytest.mark.parametrize("lines", [0, 999, 10**9])
def test_a_number_of_lines_out_of_range_is_refused(lines: int) -> None:
    with pytest.raises(InputError, match="1,000"):
        bench_prepare(lines)
