import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from t2i_core.data.shards import (
    CATALOGUE,
    CATALOGUE_SCHEMA,
    IMAGES_SCHEMA,
    ShardWriter,
    find_shards,
    remove_parts,
    rows_of,
    write_shard,
)
from t2i_core.errors import DataError, OutputError


def products(first: int, count: int) -> pa.Table:
    return pa.Table.from_pylist([{"id": f"B{number}"} for number in range(first, first + count)], CATALOGUE_SCHEMA)


def test_shards_are_cut_where_they_are_full_whatever_the_tables_sizes(tmp_path: Path) -> None:
    with ShardWriter(tmp_path, CATALOGUE, CATALOGUE_SCHEMA, rows=10, first=3) as writer:
        start = 0
        for count in (4, 0, 25, 1, 3):
            writer.write(products(start, count))
            start += count
    assert [path.name for path in find_shards(tmp_path)] == [f"catalogue-{n:05d}.parquet" for n in (3, 4, 5, 6)]
    assert [pq.read_metadata(path).num_rows for path in writer.paths] == [10, 10, 10, 3]
    ids = [str(one) for table in rows_of(writer.paths, ["id"], batch=7) for one in table["id"].to_pylist()]
    assert ids == [f"B{number}" for number in range(33)]


def test_after_an_error_no_last_shard_is_written(tmp_path: Path) -> None:
    def fail() -> None:
        with ShardWriter(tmp_path, CATALOGUE, CATALOGUE_SCHEMA, rows=10) as writer:
            writer.write(products(0, 12))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["catalogue-00000.parquet"]


def test_a_shard_is_zstd_and_notes_its_pictures_as_datasets_does(tmp_path: Path) -> None:
    picture = {"id": "B1", "image": {"bytes": b"jpeg", "path": "a.jpg"}}
    write_shard(tmp_path / "images-00000.parquet", pa.Table.from_pylist([picture], IMAGES_SCHEMA), {"more": "said"})
    file = pq.ParquetFile(tmp_path / "images-00000.parquet")
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    noted = file.schema_arrow.metadata
    features = json.loads(noted[b"huggingface"])["info"]["features"]
    assert features["image"] == {"_type": "Image"}
    assert features["price"] == {"dtype": "float64", "_type": "Value"}
    assert set(features) == set(IMAGES_SCHEMA.names)
    assert noted[b"more"] == b"said"


def test_half_written_files_are_never_taken_for_shards(tmp_path: Path) -> None:
    for name in (".catalogue-00001.abc.part", "catalogue-x.parquet", "catalogue-00002.parquet.tmp"):
        (tmp_path / name).write_bytes(b"half")
    with pytest.raises(DataError, match="t2i prepare"):
        find_shards(tmp_path)
    remove_parts(tmp_path)
    assert not (tmp_path / ".catalogue-00001.abc.part").exists()


def test_what_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "catalogue-00000.parquet").write_bytes(b"PAR1 no parquet")
    with pytest.raises(DataError, match="Prepare it again"):
        list(rows_of(find_shards(tmp_path)))
    with pytest.raises(OutputError, match="cannot be written"):
        write_shard(tmp_path / "catalogue-00000.parquet" / "b.parquet", products(0, 1))
