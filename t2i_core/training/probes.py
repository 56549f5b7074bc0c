"""Classifiers of what a picture shows, trained on frozen features of real pictures: the judges of generated ones."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from t2i_core.data.training_set import FEWEST

Vectors = NDArray[np.float32]

VERSION = "1"  # raise it with any change to how a probe is built or trained: it names the cached files
HIDDEN = 512
LEAST_STEPS = 200  # a few hundred rows need more epochs than some ten thousand


@dataclass(frozen=True)
class Probe:
    """A small classifier of feature vectors. It can only answer one of `values`."""

    values: tuple[str, ...]
    net: nn.Module

    def classify(self, rows: Vectors) -> list[str]:
        """The likeliest value of each row, [N, D] -> N names."""
        with torch.inference_mode():
            best = self.net(torch.from_numpy(rows)).argmax(1)
        return [self.values[i] for i in best.tolist()]

    def tensors(self) -> dict[str, Tensor]:
        """The weights, for the cache."""
        return self.net.state_dict()

    @classmethod
    def from_tensors(cls, values: Sequence[str], tensors: dict[str, Tensor]) -> "Probe":
        """Inverse of `tensors`, for the same values in the same order."""
        net = _network(tensors["0.running_mean"].numel(), len(values))
        net.load_state_dict(tensors)
        return cls(tuple(values), net.eval())


def learnable_values(labels: Sequence[str | None], *, least: int = FEWEST) -> tuple[str, ...]:
    """The labels that at least `least` pictures carry, in alphabetical order: what a probe can learn."""
    counts = Counter(label for label in labels if label is not None)
    return tuple(sorted(label for label, count in counts.items() if count >= least))


def train_probe(
    rows: Vectors, labels: Sequence[str | None], values: Sequence[str], *, epochs: int = 12, seed: int = 0
) -> Probe:
    """A classifier of `values` from real pictures' features; rows with any other label are left out.

    A perceptron with one hidden layer and dropout, AdamW with a one-cycle rate. The same rows and seed give the same
    probe. Raises ValueError where no row carries any of the values.
    """
    place = {value: i for i, value in enumerate(values)}
    kept = [i for i, label in enumerate(labels) if label in place]
    if not kept:
        raise ValueError(f"none of the {len(labels)} rows carries one of the {len(values)} values")
    targets = torch.tensor([place[str(labels[i])] for i in kept])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = _network(rows.shape[1], len(values))
        _fit(net, torch.from_numpy(rows[kept]), targets, epochs)
    return Probe(tuple(values), net.eval())


def _network(dim: int, count: int) -> nn.Sequential:
    return nn.Sequential(
        nn.BatchNorm1d(dim, affine=False),  # standardises: its running moments are those of the real features
        nn.Dropout(0.2),
        nn.Linear(dim, HIDDEN),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(HIDDEN, count),
    )


def _fit(net: nn.Module, rows: Tensor, targets: Tensor, epochs: int, batch_size: int = 256) -> None:
    batches = -(-len(rows) // batch_size)
    epochs = max(epochs, LEAST_STEPS // batches)
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=epochs * batches)
    net.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(rows)).split(batch_size):
            loss = F.cross_entropy(net(rows[batch]), targets[batch], label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
