import json
from pathlib import Path

import pytest

from t2i_core.data.failures import FailureLog, count_reasons, failures_path, forget_failures, read_failures
from t2i_core.errors import OutputError


def test_lines_are_added_to_those_that_are_there(tmp_path: Path) -> None:
    for number in range(2):
        with FailureLog(tmp_path) as log:
            log.add(f"P{number}", f"http://a/{number}\n“x”", "not a picture", 1)
            assert log.count == 1
    assert [row["id"] for row in read_failures(tmp_path)] == ["P0", "P1"]
    assert count_reasons(tmp_path) == {"not a picture": 2}
    assert next(read_failures(tmp_path)) == {
        "id": "P0", "url": "http://a/0\n“x”", "reason": "not a picture", "tries": 1
    }  # fmt: skip


@pytest.mark.parametrize("rest", ['{"id": "P9", "ur', '{"id"', "{"])
def test_half_a_line_counts_for_nothing_and_is_cut_off(tmp_path: Path, rest: str) -> None:
    with FailureLog(tmp_path) as log:
        log.add("P0", None, "no address", 0)
    with failures_path(tmp_path).open("a") as file:
        file.write(rest)
    assert [row["id"] for row in read_failures(tmp_path)] == ["P0"]
    with FailureLog(tmp_path) as log:
        log.add("P1", None, "no address", 0)
    lines = failures_path(tmp_path).read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["P0", "P1"]


def test_a_file_of_half_a_line_alone_is_emptied(tmp_path: Path) -> None:
    failures_path(tmp_path).write_text('{"id"')
    with FailureLog(tmp_path):
        assert failures_path(tmp_path).read_bytes() == b""


def test_failures_of_all_parts_are_read_and_forgotten(tmp_path: Path) -> None:
    for part in (0, 3):
        with FailureLog(tmp_path, part) as log:
            log.add(f"P{part}", None, "no address", 0)
    assert len(list(read_failures(tmp_path))) == 2
    forget_failures(tmp_path)
    assert list(read_failures(tmp_path)) == []


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        FailureLog(tmp_path / "none")
