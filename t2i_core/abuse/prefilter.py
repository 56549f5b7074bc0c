"""Which pictures need to be read: reading takes half a second, seeing that there is nothing to read a hundredth."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import find_objects, grey_dilation, grey_erosion, label, uniform_filter

from t2i_core.abuse.verdict import Subject

SIDE = 512
STROKE = 34  # steps between a letter and its ground
CLEAN = 0.02  # the learned detector's score below which nothing is read: see `t2i evaluate abuse`
DENSE = 0.24  # of a line of letters are edges
SHORTEST, LOWEST = 10, 4  # pixels of SIDE; a line of letters is longer and higher


def may_hold_text(subject: Subject, overlay: float | None = None) -> bool:
    """Whether the picture is worth reading. overlay: the learned detector's score, which then decides alone; without
    it, whether anything in the picture is shaped like a line of letters.

    It rather says yes: a pattern costs half a second, an overlooked banner costs the check its point. Beside the score
    the shapes told nothing more, and passed over one overlay in a hundred that it had seen.
    """
    if overlay is not None:
        return overlay >= CLEAN
    grey = subject.reduced.convert("L")
    grey.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    return text_lines(np.asarray(grey)) > 0


def text_lines(grey: NDArray[np.uint8]) -> int:
    """How many places look like lines of letters: many strong edges in a long, low box."""
    contrast = grey_dilation(grey, size=(3, 3)).astype(np.int16) - grey_erosion(grey, size=(3, 3))
    edges = (contrast > STROKE).astype(np.float32)
    lines, _ = label(uniform_filter(edges, (3, 9)) > DENSE)
    return sum(_like_a_line(place, edges) for place in find_objects(lines))


def _like_a_line(place: tuple[slice, slice], edges: NDArray[np.float32]) -> bool:
    high, wide = (part.stop - part.start for part in place)
    if wide < SHORTEST or high < LOWEST:
        return False
    return float(edges[place].mean()) >= DENSE and _turns(edges[place]) >= 3


def _turns(edges: NDArray[np.float32]) -> float:
    """How often a level cut goes from edge to ground and back, at its busiest."""
    return float(np.abs(np.diff(edges, axis=1)).sum(axis=1).max())
