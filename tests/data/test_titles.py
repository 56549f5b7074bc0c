from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from t2i_core.data.catalogue import is_held_out
from t2i_core.data.titles import guitar_title, read_titled
from t2i_core.errors import DataError

TRAIN, HELD = ([str(i) for i in range(200) if is_held_out(str(i)) == held] for held in (False, True))


def tops(
    path: Path, *titles: str, ids: list[str] = TRAIN, product_type: str = "SHIRT", brand: str | None = "Acme"
) -> Path:
    rows = [
        {"id": i, "title": title, "brand": brand, "product_type": product_type}
        for i, title in zip(ids, titles, strict=False)
    ]
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def test_tops_have_their_title_in_one_line_and_their_brand(tmp_path: Path) -> None:
    (product,) = read_titled([tops(tmp_path / "a.parquet", " Acme  Floral\nTop ")])
    assert (product.title, product.brand, product.category) == ("Acme Floral Top", "Acme", None)


def test_a_brand_the_shop_did_not_give_is_none(tmp_path: Path) -> None:
    assert read_titled([tops(tmp_path / "a.parquet", "Top", brand=None)])[0].brand is None


def test_guitars_are_named_after_their_folder(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": TRAIN[:2], "folder": ["gibson_les_paul", "gibson_SG"]}), tmp_path / "g.parquet")
    found = read_titled([tmp_path / "g.parquet"])
    assert [p.title for p in found] == ["Gibson Les Paul Electric Guitar", "Gibson SG Electric Guitar"]
    assert {(p.brand, p.category) for p in found} == {("Gibson", "Electric Guitar")}


def test_a_guitars_maker_and_model_are_capitalised() -> None:
    assert guitar_title("fender_jaguar") == "Fender Jaguar Electric Guitar"


def test_the_two_sides_of_the_split_share_no_product(tmp_path: Path) -> None:
    ids = TRAIN[:3] + HELD[:2]
    path = tops(tmp_path / "a.parquet", *(f"Top {i}" for i in ids), ids=ids)
    assert [p.id for p in read_titled([path])] == TRAIN[:3]
    assert [p.id for p in read_titled([path], held_out=True)] == HELD[:2]


@pytest.mark.parametrize(
    "title", ["Lace Bra Top", "Silk Pajamas Shirt", "Cotton panties", "Long NIGHTGOWN", "Sexy Top"]
)
def test_underwear_and_nightwear_are_left_out_by_their_words(tmp_path: Path, title: str) -> None:
    path = tops(tmp_path / "a.parquet", title, "Embraced Brave Top")
    assert [p.title for p in read_titled([path])] == ["Embraced Brave Top"]


def test_words_that_mean_underwear_among_tops_may_stand_in_other_titles(tmp_path: Path) -> None:
    row = {"id": TRAIN[0], "title": "Nike Men Thong Flip Flops", "gender": "Men", "subCategory": "Shoes"}
    labels = dict.fromkeys(("articleType", "baseColour", "season", "usage"), "")
    bra = {"id": TRAIN[1], "title": "Nike Women sports bra", "gender": "Women", "subCategory": "Topwear"}
    pq.write_table(pa.Table.from_pylist([row | labels, bra | labels]), tmp_path / "a.parquet")
    assert [p.title for p in read_titled([tmp_path / "a.parquet"])] == ["Nike Men Thong Flip Flops"]


def test_underwear_and_nightwear_are_left_out_by_their_type(tmp_path: Path) -> None:
    night = tops(tmp_path / "a.parquet", "Top", product_type="SLEEPWEAR")
    day = tops(tmp_path / "b.parquet", "Blouse")
    assert [p.title for p in read_titled([night, day])] == ["Blouse"]


def test_a_folder_stands_for_the_files_it_is_known_to_hold(tmp_path: Path) -> None:
    tops(tmp_path / "amazon_tops.parquet", "Blouse")
    tops(tmp_path / "something_else.parquet", "Not this")
    assert [p.title for p in read_titled([tmp_path])] == ["Blouse"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = tops(tmp_path / "amazon_tops.parquet", "Blouse")
    assert len(read_titled([tmp_path, path, path])) == 1


def test_a_folder_without_the_files_says_which_are_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"No titles were found.*amazon_tops\.parquet"):
        read_titled([tmp_path])


def test_a_file_with_other_columns_is_refused_with_those_it_has(tmp_path: Path) -> None:
    pq.write_table(pa.table({"name": ["x"]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet has no titles.*its columns: name"):
        read_titled([tmp_path / "a.parquet"])


@pytest.mark.parametrize("content", [None, b"", b"not parquet"])
def test_a_missing_or_damaged_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "lost.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"lost\.parquet is not a parquet file"):
        read_titled([path])
