import gzip
import json
import multiprocessing
import os
import signal
import time
import tracemalloc
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from t2i_core.data import lines, prepare
from t2i_core.data.catalogues import BUILDING, MANIFEST, REJECTS, read_catalogue
from t2i_core.data.engines import LocalEngine
from t2i_core.data.lines import MAX_LINE, blocks_of
from t2i_core.data.made_up import FORMS, made_up_lines
from t2i_core.data.prepare import parse_block, prepare_amazon
from t2i_core.data.shards import CATALOGUE_SCHEMA, find_shards
from t2i_core.errors import DataError, InputError, OutputError

HERE = LocalEngine(1)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks so small that a short file has many."""
    monkeypatch.setattr(prepare, "BLOCK", 20_000)


def made_up(path: Path, form: str, count: int) -> list[bytes]:
    written = list(islice(made_up_lines(form), count))
    path.write_bytes(b"".join(written))
    return written


def ids_of(folder: Path) -> list[str]:
    return [str(one) for path in find_shards(folder) for one in pq.read_table(path)["id"].to_pylist()]


@pytest.mark.parametrize("form", FORMS)
def test_every_line_of_every_form_becomes_a_row(tmp_path: Path, form: str) -> None:
    written = made_up(tmp_path / "meta", form, 300)
    done = prepare_amazon(tmp_path / "meta", tmp_path / "out", HERE, rows=100)
    assert (done.lines, done.products, done.rejects, len(done.shards)) == (300, 300, {}, 3)
    table = pq.read_table(find_shards(tmp_path / "out")[0])
    assert table.schema.equals(CATALOGUE_SCHEMA)
    assert all(one.encode() in line for one, line in zip(ids_of(tmp_path / "out"), written, strict=True))


@pytest.mark.usefixtures("small")
def test_gzip_and_plain_one_process_and_two_give_the_same_shards(tmp_path: Path) -> None:
    written = b"".join(made_up(tmp_path / "meta.json", "2014-literal", 200))
    (tmp_path / "meta.json.gz").write_bytes(gzip.compress(written[:50_000]) + gzip.compress(written[50_000:]))
    for name, out, engine in (
        ("meta.json", "a", HERE),
        ("meta.json.gz", "b", HERE),
        ("meta.json", "c", LocalEngine(2)),
    ):
        prepare_amazon(tmp_path / name, tmp_path / out, engine, rows=64)
    first = pq.read_table(find_shards(tmp_path / "a"))
    assert len(first) == 200
    assert all(pq.read_table(find_shards(tmp_path / out)).equals(first) for out in "bc")


@pytest.mark.usefixtures("small")
def test_malformed_lines_are_kept_with_their_numbers_and_stop_nothing(tmp_path: Path) -> None:
    written = made_up(tmp_path / "meta", "2018-json", 100)
    written[3] = b"{'asin': \n"
    written[50] = b'{"title": "no id"}\n'
    written[70] = b"\n"
    written[80] = b'{"asin": "' + b"x" * MAX_LINE + b'"}\n'
    written[99] = b'{"asin": "LAST"}'  # no newline
    (tmp_path / "meta").write_bytes(b"".join(written))
    done = prepare_amazon(tmp_path / "meta", tmp_path / "out", HERE)
    assert (done.lines, done.products) == (100, 96)
    assert done.rejects == {"neither JSON nor a Python literal": 1, "no asin": 1, "longer than 2 MB": 1}
    kept = [json.loads(line) for line in (tmp_path / "out" / REJECTS).read_text().splitlines()]
    assert [(one["line"], one["reason"]) for one in kept] == [
        (4, "neither JSON nor a Python literal"),
        (51, "no asin"),
        (81, "longer than 2 MB"),
    ]
    assert kept[0]["text"] == "{'asin':"
    assert len(kept[2]["text"]) <= prepare.KEPT
    assert ids_of(tmp_path / "out")[-1] == "LAST"


def test_the_form_may_change_from_line_to_line(tmp_path: Path) -> None:
    mixed = [next(made_up_lines(form)) for form in FORMS]
    (tmp_path / "meta").write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(line.strip() for line in mixed))
    assert prepare_amazon(tmp_path / "meta", tmp_path / "out", HERE).products == len(FORMS)


def test_only_wanted_categories_are_kept_and_the_others_counted(tmp_path: Path) -> None:
    made_up(tmp_path / "meta", "2014-json", 200)
    done = prepare_amazon(tmp_path / "meta", tmp_path / "out", HERE, categories=["guitars", "boots"])
    leaves = set(pq.read_table(tmp_path / "out" / done.shards[0])["category"].to_pylist())
    assert leaves == {"Ankle & Bootie", "Electric Guitars"}
    assert done.products + done.other == done.lines == 200


@pytest.mark.usefixtures("small")
def test_the_limit_counts_products_and_reads_no_further(tmp_path: Path) -> None:
    written = made_up(tmp_path / "meta", "2014-json", 500)
    done = prepare_amazon(tmp_path / "meta", tmp_path / "out", HERE, limit=7)
    assert (done.products, ids_of(tmp_path / "out")) == (7, [json.loads(line)["asin"] for line in written[:7]])
    assert done.lines < 500
    with pytest.raises(InputError, match="at least 1"):
        prepare_amazon(tmp_path / "meta", tmp_path / "out", HERE, limit=0)


def test_a_gzip_file_that_is_cut_off_or_damaged_leaves_the_old_catalogue_as_it_was(tmp_path: Path) -> None:
    written = b"".join(made_up(tmp_path / "meta", "2014-json", 50))
    before = prepare_amazon(tmp_path / "meta", tmp_path / "out", HERE)
    zipped = gzip.compress(written)
    for data, said in ((zipped[:-20], "ends in the middle"), (zipped[:99] + b"garbage" + zipped[106:], "damaged")):
        (tmp_path / "bad.gz").write_bytes(data)
        with pytest.raises(DataError, match=said):
            prepare_amazon(tmp_path / "bad.gz", tmp_path / "out", HERE)
    assert read_catalogue(tmp_path / "out") == before
    assert len(ids_of(tmp_path / "out")) == 50
    assert not (tmp_path / "out" / BUILDING).exists()


def test_a_file_that_is_not_there_and_a_folder_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Check the path"):
        prepare_amazon(tmp_path / "none", tmp_path / "out", HERE)
    made_up(tmp_path / "meta", "2014-json", 5)
    with pytest.raises(OutputError, match="cannot be written"):
        prepare_amazon(tmp_path / "meta", tmp_path / "meta" / "out", HERE)


def test_a_smaller_catalogue_leaves_no_shard_of_a_larger_one(tmp_path: Path) -> None:
    made_up(tmp_path / "meta", "2014-json", 50)
    prepare_amazon(tmp_path / "meta", tmp_path / "out", HERE, rows=10)
    done = prepare_amazon(tmp_path / "meta", tmp_path / "out", HERE, rows=10, limit=15)
    assert [path.name for path in find_shards(tmp_path / "out")] == done.shards == _names(2)


def _names(count: int) -> list[str]:
    return [f"catalogue-{number:05d}.parquet" for number in range(count)]


def _prepare_slowly(source: Path, out: Path) -> None:
    prepare_amazon(source, out, HERE, rows=10, on_lines=lambda lines, products: time.sleep(60))


def test_killed_in_the_middle_it_leaves_what_was_there_and_runs_again(tmp_path: Path) -> None:
    made_up(tmp_path / "meta", "2014-json", 50)
    before = prepare_amazon(tmp_path / "meta", tmp_path / "out", HERE, limit=5)
    process = multiprocessing.get_context("spawn").Process(
        target=_prepare_slowly, args=(tmp_path / "meta", tmp_path / "out")
    )
    process.start()
    _wait_for(lambda: any((tmp_path / "out" / BUILDING).glob("catalogue-*.parquet")))
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert read_catalogue(tmp_path / "out") == before
    assert len(ids_of(tmp_path / "out")) == 5
    prepare_amazon(tmp_path / "meta", tmp_path / "out", HERE)
    assert len(ids_of(tmp_path / "out")) == 50
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*_names(1), MANIFEST, REJECTS, ".catalogue.lock"}


def _wait_for(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_missing_shard_is_noticed(tmp_path: Path) -> None:
    made_up(tmp_path / "meta", "2014-json", 5)
    prepare_amazon(tmp_path / "meta", tmp_path / "out", HERE)
    find_shards(tmp_path / "out")[0].unlink()
    with pytest.raises(DataError, match=r"lacks catalogue-00000\.parquet"):
        read_catalogue(tmp_path / "out")
    with pytest.raises(DataError, match="no finished catalogue"):
        read_catalogue(tmp_path)


@pytest.mark.parametrize("carried", [False, True])
@pytest.mark.parametrize("size", [1, 7, 64, 1_000])
def test_blocks_hold_every_line_once_whatever_their_size(tmp_path: Path, size: int, carried: bool) -> None:
    data = b"\n".join([b"a", b"", b"bb" * 40, b"c" * 9, b"", b"last"])
    (tmp_path / "meta").write_bytes(data)
    pieces = [piece for block in blocks_of(tmp_path / "meta", size, carried=carried) for piece in block.pieces()]
    assert b"".join(pieces) == data
    assert all(piece.endswith(b"\n") for piece in pieces[:-1])


def test_an_endless_line_is_read_without_holding_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_LINE", 1_000)
    monkeypatch.setattr(prepare, "MAX_LINE", 1_000)
    monkeypatch.setattr(lines, "BLOCK", 50_000)
    with gzip.open(tmp_path / "meta.gz", "wb", compresslevel=1) as file:
        for _ in range(400):
            file.write(b"x" * 100_000)
        file.write(b'\n{"asin": "B1"}\n')
    tracemalloc.start()
    parsed = [parse_block(block) for block in blocks_of(tmp_path / "meta.gz", 50_000)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [one.reason for part in parsed for one in part.rejects] == ["longer than 2 MB"]
    assert sum(len(part.table) for part in parsed) == 1
    assert peak < 2_000_000  # of 40 MB
