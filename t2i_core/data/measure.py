"""Measures the product in a studio picture, and frames it on a square white canvas."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import label
from skimage.color import rgb2lab

Lab = tuple[float, float, float]
Box = tuple[int, int, int, int]  # left, top, right, bottom; the right and bottom lines are outside

FILL = 0.92  # how much of the canvas's side a product takes where nobody asks for anything else


@dataclass(frozen=True)
class Measured:
    """What can be read off a picture of one product on a plain background.

    tone: CIELAB of the commonest colour of the product, its centre counting most
    lightness: mean L of the product, 0..100
    aspect: log2 of width / height of its box
    fill: the box's longest side as a share of the canvas's longest side
    """

    tone: Lab
    lightness: float
    aspect: float
    fill: float


def measure(image: Image.Image) -> Measured:
    """Measures an RGB picture. An empty canvas counts as a product that fills it."""
    return _measured(*_seen(image))


def measure_below(image: Image.Image, share: float) -> Measured:
    """As `measure`, but the colour and the lightness are those of the lowest `share` of the product, of which every
    pixel counts the same: the body of a guitar, not its neck."""
    lab, mask = _seen(image)
    whole, low = _measured(lab, mask), mask.copy()
    _, top, _, bottom = object_box(mask)
    low[: round(bottom - share * (bottom - top))] = low[bottom:] = False
    if not low.any():
        return whole
    return replace(whole, tone=_commonest(lab, low.astype(np.float32)), lightness=float(lab[..., 0][low].mean()))


def object_mask(pixels: NDArray[np.uint8], threshold: int = 14) -> NDArray[np.bool_]:
    """Where a picture differs from its background, taken to be the median of its border. [H, W, 3] -> [H, W]."""
    background = border_colour(pixels)
    apart = np.abs(pixels.astype(np.int16) - background.astype(np.int16)).max(axis=2)
    return np.asarray(apart > threshold)


def border_colour(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The median of a picture's border, its background's colour. [H, W, 3] -> [3]"""
    return np.asarray(np.median(border_of(pixels), axis=0))


def border_of(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The outermost pixels of a picture. [H, W, 3] -> [N, 3]"""
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def largest_part(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest of a mask's connected parts alone; an empty mask stays empty."""
    parts, count = label(mask)
    return np.asarray(parts == np.bincount(parts.ravel())[1:].argmax() + 1) if count else mask


def object_box(mask: NDArray[np.bool_]) -> Box:
    """The box of a mask, blind to lines with a single stray pixel. An empty mask gives the whole picture."""
    columns, rows = np.flatnonzero(mask.sum(0) > 1), np.flatnonzero(mask.sum(1) > 1)
    if not len(columns) or not len(rows):
        return 0, 0, mask.shape[1], mask.shape[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def frame(image: Image.Image, size: int, fill: float = FILL) -> Image.Image:
    """The product centred on a white square of `size` pixels, its longest side `fill` of the canvas.

    A picture whose background is not white is fitted whole instead: its background would end in a visible edge.
    """
    image = image.convert("RGB")
    pixels = np.asarray(image)
    box = object_box(object_mask(pixels))
    if np.median(pixels[:2].reshape(-1, 3), axis=0).min() < 235:
        box, fill = (0, 0, *image.size), 1.0
    width, height = box[2] - box[0], box[3] - box[1]
    scale = fill * size / max(width, height)
    fitted = (max(1, round(width * scale)), max(1, round(height * scale)))
    canvas = Image.new("RGB", (size, size), "white")
    product = image.resize(fitted, Image.Resampling.LANCZOS, box=box)
    canvas.paste(product, ((size - fitted[0]) // 2, (size - fitted[1]) // 2))
    return canvas


def _seen(image: Image.Image) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """A picture in CIELAB, [H, W, 3], and where its product is, [H, W]."""
    pixels = np.asarray(image.convert("RGB"))
    return rgb2lab(pixels).astype(np.float32), object_mask(pixels)


def _measured(lab: NDArray[np.float32], mask: NDArray[np.bool_]) -> Measured:
    left, top, right, bottom = object_box(mask)
    there = mask if mask.any() else ~mask
    weights = there * _centre_weight(mask.shape, (left, top, right, bottom))
    weights = weights if weights.any() else there.astype(np.float32)  # strays alone, all far from where they cross
    return Measured(
        tone=_commonest(lab, weights),
        lightness=float(lab[..., 0][there].mean()),
        aspect=float(np.log2((right - left) / (bottom - top))),
        fill=max(right - left, bottom - top) / max(mask.shape),
    )


def _centre_weight(shape: tuple[int, ...], box: Box) -> NDArray[np.float32]:
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    left, top, right, bottom = box
    far_x = (x - (left + right - 1) / 2) / (right - left)
    far_y = (y - (top + bottom - 1) / 2) / (bottom - top)
    weight: NDArray[np.float32] = np.exp(-4 * (far_x**2 + far_y**2)).astype(np.float32)
    return weight


def _commonest(lab: NDArray[np.float32], weights: NDArray[np.float32], cell: float = 12.0) -> Lab:
    """The mean colour of the fullest cell of a coarse CIELAB histogram and its neighbours."""
    flat, weights = lab.reshape(-1, 3)[weights.ravel() > 0], weights.ravel()[weights.ravel() > 0]
    cells, index = np.unique(np.floor(flat / cell).astype(int), axis=0, return_inverse=True)
    totals = np.bincount(index.ravel(), weights)
    near = np.abs(flat - (cells[totals.argmax()] + 0.5) * cell).max(axis=1) <= cell
    lightness, a, b = np.average(flat[near], axis=0, weights=weights[near])
    return float(lightness), float(a), float(b)
