"""Known titles and their vectors: which of them are most like a text."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from t2i_core.errors import InputError
from t2i_core.text.lexicon import phrase_of, singular_of
from t2i_core.text.synonyms import STOP_WORDS

MAX_RESULTS = 1000


@dataclass(frozen=True)
class Similar:
    """A known title and how like the text it is: the cosine of their vectors, at most 1."""

    title: str
    score: float


class TitleIndex:
    """Titles with a vector each, kept in a byte a number."""

    def __init__(self, titles: Sequence[str], vectors: NDArray[np.int8]) -> None:
        """vectors: [N, D], a row a title; only their directions count."""
        self.titles = tuple(titles)
        self.vectors = vectors
        self._directions = directions(vectors.astype(np.float32))

    @classmethod
    def build(cls, titles: Sequence[str], vectors: NDArray[np.float32]) -> "TitleIndex":
        """An index of titles and their vectors [N, D]; a title that differs from an earlier one in its spelling
        alone, or has no vector, is left out."""
        first = {exact_key(title): row for row, title in reversed(list(enumerate(titles))) if vectors[row].any()}
        rows = sorted(first.values())
        return cls([titles[row] for row in rows], quantised(vectors[rows]))

    def __len__(self) -> int:
        return len(self.titles)

    def nearest(self, vector: NDArray[np.float32], n: int) -> list[Similar]:
        """The `n` titles nearest to a vector, best first; of near-duplicates only the best. Raises InputError unless
        n is from 1 to 1,000."""
        if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MAX_RESULTS:
            raise InputError(f"The number of titles must be a whole number from 1 to {MAX_RESULTS:,}; got {n!s:.40}.")
        scores = self._directions @ directions(vector[None])[0]
        found: dict[frozenset[str], Similar] = {}
        for row in np.argsort(-scores, kind="stable"):
            title = self.titles[row]
            found.setdefault(loose_key(title), Similar(title, round(float(scores[row]), 4)))
            if len(found) == n:
                break
        return list(found.values())


def directions(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)


def quantised(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    """Rows in a byte a number, each by its own largest number. [N, D] -> [N, D]."""
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=0)
    return np.rint(vectors * (127 / np.where(largest > 0, largest, 1))).astype(np.int8)


def exact_key(title: str) -> tuple[str, ...]:
    """The same for titles that differ in case, punctuation or word order."""
    return tuple(sorted(phrase_of(title)))


def loose_key(title: str) -> frozenset[str]:
    """The same for near-duplicates: plurals, t-shirt and tshirt, model numbers and little words do not matter."""
    words = phrase_of(title.lower().replace("t-shirt", "tshirt").replace("t shirt", "tshirt"))
    singular = {singular_of(w) for w in words if w not in STOP_WORDS and not any(c.isdigit() for c in w)}
    return frozenset(singular or words)
