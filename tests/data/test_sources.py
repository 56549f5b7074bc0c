import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from t2i_core.data.catalogues import REJECTS, Catalogue
from t2i_core.data.columns import find_columns, path_of, price_of
from t2i_core.data.engines import LocalEngine
from t2i_core.data.shards import IMAGES, find_shards, write_shard
from t2i_core.data.sources import prepare_csv, prepare_folder
from t2i_core.errors import InputError

HERE = LocalEngine(1)
Row = dict[str, object]


def picture(path: Path, size: tuple[int, int] = (40, 30), colour: str = "red") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def rows(folder: Path) -> list[Row]:
    return [row for path in find_shards(folder) for row in pq.read_table(path).to_pylist()]


def pictures(folder: Path) -> dict[str, tuple[int, int]]:
    found = [row for path in find_shards(folder, IMAGES) for row in pq.read_table(path).to_pylist()]
    return {row["id"]: Image.open(io.BytesIO(row["image"]["bytes"])).size for row in found}


def reasons(folder: Path) -> list[tuple[int, str]]:
    lines = (folder / REJECTS).read_text().splitlines()
    return [(one["line"], one["reason"]) for one in map(json.loads, lines)]


def sheet(folder: Path, text: str, encoding: str = "utf-8-sig") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "shop.csv").write_bytes(text.encode(encoding))
    return folder / "shop.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_spreadsheets_file_is_read_by_the_names_of_its_columns(tmp_path: Path, encoding: str) -> None:
    text = (
        "SKU;Titel;Marke;Preis;Kategorie;Image URL;Lager\r\n"
        "a-1;Größe M, rot;Gärtner;1.299,00 €;Schuhe > Stiefel;https://shop/a.jpg;3\r\n"
        ";Tasche;;;;;\r\n"
    )
    prepare_csv(sheet(tmp_path, text, encoding), tmp_path / "out", HERE)
    first, second = rows(tmp_path / "out")
    assert first == {
        "id": "a-1",
        "title": "Größe M, rot",
        "brand": "Gärtner",
        "category": "Stiefel",
        "categories": ["Schuhe", "Stiefel"],
        "price": 1299.0,
        "image_url": "https://shop/a.jpg",
        "related": [],
    }
    assert (second["id"], second["title"], second["brand"], second["price"]) == ("shop-3", "Tasche", None, None)


def test_pictures_that_lie_beside_a_table_come_along_and_no_others(tmp_path: Path) -> None:
    picture(tmp_path / "shop" / "pics" / "boot.png", (600, 300))
    picture(tmp_path / "secret.png")
    (tmp_path / "shop" / "notes.jpg").write_text("not a picture")
    (tmp_path / "shop" / "link.png").symlink_to(tmp_path / "secret.png")
    text = "id,title,image\n1,Boot,pics/boot.png\n2,Up,../secret.png\n3,Note,notes.jpg\n4,Gone,gone.png\n5,,\n"
    text += "6,Link,link.png\n"
    done = prepare_csv(sheet(tmp_path / "shop", text), tmp_path / "out", HERE)
    assert pictures(tmp_path / "out") == {"1": (256, 128)}
    assert [row["id"] for row in rows(tmp_path / "out")] == ["1"]
    assert reasons(tmp_path / "out") == [
        (2, "the picture lies outside the table's folder"),
        (3, "not a picture"),
        (4, "there is no such file"),
        (5, "neither a title nor a picture"),
        (6, "the picture lies outside the table's folder"),
    ]
    assert (done.lines, done.products, done.images) == (6, 1, ["images-00000.parquet"])


def test_a_table_without_titles_or_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="first line says: colour, size"):
        prepare_csv(sheet(tmp_path, "colour,size\nred,3\n"), tmp_path / "out", HERE)


def test_folders_are_categories_and_file_names_are_titles(tmp_path: Path) -> None:
    picture(tmp_path / "pics" / "shoes" / "boots" / "red_ankle-boot.png", (20, 512))
    picture(tmp_path / "pics" / "bag.jpg")
    picture(tmp_path / "pics" / ".hidden" / "a.png")
    (tmp_path / "pics" / "shoes" / "broken.gif").write_bytes(b"GIF8")
    (tmp_path / "pics" / "readme.txt").write_text("no picture")
    for _ in range(2):  # the result lies inside, and is not read the second time
        done = prepare_folder(tmp_path / "pics", tmp_path / "pics" / "out", HERE)
    assert [(row["id"], row["title"], row["categories"]) for row in rows(tmp_path / "pics" / "out")] == [
        ("bag.jpg", "bag", []),
        ("shoes/boots/red_ankle-boot.png", "red ankle boot", ["shoes", "boots"]),
    ]
    assert pictures(tmp_path / "pics" / "out")["shoes/boots/red_ankle-boot.png"] == (10, 256)
    assert list(done.rejects.values()) == [1]


def test_pictures_that_were_downloaded_stay_when_the_table_is_prepared_again(tmp_path: Path) -> None:
    picture(tmp_path / "pics" / "bag.jpg")
    out = tmp_path / "out"
    assert _prepare(tmp_path).images == ["images-00000.parquet"]
    downloaded = pq.read_table(out / "images-00000.parquet")
    write_shard(out / "images-00001.parquet", downloaded)
    assert _prepare(tmp_path).images == ["images-00002.parquet"]
    assert [path.name for path in find_shards(out, IMAGES)] == ["images-00001.parquet", "images-00002.parquet"]


def _prepare(folder: Path) -> Catalogue:
    return prepare_folder(folder / "pics", folder / "out", HERE)


def test_a_folder_without_pictures_is_told(tmp_path: Path) -> None:
    for folder, said in ((tmp_path, "holds no picture"), (tmp_path / "none", "is no folder")):
        with pytest.raises(InputError, match=said):
            prepare_folder(folder, tmp_path / "out", HERE)


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ("$12.99", 12.99),
        ("12,99 €", 12.99),
        ("1.299,00 €", 1299.0),
        ("1,299.00", 1299.0),
        ("1 299", 1299.0),
        ("EUR 5", 5.0),
        ("1.299", 1299.0),
        (7, 7.0),
        (None, None),
        ("free", None),
        ("-3", None),
        (float("nan"), None),
        ("9" * 50, None),
    ],
)
def test_prices_are_read_as_any_country_writes_them(written: object, price: float | None) -> None:
    assert price_of(written) == price


def test_columns_are_found_by_their_usual_names_the_first_of_two_alike() -> None:
    names = ["Product Name", "ASIN", "colour", "title ", "Image Link", "type", "category"]
    assert find_columns(names) == {"id": "ASIN", "title": "title ", "picture": "Image Link", "category": "category"}
    assert path_of("A >B | C") == path_of(["A", "B", "C", None]) == ("A", "B", "C")
    assert path_of(None) == ()
