"""The pieces that overlays are put together from: stacks, boxes, stars, shadows, codes; all with an alpha channel."""

import math
from collections.abc import Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int, int]
Point = tuple[float, float]


def stacked(pieces: Sequence[Image.Image], gap: float, *, left: bool = False) -> Image.Image:
    """Pieces below one another, centred or at the left."""
    width = max(piece.width for piece in pieces)
    whole = Image.new("RGBA", (width, round(sum(piece.height + gap for piece in pieces))))
    y = 0.0
    for piece in pieces:
        whole.paste(piece, (0 if left else (width - piece.width) // 2, round(y)))
        y += piece.height + gap
    return whole


def beside(left: Image.Image, right: Image.Image, gap: float) -> Image.Image:
    """Two pieces in a row."""
    whole = Image.new("RGBA", (round(left.width + gap + right.width), max(left.height, right.height)))
    whole.paste(left, (0, (whole.height - left.height) // 2))
    whole.paste(right, (round(left.width + gap), (whole.height - right.height) // 2))
    return whole


def centred(ground: Image.Image, piece: Image.Image) -> Image.Image:
    """A piece in the middle of another."""
    return pasted(ground, piece, (ground.width - piece.width) / 2, (ground.height - piece.height) / 2)


def pasted(ground: Image.Image, piece: Image.Image, x: float, y: float) -> Image.Image:
    whole = Image.new("RGBA", ground.size)
    whole.paste(piece, (round(x), round(y)))
    return Image.alpha_composite(ground, whole)


def turned(piece: Image.Image, degrees: float) -> Image.Image:
    return piece.rotate(degrees, Image.Resampling.BICUBIC, expand=True)


def faded(piece: Image.Image, opacity: float) -> Image.Image:
    """The piece, let through by 1 - opacity."""
    piece = piece.copy()
    piece.putalpha(piece.getchannel("A").point(lambda value: round(value * opacity)))
    return piece


def shadowed(piece: Image.Image, depth: float) -> Image.Image:
    """The piece over its own soft shadow."""
    margin = round(3 * depth) + 1
    ground = Image.new("RGBA", (piece.width + 2 * margin, piece.height + 2 * margin))
    shade = Image.new("RGBA", piece.size, (0, 0, 0, 130))
    shade.putalpha(piece.getchannel("A").point(lambda value: value // 2))
    ground.paste(shade, (round(margin + depth), round(margin + depth)))
    return pasted(ground.filter(ImageFilter.GaussianBlur(depth)), piece, margin, margin)


def polygon(size: tuple[float, float], points: Sequence[Point], fill: Colour) -> Image.Image:
    """A filled polygon with smooth edges; points in shares of the size."""
    big = Image.new("RGBA", (max(2, round(3 * size[0])), max(2, round(3 * size[1]))), (*fill[:3], 0))
    ImageDraw.Draw(big).polygon([(x * (big.width - 1), y * (big.height - 1)) for x, y in points], fill)
    return big.resize((max(1, round(size[0])), max(1, round(size[1]))), Image.Resampling.BOX)


def round_box(size: tuple[float, float], radius: float, fill: Colour, edge: Colour | None = None) -> Image.Image:
    """A rectangle whose corners are round by `radius` pixels: half the height makes a pill, half of a square a disc."""
    width, height = max(2, round(3 * size[0])), max(2, round(3 * size[1]))
    big = Image.new("RGBA", (width, height), (*fill[:3], 0))
    box = (0, 0, width - 1, height - 1)
    ImageDraw.Draw(big).rounded_rectangle(box, 3 * radius, fill, edge, max(3, round(height / 30)) if edge else 0)
    return big.resize((max(1, round(size[0])), max(1, round(size[1]))), Image.Resampling.BOX)


def star(radius: float, points: int, depth: float, fill: Colour) -> Image.Image:
    """A burst with `points` rays; depth: how far in the notches reach, as a share of the radius."""
    angles = [math.pi * index / points for index in range(2 * points)]
    reach = [0.5 * (1 - depth * (index % 2)) for index in range(2 * points)]
    corners = [(0.5 + r * math.sin(a), 0.5 - r * math.cos(a)) for r, a in zip(reach, angles, strict=True)]
    return polygon((2 * radius, 2 * radius), corners, fill)


def qr_like(side: float, random: Random) -> Image.Image:
    """Squares as a QR code has them; it says nothing."""
    count = random.choice((21, 25, 29, 33))
    modules = np.array([[random.random() < 0.5 for _ in range(count)] for _ in range(count)])
    finder = np.pad(np.pad(np.ones((3, 3), bool), 1), 1, constant_values=True)
    for rows, columns in ((slice(0, 7), slice(0, 7)), (slice(0, 7), slice(-7, None)), (slice(-7, None), slice(0, 7))):
        modules[rows, columns] = finder
    return _code(np.where(np.pad(modules, 2), 0, 255), (side, side))


def bars(size: tuple[float, float], random: Random) -> Image.Image:
    """Bars as a barcode has them; they say nothing."""
    widths = [random.randint(1, 4) for _ in range(random.choice((31, 45, 59)))]
    row = np.repeat(np.arange(len(widths)) % 2 * 255, widths)
    return _code(np.tile(np.pad(row, 6, constant_values=255), (2, 1)), size)


def _code(pixels: NDArray[np.int_], size: tuple[float, float]) -> Image.Image:
    code = Image.fromarray(pixels.astype(np.uint8)).convert("RGBA")
    return code.resize((max(8, round(size[0])), max(8, round(size[1]))), Image.Resampling.BOX)
