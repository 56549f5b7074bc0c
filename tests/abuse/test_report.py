import csv
import io
from pathlib import Path

import pytest

from t2i_core.abuse.profile import Profile
from t2i_core.abuse.report import COLUMNS, counts, csv_report, html_report, write_csv, write_html
from t2i_core.abuse.results import Results
from tests.abuse.batches import judged


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return judged(tmp_path / "shop")


def test_the_table_has_a_row_a_picture_the_worst_first(results: Results) -> None:
    rows = list(csv.reader(io.StringIO(csv_report(results).decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    assert [row[0] for row in rows[1:3]] == ["page.jpg", "none.jpg"]
    assert rows[1][2:4] == ["error", "file.unreadable"]
    assert len(rows) == 6


def test_a_title_that_a_spreadsheet_would_run_is_kept_from_it(results: Results) -> None:
    rows = list(csv.reader(io.StringIO(csv_report(results).decode("utf-8-sig"))))
    assert "'=1+1" in [row[1] for row in rows]


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(results: Results) -> None:
    page = html_report(results, Profile(title="A & B")).decode()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Bag" in page
    assert "A &amp; B" in page
    assert "default-src 'none'" in page
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("data:image/jpeg;base64,") == 3


def test_counts_say_how_many_are_how_bad(results: Results) -> None:
    assert counts(results) == {"error": 2, "warning": 3, "note": 0, "ok": 0}


def test_reports_are_written_into_a_new_folder(tmp_path: Path, results: Results) -> None:
    write_csv(results, tmp_path / "out" / "check.csv")
    write_html(results, tmp_path / "out" / "check.html", Profile())
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["check.csv", "check.html"]
