import json
from pathlib import Path

import pytest

from t2i_core.cli import main
from t2i_core.data.bench_download import check_download, picture_server, write_addresses
from t2i_core.data.shards import IMAGES, find_shards


def test_pictures_of_a_catalogue_are_downloaded_by_one_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with picture_server() as ports:
        write_addresses(tmp_path, 100, ports)
        options = ["--max-bytes", "300000", "--tries", "2", "--allow-private", "--json"]
        assert main(["prepare", "images", str(tmp_path), *options]) == 0
    (line,) = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert (line["rows"], line["images"], line["failures"]) == (100, 92, 8)
    assert check_download(tmp_path, 100) == (0, 0, 0)
    assert len(find_shards(tmp_path, IMAGES)) == 1


def test_addresses_inside_are_refused_without_being_allowed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_addresses(tmp_path, 5, [9])
    assert main(["prepare", "images", str(tmp_path)]) == 0
    assert "5 rows: 0 pictures, 5 failures" in capsys.readouterr().out


def test_a_folder_without_a_catalogue_and_senseless_numbers_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prepare", "images", str(tmp_path)]) == 2
    assert "t2i prepare" in capsys.readouterr().err
    assert main(["prepare", "images", str(tmp_path), "--per-host", "0"]) == 2
    assert "per-host" in capsys.readouterr().err


def test_the_measurement_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "download", "--count", "100", "--json"]) == 0
    (line,) = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert (line["lost"], line["repeated"], line["wrong"], line["good"]) == (0, 0, 0, 80)
    assert line["processor_ms"] > 0
