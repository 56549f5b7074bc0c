"""Is there a picture at all? Opens what sellers upload, and knows the things that stand where a picture should."""

from collections.abc import Sequence
from pathlib import Path
from stat import S_ISREG

import numpy as np

from t2i_core.abuse.placeholders import likeness
from t2i_core.abuse.profile import Profile
from t2i_core.abuse.verdict import Signal, Subject
from t2i_core.errors import DamagedImage, ImageError, MissingImage, NotAPicture, TooLarge
from t2i_core.images import read_image

MAX_BYTES = 100_000_000  # read into memory at once; marketplaces take 16 MB
ALIKE = 6  # steps of 255 that a picture of one colour may vary: JPEG does not keep it exact
LOST_GREY = 128  # what decoders put where a file ends early, and what stays once such a picture is saved again
LOST_SHARE = 0.08

SNIFFED = (
    (b"%pdf", "a PDF document"),
    (b"pk\x03\x04", "a ZIP or office file"),
    (b"<svg", "an SVG drawing"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"ftypheic", "a HEIC photo"),
    (b"ftypmp4", "a film"),
    (b"ftypisom", "a film"),
    (b"mz", "a program"),
)


class NoPicture(Exception):
    """There is nothing to judge; `signal` says why."""

    def __init__(self, signal: Signal) -> None:
        super().__init__(signal.detail)
        self.signal = signal


def open_subject(source: Path | bytes, title: str, profile: Profile) -> Subject:
    """The picture ready to be judged. Raises NoPicture where there is none, whatever the file holds."""
    data = source if isinstance(source, bytes) else _read(source)
    if not data:
        raise NoPicture(Signal("file.empty", 1.0))
    try:
        opened = read_image(data)
    except ImageError as problem:
        raise NoPicture(_refused(problem, data)) from problem
    except MemoryError as problem:
        raise NoPicture(Signal("file.too_large", 1.0, detail="decoding takes too much memory")) from problem
    return Subject(opened.image, opened.facts, len(data), title, profile)


def file_signals(subject: Subject) -> Sequence[Signal]:
    """Whether the picture shows anything: a single colour, a stand-in, a part that was lost."""
    blank = _blank(subject)
    stand_in = 0.0 if blank >= 1 else likeness(subject.reduced)
    return [
        Signal("file.blank", blank),
        Signal("file.placeholder", stand_in),
        _lost_part(subject),
    ]


def _read(path: Path) -> bytes:
    try:
        found = path.stat()
        if not S_ISREG(found.st_mode):
            raise NoPicture(Signal("file.missing", 1.0, detail="this is no file"))
        if found.st_size > MAX_BYTES:
            raise NoPicture(Signal("file.too_large", 1.0, detail=f"{found.st_size / 1e6:,.0f} MB"))
        return path.read_bytes()
    except (OSError, ValueError) as problem:  # a name with a null byte is a ValueError
        reason = problem.strerror if isinstance(problem, OSError) else "its name cannot be a file's"
        raise NoPicture(Signal("file.missing", 1.0, detail=(reason or "it cannot be read").lower())) from problem


def _refused(problem: ImageError, data: bytes) -> Signal:
    kinds = {MissingImage: "file.missing", DamagedImage: "file.truncated", TooLarge: "file.too_large"}
    rule = kinds.get(type(problem), "file.unreadable")
    return Signal(rule, 1.0, detail=_sniff(data) if isinstance(problem, NotAPicture) else "")


def _sniff(data: bytes) -> str:
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for mark, name in SNIFFED:
        if start.startswith(mark) or (mark[0] in b"<f" and mark in start):
            return name
    return ""


def _blank(subject: Subject) -> float:
    """1 for one colour; falls towards 0 with how far apart the colours of the middle 99.8 % are."""
    low, high = np.percentile(subject.pixels.reshape(-1, 3)[::37], (0.1, 99.9), axis=0)
    apart = float((high - low).max())
    return 1.0 if apart <= ALIKE else max(0.0, 1 - apart / (4 * ALIKE)) / 2


def _lost_part(subject: Subject) -> Signal:
    """The grey that a decoder leaves below the place where a file was cut off."""
    pixels = subject.pixels
    if np.abs(np.median(pixels[-1], axis=0) - LOST_GREY).max() > 2:
        return Signal("file.truncated", 0.0)
    grey = (np.abs(pixels.astype(np.int16) - LOST_GREY).max(axis=2) <= 2).mean(axis=1) > 0.98
    lost = len(grey) if grey.all() else int(np.argmin(grey[::-1]))
    share = lost / len(grey)
    if share in (0.0, 1.0):
        return Signal("file.truncated", 0.0)
    box = subject.box(0, len(grey) - lost, pixels.shape[1], len(grey))
    return Signal("file.truncated", min(1.0, share / LOST_SHARE / 2), box, f"the lowest {share:.0%} is grey")
