"""Stands long things up: shops photograph guitars lying, leaning and standing, and a network that must learn every
turn of every shape learns none of them well."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_dilation, label

from t2i_core.data.measure import border_colour, object_box, object_mask

FEWEST = 50  # pixels of the thing; fewer tell no direction
END = 1 / 3  # of the length, at either end, whose widths are compared
WHITE = 235  # a background at least so bright can be turned without its edge showing
WIDEST = 0.5  # of its height: a wider thing on its wide end is cut off, several of them, or lies in its case
STRAY = 0.06  # of the thing: a smaller part beside it is a crumb


def upright(image: Image.Image) -> Image.Image:
    """The picture turned so that its thing stands on its wide end: a guitar on its body, the neck above.

    A picture without a plain, nearly white background stays as it is.
    """
    image = image.convert("RGB")
    pixels = np.asarray(image)
    ground, mask = border_colour(pixels), object_mask(pixels)
    if ground.min() < WHITE or mask.sum() < FEWEST:
        return image
    fill = tuple(round(float(channel)) for channel in ground)
    angle = _angle_to_down(_wide_end(mask))
    return image.rotate(-angle, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=fill)


def one_whole(image: Image.Image) -> bool:
    """Whether a picture shows a single long thing from end to end, standing before a plain, nearly white background."""
    pixels = np.asarray(image.convert("RGB"))
    mask = object_mask(pixels)
    left, top, right, bottom = object_box(mask)
    sizes = np.sort(np.bincount(label(binary_dilation(mask))[0].ravel())[1:])
    alone = len(sizes) > 0 and sizes[:-1].max(initial=0) <= STRAY * sizes.sum()
    return bool(alone and right - left <= WIDEST * (bottom - top) and border_colour(pixels).min() >= WHITE)


def _wide_end(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The direction (x, y) from the middle of a mask along its longest axis to where it is wider."""
    y, x = np.nonzero(mask)
    places = np.stack([x - x.mean(), y - y.mean()])
    across, along = np.linalg.eigh(places @ places.T)[1].T
    length, side = along @ places, across @ places
    reach = END * np.ptp(length)
    first, last = np.ptp(side[length < length.min() + reach]), np.ptp(side[length > length.max() - reach])
    return np.asarray(along if last >= first else -along)


def _angle_to_down(direction: NDArray[np.float64]) -> float:
    """Degrees from straight down to a direction in a picture, where y grows downwards."""
    return float(np.degrees(np.arctan2(direction[0], direction[1])))
