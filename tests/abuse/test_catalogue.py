import tracemalloc
import zipfile
from pathlib import Path

import pytest

from t2i_core.abuse.catalogue import archive_items, catalogue_items, count_rows
from t2i_core.abuse.fetch import UrlItem
from t2i_core.abuse.files import NoPicture
from t2i_core.abuse.sources import Absent, FileItem, Item
from t2i_core.errors import InputError


def sheet(folder: Path, text: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / "all.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def told(items: list[Item]) -> list[tuple[str, str]]:
    return [(item.title, item.name) for item in items]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_catalogues_are_read_as_spreadsheets_anywhere_write_them(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [["Title", "Image"], ["Größe “M”, rot", "a.jpg"], ["", ""], ["Bag", "b/c.png"]]
    text = "\r\n".join(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row) for row in rows)
    path = sheet(tmp_path, text, encoding)
    items = list(catalogue_items(path))
    assert told(items) == [("Größe “M”, rot", "a.jpg"), ("Bag", "b/c.png")]
    assert count_rows(path) == 2
    assert isinstance(items[1], FileItem)
    assert items[1].path == tmp_path / "b/c.png"


def test_the_columns_may_stand_anywhere_and_the_title_may_be_missing(tmp_path: Path) -> None:
    path = sheet(tmp_path, "id,IMAGE_LINK ,price,Name\n1,a.jpg,3,Shoe\n2,b.jpg\n")
    assert told(list(catalogue_items(path))) == [("Shoe", "a.jpg"), ("", "b.jpg")]
    assert told(list(catalogue_items(sheet(tmp_path, "path\nx.jpg\n")))) == [("", "x.jpg")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "first line says: nothing"),
        ("title,price\nshoe,3\n", "first line says: title, price"),
        (b"PK\x03\x04\x00\x00binary\n", "needs a first line"),
        ("path\n" + '"' + "x" * 200_000 + "\n", "cannot be read past line"),
    ],
)
def test_what_is_no_catalogue_says_what_is_missing(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        list(catalogue_items(sheet(tmp_path, text)))


def test_a_catalogue_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Check the path"):
        count_rows(tmp_path / "none.csv")


def test_a_row_that_names_nothing_is_an_item_without_a_picture(tmp_path: Path) -> None:
    (item,) = catalogue_items(sheet(tmp_path, "title,path\nShoe,\n"))
    assert (item.name, item.title) == ("row 2", "Shoe")
    with pytest.raises(NoPicture):
        item.read()


def test_addresses_are_left_alone_unless_asked_for(tmp_path: Path) -> None:
    path = sheet(tmp_path, "title,url\nShoe,HTTPS://example.com/a.jpg\n")
    (closed,), (opened,) = list(catalogue_items(path)), list(catalogue_items(path, fetch=True))
    assert isinstance(closed, Absent)
    assert "not fetched" in closed.why
    assert isinstance(opened, UrlItem)


def test_two_hundred_thousand_rows_are_read_one_at_a_time(tmp_path: Path) -> None:
    path = sheet(tmp_path, "title,path\n" + "Nike Men Red Running Shoes,some/folder/picture.jpg\n" * 200_000)
    tracemalloc.start()
    assert sum(1 for _ in catalogue_items(path)) == 200_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_the_catalogue_in_an_archive_gives_its_pictures_titles(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("shop/list.csv", "title;file\nShoe;a.jpg\nBag;../../etc/passwd\n")
        archive.writestr("shop/a.jpg", b"picture")
        archive.writestr("shop/unnamed.jpg", b"other")
    items, total = archive_items(path, tmp_path / "work")
    shoe, bag = items
    assert total == 2
    assert (shoe.title, shoe.read()) == ("Shoe", b"picture")
    assert isinstance(bag, Absent)
