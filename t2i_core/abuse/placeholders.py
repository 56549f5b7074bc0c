"""“No image” stand-ins: an icon or a few words on an empty ground."""

from collections.abc import Callable
from functools import cache

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import binary_erosion

SIDE = 128
GROUNDS = ("#eeeeee", "#ffffff")
INKS = ("#9a9a9a", "#c4c4c4")
NEAR = 10  # bits of 64 in which the hashes of two stand-ins of one kind differ
JUDGED = 384  # pixels a side; enough for the strokes of an icon
GREY = 14  # steps between the channels of a colour without hue
INK = 8  # steps that one ink varies by; a photographed product varies by more, even a black one
LEAST = 20  # pixels within the strokes, to say anything of their shade

Draw = Callable[[ImageDraw.ImageDraw, str], None]


def likeness(image: Image.Image) -> float:
    """How much the picture looks like a stand-in, 0..1: grey, flat, of few colours; surest where it is a known one."""
    plain = _plainness(image)
    return max(plain, 0.95) if plain >= 0.45 and _known(image) else plain


def _plainness(image: Image.Image) -> float:
    """What a person sees: no hue, an even ground over half of it, and what is on it drawn in one or two inks.

    Each as a share of the pixels; the weakest counts.
    """
    small = image.convert("RGB")
    small.thumbnail((JUDGED, JUDGED), Image.Resampling.NEAREST)
    pixels = np.asarray(small).astype(np.int16)
    grey = float(((pixels.max(axis=2) - pixels.min(axis=2)) <= GREY).mean())
    light = pixels[..., 1]
    ground = int(np.bincount(light.ravel(), minlength=256).argmax())
    drawn = np.abs(light - ground) > INK
    even = 1 - float(drawn.mean())
    return float(min(_step(grey, 0.9), _step(even, 0.5), _step(_inked(light, drawn), 0.8)))


def _inked(light: NDArray[np.int16], drawn: NDArray[np.bool_]) -> float:
    """The share of the drawing's inside that has one of its two commonest shades."""
    inside = light[binary_erosion(drawn, iterations=2)]
    if len(inside) < LEAST:
        inside = light[binary_erosion(drawn)]
    if len(inside) < LEAST:
        return 0.0
    counts = np.bincount(inside, minlength=256)
    window = np.convolve(counts, np.ones(INK + 1), "same")
    first = int(window.argmax())
    others = counts.copy()
    others[max(0, first - INK // 2) : first + INK // 2 + 1] = 0
    second = float(np.convolve(others, np.ones(INK + 1), "same").max())
    return (float(window[first]) + second) / len(inside)


def _step(share: float, enough: float) -> float:
    """0 well below `enough`, 0.5 at it, 1 where nothing is missing."""
    return float(np.clip((share - (2 * enough - 1)) / (2 - 2 * enough), 0, 1))


def _known(image: Image.Image) -> bool:
    hashed = imagehash.phash(image)
    return any(hashed - known <= NEAR for known in _hashes())


@cache
def _hashes() -> tuple[imagehash.ImageHash, ...]:
    """The hashes of stand-ins as shops draw them."""
    return tuple(imagehash.phash(_drawn(draw, ground, ink)) for draw in KINDS for ground in GROUNDS for ink in INKS)


def _drawn(draw: Draw, ground: str, ink: str) -> Image.Image:
    image = Image.new("RGB", (SIDE, SIDE), ground)
    draw(ImageDraw.Draw(image), ink)
    return image


def _landscape(pen: ImageDraw.ImageDraw, ink: str) -> None:
    pen.rounded_rectangle((28, 36, 100, 92), 5, outline=ink, width=5)
    pen.ellipse((40, 46, 54, 60), fill=ink)
    pen.polygon([(34, 86), (58, 60), (72, 74), (84, 56), (96, 86)], fill=ink)


def _camera(pen: ImageDraw.ImageDraw, ink: str) -> None:
    pen.rounded_rectangle((28, 44, 100, 94), 6, fill=ink)
    pen.rectangle((52, 36, 76, 46), fill=ink)
    pen.ellipse((48, 52, 80, 84), outline="#ffffff", width=5)


def _crossed_camera(pen: ImageDraw.ImageDraw, ink: str) -> None:
    _camera(pen, ink)
    pen.line((26, 28, 102, 102), fill="#ffffff", width=8)
    pen.line((30, 26, 106, 100), fill=ink, width=5)


def _words(pen: ImageDraw.ImageDraw, ink: str) -> None:
    font = ImageFont.load_default(size=20)
    for line, y in (("NO IMAGE", 52), ("AVAILABLE", 76)):
        pen.text((64, y), line, ink, font, anchor="mm")


def _cross(pen: ImageDraw.ImageDraw, ink: str) -> None:
    pen.rectangle((4, 4, 123, 123), outline=ink, width=2)
    pen.line((4, 4, 123, 123), fill=ink, width=2)
    pen.line((4, 123, 123, 4), fill=ink, width=2)


def _question(pen: ImageDraw.ImageDraw, ink: str) -> None:
    pen.text((64, 64), "?", ink, ImageFont.load_default(size=84), anchor="mm")


KINDS: tuple[Draw, ...] = (_landscape, _camera, _crossed_camera, _words, _cross, _question)
