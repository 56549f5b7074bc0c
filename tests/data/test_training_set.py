from pathlib import Path

import numpy as np
import pytest

from t2i_core.data.catalogue import is_held_out
from t2i_core.data.domain import WORDINGS
from t2i_core.data.domains import DOMAINS
from t2i_core.data.training_set import load_examples, space_of
from t2i_core.errors import DataError
from tests.training.made_up import write_catalogue

PRODUCTS = DOMAINS["products"]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_catalogue(tmp_path_factory.mktemp("data") / "products.parquet")


def test_the_two_sides_of_the_split_share_no_product(catalogue: Path, tmp_path: Path) -> None:
    train = load_examples(PRODUCTS, [catalogue], held_out=False, size=32, cache=tmp_path)
    held = load_examples(PRODUCTS, [catalogue], held_out=True, size=32, cache=tmp_path)
    assert not any(is_held_out(product.id) for product in train.items)
    assert all(is_held_out(product.id) for product in held.items)
    assert train.images.shape == (len(train), 3, 32, 32)
    assert len(train) > len(held) > 0


def test_a_second_load_comes_from_the_cache_and_is_the_same(catalogue: Path, tmp_path: Path) -> None:
    first = load_examples(PRODUCTS, [catalogue], held_out=True, size=32, cache=tmp_path)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    second = load_examples(PRODUCTS, [catalogue], held_out=True, size=32, cache=tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == files
    assert list(first.items) == list(second.items)
    assert list(first.measured) == list(second.measured)
    assert np.array_equal(first.images, second.images)


def test_what_is_said_of_a_product_is_accepted_by_the_space(catalogue: Path, tmp_path: Path) -> None:
    examples = load_examples(PRODUCTS, [catalogue], held_out=False, size=32, cache=tmp_path)
    space = space_of(examples)
    for row in range(len(examples)):
        said = examples.attributes(row, space)
        assert space.check(said) == said
        assert {"tone", "lightness", "aspect", "fill"} <= set(said)


def test_a_label_seen_too_seldom_is_not_offered(catalogue: Path, tmp_path: Path) -> None:
    examples = load_examples(PRODUCTS, [catalogue], held_out=False, size=32, cache=tmp_path)
    few = space_of(examples.taken([0, 1, 2]))
    assert few.choices == ()


def test_an_item_has_its_title_first_among_its_wordings(catalogue: Path, tmp_path: Path) -> None:
    examples = load_examples(PRODUCTS, [catalogue], held_out=True, size=32, cache=tmp_path)
    texts = examples.wordings()
    assert texts == examples.wordings()
    assert all(len(row) == WORDINGS and row[0] == item.title for row, item in zip(texts, examples.items, strict=True))


def test_files_without_any_product_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no picture"):
        load_examples(PRODUCTS, [], held_out=False, size=32, cache=tmp_path)
