import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from t2i_core.training.probes import Probe, learnable_values, train_probe

VALUES = ("bag", "shoe", "tie")


def clusters(count: int, seed: int = 0) -> tuple[NDArray[np.float32], list[str]]:
    """Feature rows around three far centres, and the name of each row's centre."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, count)
    centres = np.eye(3, 16) * 8
    return (centres[labels] + random.normal(size=(count, 16))).astype(np.float32), [VALUES[i] for i in labels]


def test_a_probe_learns_to_name_what_it_has_not_seen() -> None:
    probe = train_probe(*clusters(600), VALUES, epochs=6)
    rows, labels = clusters(200, seed=1)
    assert np.mean(np.array(probe.classify(rows)) == labels) > 0.95


def test_the_same_rows_and_seed_give_the_same_probe() -> None:
    rows, labels = clusters(100)
    first, second, other = (train_probe(rows, labels, VALUES, epochs=1, seed=seed) for seed in (0, 0, 1))
    assert all((second.tensors()[name] == tensor).all() for name, tensor in first.tensors().items())
    assert any((other.tensors()[name] != tensor).any() for name, tensor in first.tensors().items())


def test_training_a_probe_leaves_the_global_random_state_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    train_probe(*clusters(50), VALUES, epochs=1)
    assert torch.rand(1) == expected


def test_a_stored_probe_answers_as_before() -> None:
    probe = train_probe(*clusters(200), VALUES, epochs=2)
    rows, _ = clusters(50, seed=2)
    assert Probe.from_tensors(VALUES, probe.tensors()).classify(rows) == probe.classify(rows)


def test_rows_without_a_known_label_are_left_out() -> None:
    rows, labels = clusters(300)
    strange = [None if i % 7 == 0 else "spaceship" if i % 7 == 1 else label for i, label in enumerate(labels)]
    assert set(train_probe(rows, strange, VALUES, epochs=2).classify(rows)) <= set(VALUES)


def test_a_probe_without_a_single_usable_row_is_refused() -> None:
    with pytest.raises(ValueError, match="none of the 10 rows"):
        train_probe(clusters(10)[0], [None] * 10, VALUES)


def test_only_labels_with_enough_pictures_can_be_learned() -> None:
    labels = ["tie"] * 3 + ["bag"] * 5 + ["shoe"] * 2 + [None] * 9
    assert learnable_values(labels, least=3) == ("bag", "tie")
