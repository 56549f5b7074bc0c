"""Colours as people write them (#rrggbb) and as they are compared (CIELAB, D65)."""

import re

import numpy as np
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, lab2rgb, rgb2lab

from t2i_core.errors import InputError

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
