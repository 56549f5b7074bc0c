"""Colours as people write them (#rrggbb) and as they are compared (CIELAB, D65)."""

import re

import numpy as np
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, lab2rgb, rgb2lab

from t2i_core.errors import InputError

# What a shop would call by each name; several where a name covers unlike colours.
EXAMPLES = {
    "Black": ("#101010", "#2b2b2d"),
    "Grey": ("#6e6e6e", "#a9a9a9"),
    "White": ("#f6f6f6", "#dcdcda"),
    "Red": ("#c41e24", "#8e1a22"),
    "Orange": ("#e8701a",),
    "Yellow": ("#f2cf1d", "#f4e26a"),
    "Green": ("#2f8a3a", "#5a6b2c", "#8fd08a"),
    "Blue": ("#1f4fa8", "#4aa3df", "#1d2a52"),
    "Purple": ("#6b2f8e", "#a98bc9"),
    "Pink": ("#e8609a", "#f3b6c8"),
    "Brown": ("#6b4226", "#94633b", "#3d2517"),
    "Beige": ("#d8c3a0", "#ead9c0"),
}

HEX = re.compile(r"#?[0-9a-fA-F]{6}")


def normalise_hex(text: str, name: str = "colour") -> str:
    """`#rrggbb` in lower case. Raises InputError, naming the attribute, for any other text."""
    stripped = text.strip()
    if not HEX.fullmatch(stripped):
        raise InputError(f"{name} must be a colour like #d02030; got “{text[:60]}”.")
    return "#" + stripped.lstrip("#").lower()


def hex_to_lab(text: str) -> tuple[float, float, float]:
    """CIELAB of `#rrggbb`."""
    digits = normalise_hex(text)[1:]
    rgb = np.array([int(digits[i : i + 2], 16) for i in (0, 2, 4)]) / 255
    lightness, a, b = rgb2lab(rgb[None, None])[0, 0]
    return float(lightness), float(a), float(b)


def lab_to_hex(lab: tuple[float, float, float] | NDArray[np.floating]) -> str:
    """The nearest displayable `#rrggbb` of a CIELAB colour."""
    rgb = np.clip(lab2rgb(np.asarray(lab, float)[None, None])[0, 0], 0, 1)
    return "#" + "".join(f"{round(c * 255):02x}" for c in rgb)


def difference(
    first: tuple[float, float, float] | NDArray[np.floating], second: tuple[float, float, float] | NDArray[np.floating]
) -> float:
    """CIEDE2000 between two CIELAB colours: 1 is just visible, 12 clearly another shade."""
    return float(deltaE_ciede2000(np.asarray(first, float), np.asarray(second, float)))


def name_of(lab: tuple[float, float, float]) -> str:
    """The basic colour name whose examples lie nearest, e.g. “Red”: for pictures whose source names no colour."""
    return min(EXAMPLES, key=lambda name: min(difference(lab, hex_to_lab(code)) for code in EXAMPLES[name]))
