import io
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest
from PIL import Image

from t2i_core.data.catalogues import Parsed, Reject, catalogue_writer
from t2i_core.data.failures import FailureLog
from t2i_core.data.report import html_report
from t2i_core.data.shards import CATALOGUE_SCHEMA, IMAGES_SCHEMA, write_shard
from t2i_core.data.summary import summarise
from t2i_core.errors import DataError

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


class Tags(HTMLParser):
    """The tags of a page and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """Three products, two pictures, one of them broken, two rejects, one failure; evil words everywhere."""
    rows: list[dict[str, object]] = [
        {"id": "1", "title": EVIL, "category": EVIL, "price": 3.0, "image_url": "http://a/b.jpg"},
        {"id": "2", "title": "Red ankle boots for women", "category": "Boots"},
        {"id": "3", "category": "Boots"},
    ]
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "red").save(out, "PNG")
    seen = [
        {**rows[0], "image": {"bytes": out.getvalue(), "path": None}},
        {**rows[1], "image": {"bytes": b"broken", "path": None}},
    ]
    rejects = [Reject(1, EVIL, "x"), Reject(2, "no asin", "y")]
    with catalogue_writer(tmp_path, EVIL) as writer:
        writer.add(Parsed(pa.Table.from_pylist(rows, CATALOGUE_SCHEMA), rejects, 6, 1))
    write_shard(tmp_path / "images-00000.parquet", pa.Table.from_pylist(seen, IMAGES_SCHEMA))
    with FailureLog(tmp_path) as failures:
        failures.add("3", "http://a/" + EVIL, EVIL, 1)
    return tmp_path


def test_a_summary_counts_what_was_prepared(prepared: Path) -> None:
    found = summarise(prepared)
    assert (found.source, found.lines, found.products, found.other) == (EVIL, 6, 3, 1)
    assert (found.without_title, found.with_price, found.with_address, found.kinds) == (1, 1, 1, 2)
    assert found.categories == [("Boots", 2), (EVIL, 1)]
    assert found.title_words == [("up to 4 words", 1), ("up to 8 words", 1)]
    assert (found.pictures, found.looked_at, found.sides) == (2, 1, [("up to 256 pixels", 1)])
    assert found.rejects == {EVIL: 1, "no asin": 1}
    assert found.failures == {EVIL: 1}
    assert [(one.width, one.height) for one in found.thumbnails] == [(300, 200)]


def test_no_word_of_the_source_becomes_part_of_the_page(prepared: Path) -> None:
    page = html_report(summarise(prepared))
    assert page.count("&lt;script&gt;alert(1)") >= 4
    tags = Tags(page).found
    assert not {"script", "iframe", "link", "a"} & {tag for tag, _ in tags}
    images = [attributes for tag, attributes in tags if tag == "img"]
    assert [set(attributes) for attributes in images] == [{"alt", "src"}]
    assert str(images[0]["src"]).startswith("data:image/jpeg;base64,")
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert "default-src 'none'" in page


def test_pictures_alone_can_be_summarised_and_an_empty_folder_cannot(prepared: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    with pytest.raises(DataError, match="t2i prepare"):
        summarise(alone)
    (prepared / "images-00000.parquet").rename(alone / "images-00000.parquet")
    found = summarise(alone, thumbnails=0)
    assert (found.source, found.products, found.pictures, found.thumbnails) == ("alone", 2, 2, [])
