import io
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from t2i_core.data.catalogues import read_catalogue
from t2i_core.data.engines import LocalEngine
from t2i_core.data.hub_source import prepare_hub
from t2i_core.data.shards import IMAGES, find_shards
from t2i_core.errors import InputError
from tests.fake_hub import FakeHub, fake_hub

DATA_SET = "datasets/maker/shop"
CODE = """
from pathlib import Path
from t2i_core.data.engines import LocalEngine
from t2i_core.data.hub_source import prepare_hub
from t2i_core.errors import T2IError
try:
    print(prepare_hub({name!r}, Path({out!r}), LocalEngine(1), split={split!r}).products)
except T2IError as problem:
    print(problem)
"""


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with fake_hub() as served:
        yield served


def parquet(columns: dict[str, list[object]], classes: dict[str, list[str]] | None = None) -> bytes:
    table = pa.table(columns)
    features = {name: {"_type": "ClassLabel", "names": names} for name, names in (classes or {}).items()}
    noted = {"huggingface": json.dumps({"info": {"features": features}})}
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(noted), out)
    return out.getvalue()


def image() -> dict[str, object]:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "PNG")
    return {"bytes": out.getvalue(), "path": "../up/a.png"}


def said(hub: FakeHub, folder: Path, name: str = "maker/shop", split: str | None = None) -> str:
    code = CODE.format(name=name, out=str(folder / "out"), split=split)
    return " ".join(hub.run(code, folder / "cache"))


def test_a_data_sets_parquet_files_become_a_catalogue_with_their_pictures(hub: FakeHub, tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {
        "image": [image(), image()],
        "label": [1, 0],
        "text": ["a red bag", "a red boot"],
    }
    hub.repositories[DATA_SET] = {
        "data/train-00000-of-00001.parquet": parquet(columns, {"label": ["Boots", "Bags"]}),
        "data/test-00000-of-00001.parquet": parquet({"text": ["held out"]}),
        "README.md": b"# shop",
    }
    assert said(hub, tmp_path, split="train") == "2"
    rows = pq.read_table(find_shards(tmp_path / "out", IMAGES)[0]).to_pylist()
    assert [(row["title"], row["category"], row["image"]["path"]) for row in rows] == [
        ("a red bag", "Bags", "a.png"),
        ("a red boot", "Boots", "a.png"),
    ]
    assert read_catalogue(tmp_path / "out").source == "maker/shop"
    assert said(hub, tmp_path) == "3"


def test_what_the_hub_does_not_give_is_said_in_a_sentence(hub: FakeHub, tmp_path: Path) -> None:
    hub.repositories[DATA_SET] = {"data/train.parquet": parquet({"colour": ["red"]})}
    assert "Its columns are: colour" in said(hub, tmp_path)
    assert "no parquet files with “test”" in said(hub, tmp_path, split="test")
    assert "no data set maker/none" in said(hub, tmp_path, "maker/none")
    hub.repositories[DATA_SET] = {"data/train.parquet": b"PAR1 broken"}
    assert "cannot be read as a parquet file" in said(hub, tmp_path)
    assert not (tmp_path / "out" / "catalogue.json").exists()


@pytest.mark.parametrize("name", ["shop", "../etc/passwd", "a/b/c", "a/../b", ""])
def test_only_owner_and_name_are_a_data_sets_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="owner/name"):
        prepare_hub(name, tmp_path, LocalEngine(1))


def test_offline_nothing_is_asked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="T2I_OFFLINE"):
        prepare_hub("maker/shop", tmp_path, LocalEngine(1))
