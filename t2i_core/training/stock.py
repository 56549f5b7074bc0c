"""The pictures that a run draws its batches from, and its noise: on a GPU both are made where they are needed, because
one core of a processor draws noise more slowly than a GPU learns from it."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from t2i_core.generate.sampler import to_tensor


class Stock:
    """Training pictures, uint8 [N, 3, S, S]; the first batch for a GPU copies them all into its memory."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self.images = images
        self._there: Tensor | None = None

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: NDArray[np.int64], device: torch.device) -> Tensor:
        """The pictures of these rows in [-1, 1], on the device."""
        if device.type == "cpu":
            return to_tensor(self.images[rows])
        if self._there is None or self._there.device != device:
            self._there = torch.from_numpy(np.array(self.images)).to(device)
        return to_tensor(self._there[torch.from_numpy(rows).to(device)])


def normal(shape: Sequence[int], random: torch.Generator, device: torch.device) -> Tensor:
    """Gaussian noise on the device. `random` decides it, and a GPU makes other noise of the same seed than a processor
    does."""
    if device.type == "cpu":
        return torch.randn(*shape, generator=random)
    seed = int(torch.randint(0, 2**62, (1,), generator=random))
    return torch.randn(*shape, generator=torch.Generator(device).manual_seed(seed), device=device)
