"""QR codes and barcodes, by OpenCV's detectors."""

from collections.abc import Iterator, Sequence
from threading import local

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from t2i_core.abuse.verdict import Signal, Subject

LOOKED = 800  # pixels of the longest side
READ, SEEN = 0.98, 0.6  # how sure a code is that can be read, and a QR code that can only be seen
STRIPES = 0.3  # a “barcode” that says nothing is as likely a striped shirt
FLAT = 60.0  # steps of contrast: codes are printed dark on light

Quad = NDArray[np.float32]  # [4, 2] corners


def code_signals(subject: Subject) -> Sequence[Signal]:
    """`code.qr` and `code.barcode`, each code with its box; 0 where there is none."""
    grey = subject.reduced.convert("L")
    scale = min(1.0, LOOKED / max(grey.size))
    if scale < 1:
        grey = grey.resize((round(grey.width * scale), round(grey.height * scale)), Image.Resampling.BOX)
    pixels = np.asarray(grey)
    found = [*_signals(subject, "code.qr", _qr_codes(pixels), scale)]
    found += _signals(subject, "code.barcode", _barcodes(pixels), scale)
    return found


def _signals(subject: Subject, rule: str, codes: Iterator[tuple[Quad, str, float]], scale: float) -> Iterator[Signal]:
    nothing = True
    for corners, said, score in codes:
        nothing = False
        (left, top), (right, bottom) = corners.min(axis=0) / scale, corners.max(axis=0) / scale
        yield Signal(rule, score, subject.box(left, top, right, bottom), said[:60])
    if nothing:
        yield Signal(rule, 0.0)


def _qr_codes(grey: NDArray[np.uint8]) -> Iterator[tuple[Quad, str, float]]:
    try:
        found, texts, corners, _ = _detectors().qr.detectAndDecodeMulti(grey)
    except cv2.error:  # a picture too small or too odd to hold a code
        return
    if found and corners is not None:
        for quad, text in zip(np.asarray(corners, np.float32).reshape(-1, 4, 2), texts, strict=False):
            if text or _is_square(quad, grey):
                yield quad, text, READ if text else SEEN


def _barcodes(grey: NDArray[np.uint8]) -> Iterator[tuple[Quad, str, float]]:
    try:
        text, corners, _ = _detectors().bars.detectAndDecode(grey)
    except cv2.error:
        return
    if corners is not None:
        for quad in np.asarray(corners, np.float32).reshape(-1, 4, 2):
            yield quad, text, READ if text else STRIPES


def _is_square(quad: Quad, grey: NDArray[np.uint8]) -> bool:
    """Whether four corners could be a code's: about a square, inside the picture, dark on light."""
    sides = np.linalg.norm(quad - np.roll(quad, 1, axis=0), axis=1)
    (left, top), (right, bottom) = quad.min(axis=0).round().astype(int), quad.max(axis=0).round().astype(int)
    inside = grey[max(0, top) : bottom, max(0, left) : right]
    return bool(sides.min() > 16 and sides.max() < 1.5 * sides.min() and inside.size and inside.std() > FLAT)


class _Detectors:
    def __init__(self) -> None:
        self.qr = cv2.QRCodeDetector()
        self.bars = cv2.barcode.BarcodeDetector()


_kept = local()  # OpenCV's detectors keep state: one of each a thread


def _detectors() -> _Detectors:
    if not hasattr(_kept, "detectors"):
        _kept.detectors = _Detectors()
    detectors: _Detectors = _kept.detectors
    return detectors
