from pathlib import Path

import numpy as np
import pytest
import torch

from t2i_core.training.facing import face_one_way, features, to_be_turned


def maps(turned: list[bool], seed: int = 0) -> torch.Tensor:
    """Feature maps of things whose head, channel 0, is at the left, or at the right where they are turned."""
    random = torch.Generator().manual_seed(seed)
    x = torch.randn(len(turned), 6, 8, 8, generator=random)
    x[:, 0, 2:4, :3] += 4
    return torch.where(torch.tensor(turned)[:, None, None, None], x.flip(3), x)


@pytest.mark.parametrize("first", [False, True])
def test_those_that_face_the_other_way_than_the_first_are_found_without_labels(first: bool) -> None:
    turned = [first, *(np.random.default_rng(1).random(60) < 0.5).tolist()]
    assert to_be_turned(maps(turned)).tolist() == [way != first for way in turned]


def test_pictures_that_are_alike_on_both_sides_stay_or_turn_alike_every_time() -> None:
    x = torch.ones(5, 6, 8, 8)
    assert to_be_turned(x).tolist() == to_be_turned(x).tolist()


def test_only_pictures_that_face_the_other_way_are_mirrored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.random.default_rng(0).integers(0, 255, (4, 3, 16, 16), dtype=np.uint8)
    monkeypatch.setattr("t2i_core.training.facing.features", lambda images, cache: maps([True, False, True, False]))
    faced = face_one_way(images, tmp_path)
    np.testing.assert_array_equal(faced[[0, 2]], images[[0, 2]])
    np.testing.assert_array_equal(faced[[1, 3]], images[[1, 3]][..., ::-1])


def test_features_are_kept_for_the_next_time(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 255, (3, 3, 32, 32), dtype=np.uint8)
    first = features(images, tmp_path)
    assert first.shape == (3, 112, 8, 8)
    assert len(list(tmp_path.iterdir())) == 1
    assert torch.equal(features(images, tmp_path), first)
