import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from t2i_core.data import records
from t2i_core.data.domain import Item
from t2i_core.data.measure import Measured
from t2i_core.data.records import Records, RecordWriter, Row
from t2i_core.data.training_set import ITEM_ROW, ITEMS, MEASURED, MEASURED_ROW, _item, _measured, _renew

SCHEMA = pa.schema([("name", pa.string()), ("many", pa.list_(pa.int64()))])


def named(row: Row) -> tuple[object, object]:
    return row["name"], row["many"]


def written(path: Path, count: int) -> Records[tuple[object, object]]:
    with RecordWriter(path, SCHEMA) as writer:
        for number in range(count):
            writer.add({"name": f"n{number}", "many": [number] * (number % 3)})
    return Records(path, named)


@pytest.mark.parametrize("count", [0, 1, 4, 9])
def test_rows_come_back_as_they_were_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(records, "TOGETHER", 4)
    monkeypatch.setattr(records, "NEIGHBOURS", 3)
    found, expected = written(tmp_path / "rows", count), [(f"n{n}", [n] * (n % 3)) for n in range(count)]
    assert len(found) == count
    assert list(found) == [found[row] for row in range(count)] == expected
    assert [found[row] for row in reversed(range(count))] == expected[::-1]
    assert found[1:7:2] == expected[1:7:2]
    assert [found[row] for row in np.arange(count).tolist()] == expected
    for row in (count, -count - 1):
        with pytest.raises(IndexError):
            found[row]
    if count:
        assert found[-1] == expected[-1]


def test_what_an_earlier_version_kept_is_read_as_it_was(tmp_path: Path) -> None:
    item = {"id": "P1", "title": "Café “Boots”", "labels": {"b": "2", "a": "1"}, "texts": ["x", ""], "image": None}
    seen = {"tone": [50.1, -3.25, 0.1 + 0.2], "lightness": 1 / 3, "aspect": -0.5, "fill": 0.92}
    (tmp_path / "examples.json").write_text(json.dumps({"items": [item] * 3, "measured": [seen] * 3}))
    _renew(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"examples.json", ITEMS, MEASURED}
    items, measured = Records(tmp_path / ITEMS, _item), Records(tmp_path / MEASURED, _measured)
    assert items[2] == Item("P1", "Café “Boots”", {"b": "2", "a": "1"}, ("x", ""))
    assert list(items[0].labels) == ["b", "a"]
    assert measured[1] == Measured((50.1, -3.25, 0.1 + 0.2), 1 / 3, -0.5, 0.92)
    assert (ITEM_ROW.names, MEASURED_ROW.names) == (["id", "title", "labels", "texts"], list(seen))
