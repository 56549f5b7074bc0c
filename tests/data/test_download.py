import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from t2i_core.data import download, image_writer
from t2i_core.data.alone import alone
from t2i_core.data.bench_download import bench_download, check_download, picture_server, write_addresses
from t2i_core.data.download import download_images, download_part
from t2i_core.data.download_options import DownloadOptions
from t2i_core.data.engines import LocalEngine
from t2i_core.data.failures import count_reasons, failures_path, read_failures
from t2i_core.data.shards import CATALOGUE, CATALOGUE_SCHEMA, IMAGES, IMAGES_SCHEMA, find_shards, rows_of, write_shard
from t2i_core.errors import DataError, InputError, OutputError
from t2i_core.images import open_image

HERE = DownloadOptions(max_bytes=300_000, tries=3, allow_private=True)


@pytest.fixture(scope="module")
def ports() -> Iterator[Sequence[int]]:
    with picture_server() as found:
        yield found


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "FIRST_WAIT", 0.02)


def listed(folder: Path, urls: Sequence[str | None]) -> Path:
    """A catalogue of these addresses."""
    rows = [{"id": f"P{n}", "title": f"Product {n}", "image_url": url} for n, url in enumerate(urls)]
    write_shard(folder / f"{CATALOGUE}-00000.parquet", pa.Table.from_pylist(rows, CATALOGUE_SCHEMA))
    return folder


def reasons(folder: Path) -> dict[str, str]:
    return {str(row["id"]): str(row["reason"]) for row in read_failures(folder)}


def ids(folder: Path) -> list[str]:
    return [name for table in rows_of(find_shards(folder, IMAGES), ["id"]) for name in table["id"].to_pylist()]


def test_every_row_ends_in_a_shard_or_in_the_failures_table_once(tmp_path: Path, ports: Sequence[int]) -> None:
    write_addresses(tmp_path, 300, ports, rows=120)
    report = download_images(tmp_path, HERE)
    assert (report.rows, report.images, report.failures) == (300, 276, 24)
    assert check_download(tmp_path, 300) == (0, 0, 0)
    assert count_reasons(tmp_path)["not a picture"] == 6
    table = pq.read_table(find_shards(tmp_path, IMAGES)[0])
    assert table.schema.equals(IMAGES_SCHEMA, check_metadata=False)
    assert json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]["image"] == {"_type": "Image"}
    assert table["categories"].to_pylist()[0] == ["Things"]
    again = download_images(tmp_path, HERE)
    assert (again.images, again.failures, again.before) == (0, 0, 300)


KILLED = """
import sys
from pathlib import Path
from t2i_core.data import download, image_writer
from t2i_core.data.download import download_images
from t2i_core.data.download_options import DownloadOptions
image_writer.SHARD_BYTES = 300_000
if __name__ == "__main__":
    download_images(Path(sys.argv[1]), DownloadOptions(max_bytes=300_000, tries=3, concurrency=20, allow_private=True))
"""


def test_after_kill_9_nothing_is_lost_and_nothing_kept_twice(
    tmp_path: Path, ports: Sequence[int], repository: Path
) -> None:
    write_addresses(tmp_path, 400, ports)
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    kills = 0
    for wanted in (1, 3):
        environment = {**os.environ, "PYTHONPATH": str(repository)}
        process = subprocess.Popen([sys.executable, str(script), str(tmp_path)], env=environment)
        while len(list(tmp_path.glob("images-*.parquet"))) < wanted and process.poll() is None:
            time.sleep(0.01)
        helpers = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        kills += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not psutil.wait_procs(helpers, timeout=20)[1]  # its decoders end with it
    assert kills == 2
    with failures_path(tmp_path).open("a") as file:
        file.write('{"id": "P')  # as where it was killed while it wrote
    (tmp_path / f".{IMAGES}-00099.0123.part").write_bytes(b"half")
    report = download_images(tmp_path, HERE)
    assert report.before > 0
    assert check_download(tmp_path, 400) == (0, 0, 0)
    assert not list(tmp_path.glob(".*.part"))


def test_a_stopped_download_writes_what_it_has(tmp_path: Path, ports: Sequence[int]) -> None:
    write_addresses(tmp_path, 400, ports)

    def stop(done: int, total: int) -> None:
        if done > 150:
            raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        download_images(tmp_path, replace(HERE, concurrency=8), on_step=stop)
    assert 0 < len(ids(tmp_path)) < 400
    download_images(tmp_path, HERE)
    assert check_download(tmp_path, 400) == (0, 0, 0)


def test_an_id_that_the_catalogue_names_twice_is_downloaded_once(tmp_path: Path, ports: Sequence[int]) -> None:
    write_addresses(tmp_path, 100, ports, rows=60)
    again = pq.read_table(find_shards(tmp_path)[0]).slice(0, 10)
    write_shard(tmp_path / f"{CATALOGUE}-00009.parquet", again)
    report = download_images(tmp_path, HERE)
    assert (report.rows, report.repeated) == (110, 10)
    assert check_download(tmp_path, 100) == (0, 0, 0)


def test_failures_are_asked_for_again_only_where_that_is_wanted(tmp_path: Path, ports: Sequence[int]) -> None:
    listed(tmp_path, [f"http://127.0.0.1:{ports[0]}/missing/1.jpg"])
    download_images(tmp_path, HERE)
    assert download_images(tmp_path, HERE).before == 1
    listed(tmp_path, [f"http://127.0.0.1:{ports[0]}/good/1.jpg"])  # it has come back
    report = download_images(tmp_path, HERE, retry=True)
    assert (report.images, ids(tmp_path), reasons(tmp_path)) == (1, ["P0"], {})


def test_what_is_no_address_or_lies_inside_is_told_apart(tmp_path: Path, ports: Sequence[int]) -> None:
    inside = f"http://127.0.0.1:{ports[0]}/good/1.jpg"
    listed(tmp_path, [None, "", "ftp://a.b/c", inside, inside.replace("127.0.0.1", "localhost")])
    download_images(tmp_path, replace(HERE, allow_private=False))
    assert reasons(tmp_path) == {
        "P0": "no address",
        "P1": "no address",
        "P2": "not a plain http or https address",
        "P3": "the address lies inside a network",
        "P4": "the address lies inside a network",
    }
    assert {row["tries"] for row in read_failures(tmp_path) if row["id"] in ("P0", "P2")} == {0}


def test_a_server_that_is_gone_is_asked_as_often_as_said(tmp_path: Path) -> None:
    listed(tmp_path, ["http://127.0.0.1:9/x.jpg"])
    download_images(tmp_path, replace(HERE, tries=2))
    (row,) = read_failures(tmp_path)
    assert (row["reason"], row["tries"]) == ("the server cannot be reached", 2)


def test_pictures_are_kept_no_larger_than_asked_for(tmp_path: Path, ports: Sequence[int]) -> None:
    listed(tmp_path, [f"http://127.0.0.1:{port}/good/{n}.jpg" for n, port in enumerate(ports)])
    download_images(tmp_path, replace(HERE, size=64))
    for table in rows_of(find_shards(tmp_path, IMAGES), ["image"]):
        for row in table.to_pylist():
            assert open_image(row["image"]["bytes"]).size == (64, 64)


def test_shares_of_a_catalogue_are_downloaded_beside_each_other(
    tmp_path: Path, ports: Sequence[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_writer, "SHARD_BYTES", 300_000)
    write_addresses(tmp_path, 300, ports)
    report = download_images(tmp_path, HERE, engine=LocalEngine(1), parts=3)
    assert (report.rows, report.images, report.failures) == (300, 276, 24)
    assert check_download(tmp_path, 300) == (0, 0, 0)
    assert len(list(tmp_path.glob("failures-*.jsonl"))) == 3
    assert download_images(tmp_path, HERE).before == 300  # whatever the number of shares


def test_shares_never_choose_the_same_shard(tmp_path: Path, ports: Sequence[int]) -> None:
    write_addresses(tmp_path, 100, ports)
    for part in range(3):
        download_part(tmp_path, HERE, part, 3)
    numbers = [int(path.stem.rpartition("-")[2]) % 3 for path in find_shards(tmp_path, IMAGES)]
    assert sorted(numbers) == [0, 1, 2]
    assert check_download(tmp_path, 100) == (0, 0, 0)


def test_two_downloads_into_one_folder_are_refused(tmp_path: Path) -> None:
    listed(tmp_path, [])
    with alone(tmp_path, "images"), pytest.raises(OutputError, match="Another process"):
        download_images(tmp_path, HERE)


def test_a_folder_without_a_catalogue_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="t2i prepare"):
        download_images(tmp_path, HERE)


@pytest.mark.parametrize("wrong", [{"size": 1}, {"concurrency": 0}, {"per_host": 0}, {"tries": 0}, {"workers": 0}])
def test_options_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong)).replace("_", "-")):
        DownloadOptions(**wrong)  # type: ignore[arg-type]


def test_shares_keep_to_the_limits_together() -> None:
    shared = DownloadOptions(concurrency=200, per_host=32).shared_by(8)
    assert (shared.concurrency, shared.per_host) == (25, 4)
    with pytest.raises(InputError, match="parts"):
        DownloadOptions(concurrency=4).shared_by(5)


def test_the_measurement_finds_nothing_wrong_and_says_so() -> None:
    found = bench_download(100)
    assert (found.rows, found.images, found.failures) == (100, 92, 8)
    assert (found.lost, found.repeated, found.wrong) == (0, 0, 0)
    assert "lost 0, kept twice 0, wrong 0" in str(found)
    with pytest.raises(InputError, match="at least 100"):
        bench_download(3)
