from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from t2i_core.data.catalogue import HELD_OUT_PERCENT, is_held_out, read_products
from t2i_core.errors import DataError

ROW = {
    "id": "1", "title": " Nike Men Red Shoes ", "gender": "Men", "subCategory": "Shoes", "articleType": "Sports Shoes",
    "baseColour": "Red", "season": "", "usage": "NA", "image": {"bytes": b"x", "path": None},
}  # fmt: skip


def write(path: Path, *changes: dict[str, object]) -> Path:
    pq.write_table(pa.Table.from_pylist([ROW | change for change in changes]), path)
    return path


def test_labels_the_source_leaves_open_are_none_and_not_guessed(tmp_path: Path) -> None:
    (product,) = read_products([write(tmp_path / "a.parquet", {})])
    assert (product.title, product.category, product.colour) == ("Nike Men Red Shoes", "Sports Shoes", "Red")
    assert product.season is None
    assert product.usage is None
    assert product.brand is None
    assert product.image == b"x"


def test_underwear_and_nightwear_are_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.parquet",
        {"id": "1"},
        {"id": "2", "subCategory": "Innerwear"},
        {"id": "3", "subCategory": "Loungewear and Nightwear"},
    )
    assert [product.id for product in read_products([path])] == ["1"]


def test_files_are_read_one_after_the_other_and_without_pictures_if_asked(tmp_path: Path) -> None:
    paths = [write(tmp_path / "a.parquet", {"id": "1"}), write(tmp_path / "b.parquet", {"id": "2"})]
    products = list(read_products(paths, images=False))
    assert [product.id for product in products] == ["1", "2"]
    assert all(product.image is None for product in products)


def test_a_missing_file_and_a_file_of_other_columns_say_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.parquet"):
        list(read_products([tmp_path / "gone.parquet"]))
    pq.write_table(pa.table({"id": ["1"]}), tmp_path / "other.parquet")
    with pytest.raises(DataError, match="title"):
        list(read_products([tmp_path / "other.parquet"]))


def test_the_split_depends_on_the_id_alone_and_holds_out_the_stated_share() -> None:
    held = [is_held_out(str(number)) for number in range(20_000)]
    assert held == [is_held_out(str(number)) for number in range(20_000)]
    assert sum(held) / 200 == pytest.approx(HELD_OUT_PERCENT, abs=0.7)
