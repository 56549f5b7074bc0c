"""What marketplaces ask of the file itself: its size, its format, and that it is one still picture."""

from collections.abc import Sequence
from datetime import date

from t2i_core.abuse.background import background_signals
from t2i_core.abuse.layout import layout_signals
from t2i_core.abuse.profile import Profile
from t2i_core.abuse.sharpness import sharpness_signals
from t2i_core.abuse.verdict import Signal, Subject


def listing_signals(subject: Subject, today: date | None = None) -> Sequence[Signal]:
    """Everything the profile asks for, but what is written on the picture."""
    return [
        *_sizes(subject, today or date.today()),
        *_forms(subject),
        *background_signals(subject),
        *sharpness_signals(subject),
        *layout_signals(subject),
    ]


def _sizes(subject: Subject, today: date) -> list[Signal]:
    held = subject.profile.on(today)
    size = subject.image.size
    pixels, longest, megabytes = size[0] * size[1] / 1e6, max(size), subject.file_size / 1e6
    shown = f"{size[0]} x {size[1]} pixels"
    many = bool(held.max_longest and longest > held.max_longest) or _above(pixels, held.max_megapixels)
    return [
        _hard("listing.size", _too_small(size, held), f"{shown}, and {_asked(held)} are asked for"),
        _soon(subject, held, shown),
        _hard("listing.zoom", bool(held.zoom_longest) and longest < held.zoom_longest, shown),
        _hard("listing.too_many_pixels", many, f"{shown}"),
        _hard("listing.too_many_bytes", _above(megabytes, held.max_megabytes), f"{megabytes:.1f} MB"),
    ]


def _soon(subject: Subject, held: Profile, shown: str) -> Signal:
    """What was announced and does not hold yet."""
    if held.later is None:
        return Signal("listing.size_soon", 0.0)
    then = held.on(held.later.date)
    short = _too_small(subject.image.size, then) and not _too_small(subject.image.size, held)
    return _hard("listing.size_soon", short, f"{shown}; from {held.later.date} {_asked(then)} are asked for")


def _forms(subject: Subject) -> list[Signal]:
    facts, formats = subject.facts, subject.profile.formats
    kind = "JPEG" if facts.format == "MPO" else facts.format  # what phones write: a JPEG with a second view
    return [
        _hard("listing.format", bool(formats) and kind not in formats, f"{kind}; accepted: {', '.join(formats)}"),
        _hard("listing.animated", facts.animated),
        _hard("listing.rotated", facts.rotated),
        _hard("listing.cmyk", facts.mode == "CMYK"),
    ]


def _hard(rule: str, broken: bool, detail: str = "") -> Signal:
    return Signal(rule, 1.0, detail=detail) if broken else Signal(rule, 0.0)


def _above(value: float, limit: float) -> bool:
    return bool(limit) and value > limit


def _too_small(size: tuple[int, int], held: Profile) -> bool:
    return size[0] < held.min_width or size[1] < held.min_height or max(size) < held.min_longest


def _asked(held: Profile) -> str:
    sides = f"{held.min_width} x {held.min_height}" if held.min_width or held.min_height else ""
    longest = f"{held.min_longest} on the longest side" if held.min_longest else ""
    return " and ".join(part for part in (sides, longest) if part)
