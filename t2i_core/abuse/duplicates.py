"""The same picture more than once in a catalogue: by a perceptual hash, unlike titles first."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from t2i_core.abuse.verdict import Signal

BITS = 256
BAND = 2  # bytes; pictures that share one of 16 bands are compared
FULLEST = 64  # pictures in one band: more share it by chance, and the other bands still find the true pairs
COLOUR = 14  # steps that the colours of one picture move by when it is saved again
NAMED = 3  # others that a finding names


@dataclass(frozen=True)
class Print:
    """What is kept of a picture to know it again: the shape, 256 bits, and its colours, 4 x 4 x RGB; both in hex."""

    shape: str
    colours: str

    @classmethod
    def of(cls, image: Image.Image) -> "Print":
        small = image.resize((4, 4), Image.Resampling.BOX)
        return cls(str(imagehash.phash(image, hash_size=16)), small.tobytes().hex())


@dataclass(frozen=True)
class Seen:
    """One picture of a catalogue."""

    name: str
    title: str
    print: Print


def find_duplicates(catalogue: Sequence[Seen]) -> dict[int, Signal]:
    """A signal for every picture that stands in the catalogue again, by its place in it.

    score: 1 for the same picture, 0.9 where 13 of 256 bits differ.
    """
    shapes = np.array([list(bytes.fromhex(one.print.shape)) for one in catalogue], np.uint8).reshape(-1, BITS // 8)
    colours = np.array([list(bytes.fromhex(one.print.colours)) for one in catalogue], np.int16).reshape(-1, 48)
    pairs: dict[int, dict[int, float]] = defaultdict(dict)
    for first, second in _candidates(shapes):
        score = _alike(shapes, colours, first, second)
        if score >= 0.9:
            pairs[first][second] = pairs[second][first] = score
    return {place: _signal(catalogue, place, others) for place, others in pairs.items()}


def unlike(one: str, other: str) -> bool:
    """Whether two titles share less than half of their words."""
    words, others = _words(one), _words(other)
    return len(words & others) < 0.5 * len(words | others) if words | others else False


def _words(title: str) -> set[str]:
    return set(re.findall(r"\w+", title.casefold()))


def _candidates(shapes: NDArray[np.uint8]) -> Iterator[tuple[int, int]]:
    """Pairs that share a band, each once. 13 bits that differ leave at least three of 16 bands alike."""
    told: set[tuple[int, int]] = set()
    for start in range(0, shapes.shape[1], BAND):
        bands: dict[bytes, list[int]] = defaultdict(list)
        for place, row in enumerate(shapes[:, start : start + BAND]):
            bands[row.tobytes()].append(place)
        for pair in _pairs(bands.values()):
            if pair not in told:
                told.add(pair)
                yield pair


def _pairs(groups: Iterable[Sequence[int]]) -> Iterator[tuple[int, int]]:
    for group in groups:
        if len(group) <= FULLEST:
            yield from ((a, b) for i, a in enumerate(group) for b in group[i + 1 :])
        else:  # most likely one picture many times: its neighbours in the list will do
            yield from pairwise(group)


def _alike(shapes: NDArray[np.uint8], colours: NDArray[np.int16], first: int, second: int) -> float:
    if np.abs(colours[first] - colours[second]).max() > COLOUR:
        return 0.0
    return 1 - int(np.bitwise_count(shapes[first] ^ shapes[second]).sum()) / (BITS / 2)


def _signal(catalogue: Sequence[Seen], place: int, others: dict[int, float]) -> Signal:
    """Names the unlike titles first, then the nearest."""
    title = catalogue[place].title
    apart = {other for other in others if unlike(title, catalogue[other].title)}
    order = sorted(others, key=lambda other: (other not in apart, -others[other], other))
    named = [_named(catalogue[other]) for other in order[:NAMED]]
    more = f" and {len(order) - NAMED} more" if len(order) > NAMED else ""
    rule = "duplicate.other_title" if apart else "duplicate.same_title"
    return Signal(rule, others[order[0]], detail=", ".join(named) + more)


def _named(seen: Seen) -> str:
    return f"“{seen.title[:80]}” ({seen.name[-80:]})" if seen.title else seen.name[-80:]
