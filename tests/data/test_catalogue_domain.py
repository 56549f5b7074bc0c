from pathlib import Path

import pyarrow as pa
import pytest

from t2i_core.data import training_set
from t2i_core.data.domain import find_files
from t2i_core.data.domains import DOMAINS
from t2i_core.data.shards import IMAGES_SCHEMA, write_shard
from t2i_core.data.training_set import load_examples, space_of
from t2i_core.errors import DataError
from t2i_core.text.parser import TitleParser
from tests.data.made_up_shards import write_images

CATALOGUE = DOMAINS["catalogue"]


def test_all_shards_of_a_folder_are_found_in_their_order(tmp_path: Path) -> None:
    write_images(tmp_path)
    (tmp_path / "catalogue-00000.parquet").write_bytes(b"")
    assert [path.name for path in find_files(CATALOGUE.files, [tmp_path])] == [
        f"images-0000{n}.parquet" for n in range(3)
    ]
    one = tmp_path / "images-00001.parquet"
    assert find_files(CATALOGUE.files, [one]) == [one]


def test_a_folder_without_shards_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"images-\*\.parquet"):
        find_files(CATALOGUE.files, [tmp_path])


def test_frequent_labels_become_choices_and_the_colour_is_measured(tmp_path: Path) -> None:
    files = find_files(CATALOGUE.files, [write_images(tmp_path)])
    examples = load_examples(CATALOGUE, files, held_out=False, size=32, cache=tmp_path / "cache")
    space = space_of(examples)
    offered = {choice.name: set(choice.values) for choice in space.choices}
    assert offered == {"category": {"Drum Sticks", "Tuners"}, "brand": {"Acme"}, "colour": {"Red", "Blue"}}
    assert {attribute.name for attribute in space.attributes} >= {"tone", "lightness", "aspect"}
    said = examples.attributes(1, space)
    assert said["category"] in offered["category"]
    assert not any("Red" in item.title for item in examples.items)  # a title says what its seller said
    assert any("Red" in text or "Blue" in text for text in examples.wordings()[1])
    assert CATALOGUE.query({"category": "Tuners", "colour": "Red"}) == "Red Tuners"


def test_a_brand_that_is_a_choice_is_read_out_of_a_title(tmp_path: Path) -> None:
    files = find_files(CATALOGUE.files, [write_images(tmp_path)])
    examples = load_examples(CATALOGUE, files, held_out=False, size=32, cache=tmp_path / "cache")
    parsed = TitleParser.for_space(space_of(examples)).parse("acme red drum sticks")
    assert parsed.attributes == {"brand": "Acme", "colour": "Red", "category": "Drum Sticks"}
    assert parsed.brand is None


def test_a_label_that_is_never_frequent_is_no_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = find_files(CATALOGUE.files, [write_images(tmp_path, count=60, shards=1)])
    monkeypatch.setattr(training_set, "FEWEST", 45)
    space = space_of(load_examples(CATALOGUE, files, held_out=False, size=32, cache=tmp_path / "cache"))
    assert [choice.name for choice in space.choices] == []


def test_a_product_without_a_title_is_called_by_what_it_is(tmp_path: Path) -> None:
    row = {"id": "a", "title": None, "brand": "Acme", "category": "Tuners", "image": {"bytes": b"", "path": None}}
    write_shard(tmp_path / "images-00000.parquet", pa.Table.from_pylist([row], IMAGES_SCHEMA))
    (item,) = CATALOGUE.items([tmp_path / "images-00000.parquet"])
    assert (item.title, item.labels) == ("Acme Tuners", {"category": "Tuners", "brand": "Acme"})
