from pathlib import Path

import numpy as np
import torch

from t2i_core.training.cache import Tensors, cached, fingerprint


def test_tensors_are_made_once_and_then_read(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> Tensors:
        made.append(1)
        return {"rows": torch.arange(3.0)}

    path = tmp_path / "new" / "rows.safetensors"
    assert cached(path, make)["rows"].tolist() == cached(path, make)["rows"].tolist() == [0, 1, 2]
    assert made == [1]


def test_a_truncated_file_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "rows.safetensors"
    cached(path, lambda: {"rows": torch.zeros(100)})
    path.write_bytes(path.read_bytes()[:50])
    assert cached(path, lambda: {"rows": torch.ones(2)})["rows"].tolist() == [1, 1]
    assert cached(path, dict)["rows"].tolist() == [1, 1]


def test_a_fingerprint_changes_with_every_part_and_with_where_one_part_ends() -> None:
    array = np.arange(4)
    prints = {
        fingerprint("a", array),
        fingerprint("b", array),
        fingerprint("a", array[::-1]),
        fingerprint("ab", "c"),
        fingerprint("a", "bc"),
    }
    assert len(prints) == 5
    assert fingerprint("a", array) == fingerprint("a", array.copy())
