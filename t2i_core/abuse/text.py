"""Judges what is written in a picture: advertising, prices, contacts, and words that lie beside the product.

What is printed on the product is the product's own: it counts only where it advertises.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_fill_holes, binary_opening, label

from t2i_core.abuse.codes import code_signals
from t2i_core.abuse.ocr import Line, read_lines
from t2i_core.abuse.promo import Hit, find_hits
from t2i_core.abuse.verdict import Box, Signal, Subject
from t2i_core.data.measure import largest_part, object_mask

RULES = ("text.promo", "text.price", "text.discount", "text.url", "text.phone", "text.handle", "text.off_product")
DOUBTFUL = 0.55  # what advertises no more surely than this counts beside the product only: “NEW YORK”, “12.99”
WEAKER = 0.6  # times, on the product
SIDE = 256  # pixels of the longest side that the product is looked for at
BUSY = 0.4  # of the rim differs from its median: no plain ground, so nothing lies beside the product
RING = 0.6  # of a line's height around it tells on what it stands
FLAT, STRAIGHT = 10, 0.9  # steps of one colour; the share of its box that a banner takes
LETTERS = 2  # fewer are a speck
WIDE = 2.5  # times as wide as high is a line of text; faces and folds, which readers also take for lines, are not
UNREAD, UNLIKELY = 0.7, 0.3  # how sure a line is that could not be read, and one that is not even wide
AROUND = 3  # of four sides have product beyond a line: then it stands on it, also on a white shirt on white

Mask = NDArray[np.bool_]


def text_signals(subject: Subject) -> Sequence[Signal]:
    """Every text and code rule: a signal for each line that breaks it, 0 where none does."""
    lines = read_lines(subject.pixels)
    ground = _Ground.of(subject.pixels, lines)
    found = [signal for line in lines for signal in _judged(subject, line, ground.beside(line))]
    found += _across(subject, lines, found)
    broken = {signal.rule for signal in found}
    return [*found, *(Signal(rule, 0.0) for rule in RULES if rule not in broken), *code_signals(subject)]


def _judged(subject: Subject, line: Line, beside: float) -> Iterator[Signal]:
    box = subject.box(*line.box)
    for hit in _surest(find_hits(line.text)):
        doubtful = hit.score <= DOUBTFUL or (hit.score < 0.65 and beside < 0.5)
        score = hit.score * (WEAKER if doubtful and beside < 0.5 else 1.0) * line.confidence
        yield Signal(hit.rule, score, box, hit.said)
    if beside > 0:
        yield Signal("text.off_product", beside * _like_text(line), box, line.text[:60])


def _like_text(line: Line) -> float:
    """How surely it is text at all."""
    if len(line.text) >= LETTERS:
        return line.confidence
    return UNREAD if line.box[2] - line.box[0] >= WIDE * line.height else UNLIKELY


def _surest(hits: Sequence[Hit]) -> list[Hit]:
    """One hit a rule: they come with the surest first."""
    return list({hit.rule: hit for hit in reversed(hits)}.values())


def _across(subject: Subject, lines: Sequence[Line], found: Sequence[Signal]) -> Iterator[Signal]:
    """What two lines say only together: “FREE” above “SHIPPING”."""
    broken = {signal.rule for signal in found if signal.score >= DOUBTFUL}
    for one, other in pairwise(lines):
        if one.text and other.text and _belong(one, other):
            box = _around(subject, one, other)
            for hit in _surest(find_hits(f"{one.text} {other.text}")):
                if hit.rule not in broken and hit.score > 0.65:
                    yield Signal(hit.rule, hit.score * min(one.confidence, other.confidence), box, hit.said)


def _belong(one: Line, other: Line) -> bool:
    """One right above the other."""
    near = abs(other.box[1] - one.box[3]) < max(one.height, other.height)
    return near and one.box[0] < other.box[2] and other.box[0] < one.box[2]


def _around(subject: Subject, one: Line, other: Line) -> Box:
    low = [min(a, b) for a, b in zip(one.box[:2], other.box[:2], strict=True)]
    high = [max(a, b) for a, b in zip(one.box[2:], other.box[2:], strict=True)]
    return subject.box(low[0], low[1], high[0], high[1])


@dataclass(frozen=True)
class _Ground:
    """Where the product is, in a small copy of the picture. product: None where the ground is too busy to tell."""

    pixels: NDArray[np.uint8]
    product: Mask | None
    scale: float

    @classmethod
    def of(cls, pixels: NDArray[np.uint8], lines: Sequence[Line]) -> "_Ground":
        scale = min(1.0, SIDE / max(pixels.shape[:2]))
        size = max(8, round(pixels.shape[1] * scale)), max(8, round(pixels.shape[0] * scale))
        small = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))
        mask = object_mask(small)
        rim = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
        if not lines or rim.mean() > BUSY:
            return cls(small, None, scale)
        for line in lines:
            rows, columns = _place(line, scale, mask.shape, 0.0)
            mask[rows, columns] = False
        return cls(small, largest_part(binary_opening(mask)), scale)  # the product without badges beside it

    def beside(self, line: Line) -> float:
        """How surely a line lies beside the product, 0..1; 0 where nobody can tell."""
        if self.product is None or not self.product.any():
            return 0.0
        ring = np.zeros(self.product.shape, bool)
        ring[_place(line, self.scale, ring.shape, RING)] = True
        ring[_place(line, self.scale, ring.shape, 0.0)] = False
        if not ring.any():
            return 0.0
        off = 0.0 if self._sides(line) >= AROUND else 1 - float(self.product[ring].mean())
        return off if off >= 0.8 else max(off, 0.8 * self._on_banner(ring))

    def _sides(self, line: Line) -> int:
        """On how many of its four sides there is product, somewhere beyond."""
        assert self.product is not None
        rows, columns = _place(line, self.scale, self.product.shape, 0.0)
        level, upright = self.product[rows].max(0), self.product[:, columns].max(1)
        beyond = level[: columns.start], level[columns.stop :], upright[: rows.start], upright[rows.stop :]
        return sum(bool(part.any()) for part in beyond)

    def _on_banner(self, ring: Mask) -> bool:
        """Whether a line stands on a rectangle of one colour that reaches the picture's rim."""
        colour = np.median(self.pixels[ring], axis=0)
        same = np.abs(self.pixels.astype(np.int16) - colour).max(axis=2) <= FLAT
        if same[ring].mean() < 0.85:
            return False
        groups, _ = label(same)
        group = groups == np.bincount(groups[ring & same]).argmax()
        rows, columns = np.flatnonzero(group.any(1)), np.flatnonzero(group.any(0))
        inside = group[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        straight = binary_fill_holes(inside).mean() >= STRAIGHT  # its letters are holes in it
        return bool(straight and (len(rows) == len(same) or len(columns) == same.shape[1]))


def _place(line: Line, scale: float, shape: tuple[int, ...], more: float) -> tuple[slice, slice]:
    """A line's rows and columns, grown by a share of its height."""
    left, top, right, bottom = (edge * scale for edge in line.box)
    grown = max(more * (bottom - top), 2.0 if more else 1.0)
    rows = slice(max(0, int(top - grown)), min(shape[0], int(bottom + grown) + 1))
    return rows, slice(max(0, int(left - grown)), min(shape[1], int(right + grown) + 1))
