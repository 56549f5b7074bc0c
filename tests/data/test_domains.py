import io
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw

from t2i_core.data.domain import Item
from t2i_core.data.domains import DOMAINS, find_domain, padded, whole
from t2i_core.data.training_set import load_examples, space_of
from t2i_core.errors import DataError, InputError

ROWS: dict[str, dict[str, object]] = {
    "guitars": {"folder": "gibson_les_paul"},
    "shoes": {"kind": "Boot"},
    "anime": {"hair": "blue", "eyes": "red"},
    "birds": {"species": "Barn Swallow", "captions": ["a  small blue bird", "this bird is blue"]},
}


def png(colour: str = "red", size: tuple[int, int] = (60, 40)) -> bytes:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((10, 10, size[0] - 10, size[1] - 10), fill=colour)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def write(path: Path, columns: dict[str, object], count: int = 60) -> Path:
    rows = [{"id": str(i), **columns, "image": {"bytes": png(size=(40, 100)), "path": None}} for i in range(count)]
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize("name", ROWS)
def test_a_domain_reads_its_own_files_into_examples(name: str, tmp_path: Path) -> None:
    domain = find_domain(name)
    path = write(tmp_path / "data.parquet", ROWS[name])
    examples = load_examples(domain, [path], held_out=False, size=32, cache=tmp_path)
    assert examples.images.shape == (len(examples), 3, 32, 32)
    space = space_of(examples)
    said = examples.attributes(0, space)
    assert set(domain.choices) <= set(said)
    assert set(domain.measures) <= set(said)
    assert space.check(said) == said
    texts = examples.wordings()[0]
    assert texts[0] == examples.items[0].title
    assert all(texts)


@pytest.mark.parametrize("name", ROWS)
def test_a_file_of_another_domain_is_refused_with_the_columns_it_lacks(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / "other.parquet", {"something": "else"})
    with pytest.raises(DataError, match=next(iter(ROWS[name]))):
        list(find_domain(name).items([path]))


def test_an_unknown_domain_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="guitars"):
        find_domain("aeroplanes")


def test_a_request_for_a_guitar_is_for_a_whole_one_and_for_a_shoe_of_any_shape(tmp_path: Path) -> None:
    defaults = {
        name: space_of(
            load_examples(
                DOMAINS[name],
                [write(tmp_path / f"{name}.parquet", ROWS[name])],
                held_out=False,
                size=32,
                cache=tmp_path,
            )
        ).defaults()
        for name in ("guitars", "shoes")
    }
    assert defaults == {"guitars": {"aspect": -1.5}, "shoes": {}}


def test_a_guitar_is_called_by_its_measured_colour_and_its_model(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", ROWS["guitars"])
    item = load_examples(DOMAINS["guitars"], [path], held_out=False, size=64, cache=tmp_path).items[0]
    assert item.title == "Red Gibson Les Paul"
    assert item.labels == {"model": "Gibson Les Paul", "colour": "Red"}


def test_tags_are_said_in_many_ways_that_all_name_their_noun() -> None:
    item = Item("1", "blue hair, red eyes", {"hair": "blue", "eyes": "red"})
    said = {DOMAINS["anime"].wording(item, Random(seed)) for seed in range(100)}
    assert len(said) > 8
    assert all("blue hair" in text or "red eyes" in text for text in said)
    assert not any("red hair" in text or "blue eyes" in text for text in said)


def test_a_birds_wordings_are_its_captions() -> None:
    item = Item("1", "first", texts=("second", "third"))
    assert {DOMAINS["birds"].wording(item, Random(seed)) for seed in range(30)} == {"second", "third"}


def test_a_long_picture_loses_less_of_its_ends_when_squeezed() -> None:
    stripes = Image.fromarray(np.tile(np.arange(160, dtype=np.uint8)[None, :, None], (80, 1, 3)))
    cut, squeezed = (np.asarray(frame(stripes, 64))[0, :, 0] for frame in (whole, padded))
    assert squeezed[0] < cut[0]
    assert squeezed[-1] > cut[-1]
    assert np.asarray(whole(stripes, 64)).shape == (64, 64, 3)
