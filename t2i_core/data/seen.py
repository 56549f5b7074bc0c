"""Which of nine million ids came by already, in the memory of their hashes alone."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]


def hashes_of(ids: Sequence[str]) -> Hashes:
    """64 bits an id, the same on every machine: among nine million ids two agree once in 450,000 catalogues."""
    return np.frombuffer(b"".join(blake2b(i.encode(), digest_size=8).digest() for i in ids), np.uint64)


class Seen:
    """A set of hashes that only grows, in 8 bytes each: sorted runs, of which the short ones are merged."""

    def __init__(self) -> None:
        self._runs: list[Hashes] = []

    def __len__(self) -> int:
        return sum(map(len, self._runs))

    def holds(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Which of these are in the set."""
        found = np.zeros(len(hashes), bool)
        for run in self._runs:
            place = run.searchsorted(hashes).clip(max=len(run) - 1)
            found |= run[place] == hashes
        return found

    def add(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Puts them in, and says which were new; of equal ones the first."""
        values, first = np.unique(hashes, return_index=True)
        new = ~self.holds(values)
        fresh = np.zeros(len(hashes), bool)
        fresh[first[new]] = True
        if new.any():
            self._runs.append(values[new])
        while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
            self._runs[-2:] = [np.sort(np.concatenate(self._runs[-2:]))]
        return fresh
