"""Reads the text in a picture: where lines are, and what they say, by the models in the rapidocr wheel.

PP-OCRv4's models find lines of any script, and read Chinese and Latin letters, digits and signs. They do not know
Korean, and of Cyrillic only a few letters: such lines come back without words, or spelled with look-alikes, which
`promo` allows for. Where the system has Tesseract, it reads what they are not sure of (`scripts`). Accents are often
lost, and so are € and ₽.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from t2i_core.abuse.scripts import Read, read_scripts

if TYPE_CHECKING:  # OpenCV and three models: only who reads waits for them
    from rapidocr_onnxruntime import RapidOCR

LOOKED = 736  # pixels of the longest side that lines are looked for at: 0.3 s of one core
SMALLEST = 2.0  # times a small picture is enlarged at most
MOST = 14  # lines read, the largest first: 40 ms each
SURE = 0.5  # what is read with less is not what stands there
CERTAIN = 0.93  # Cyrillic read as Latin look-alikes is at most .90 sure, Latin letters seldom under .95
THREADS = 2

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Line:
    """One line. text: empty where it could not be read; box: left, top, right, bottom in the picture's pixels."""

    text: str
    confidence: float
    box: tuple[float, float, float, float]

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1]


def read_lines(pixels: Pixels) -> list[Line]:
    """The lines of text in an RGB picture [H, W, 3], from top to bottom."""
    scale = min(SMALLEST, LOOKED / max(pixels.shape[:2]))
    with _LOCK:  # both cores work on one picture rather than each on its own
        corners = sorted(_find(_resized(pixels, scale)) / np.float32(scale), key=_area, reverse=True)
        cut = _cut(pixels, corners[:MOST]) if corners else []
        read = _read(cut)
    read = _read_again(cut, read)
    read += [("", 0.0)] * (len(corners) - len(read))
    lines = [_line(corner, text, sure) for corner, (text, sure) in zip(corners, read, strict=True)]
    return sorted(lines, key=lambda line: (line.box[1], line.box[0]))


def _line(corners: NDArray[np.float32], text: str, confidence: float) -> Line:
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return Line(text if confidence >= SURE else "", confidence, (float(left), float(top), float(right), float(bottom)))


def _area(corners: NDArray[np.float32]) -> float:
    width, height = np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0])
    return float(width * height)


def _resized(pixels: Pixels, scale: float) -> Pixels:
    size = max(32, round(pixels.shape[1] * scale)), max(32, round(pixels.shape[0] * scale))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR, reducing_gap=2))


def _find(pixels: Pixels) -> NDArray[np.float32]:
    """The corners of every line, [N, 4, 2]."""
    found, _ = _engine().text_det(_as_opencv(pixels))
    return np.asarray([] if found is None else found, np.float32)


def _cut(pixels: Pixels, corners: Sequence[NDArray[np.float32]]) -> list[Pixels]:
    """The lines as level pictures of their own, BGR."""
    return list(_engine().get_crop_img_list(_as_opencv(pixels), list(corners)))


def _read(cut: Sequence[Pixels]) -> list[Read]:
    read, _ = _engine().text_rec(list(cut)) if cut else ([], 0)
    return [(str(text), float(confidence)) for text, confidence in read]


def _read_again(cut: Sequence[Pixels], read: Sequence[Read]) -> list[Read]:
    """The lines with those that may be in another script read by who knows it."""
    doubtful = [row for row, (_, confidence) in enumerate(read) if confidence < CERTAIN]
    again = dict(zip(doubtful, read_scripts([cut[row][..., ::-1] for row in doubtful]), strict=True))
    return [again.get(row) or said for row, said in enumerate(read)]


def _as_opencv(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(pixels[..., ::-1])


_LOCK = Lock()


@cache
def _engine() -> "RapidOCR":
    """Loaded when it is first needed: 0.3 s, 60 MB."""
    from rapidocr_onnxruntime import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.WARNING)
    threads = min(THREADS, torch.get_num_threads())
    return RapidOCR(
        use_cls=False, det_limit_type="max", intra_op_num_threads=threads, inter_op_num_threads=1, text_score=0.0
    )
