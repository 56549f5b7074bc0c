"""How a picture looks, as numbers with names that a person would use: what latent directions are named after."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.color import rgb2lab

from t2i_core.data.measure import measure, object_mask

Array = NDArray[np.float64]

LEAST_SPREAD = 0.01  # standard deviation of a look that varies at all: greys differ in redness too, by rounding


@dataclass(frozen=True)
class Look:
    """Something that is measured in a picture, and what less and more of it are called."""

    name: str
    low: str
    high: str


LOOKS = (
    Look("lightness", "darker", "lighter"),
    Look("contrast", "even", "contrasty"),
    Look("warmth", "cooler", "warmer"),
    Look("redness", "greener", "redder"),
    Look("colourfulness", "greyer", "more colourful"),
    Look("left-right balance", "heavier left", "heavier right"),
    Look("top-bottom balance", "heavier below", "heavier above"),
    Look("aspect", "taller", "wider"),
    Look("fill", "smaller", "larger"),
)


def measure_looks(image: Image.Image, *, plain: bool) -> Array:
    """How much of each of LOOKS a picture has, [L]: colours in CIELAB units, balances in percent of half the picture's
    side, aspect and fill as `data.measure` gives them.

    plain: the picture shows one product on a plain background, and only the product is looked at; in any other picture
    everything counts, and neither `aspect` nor `fill` means anything: they are 0.
    """
    pixels = np.asarray(image.convert("RGB"))
    lab = rgb2lab(pixels).astype(np.float64)  # [H, W, 3]
    mask = object_mask(pixels) if plain else np.ones(lab.shape[:2], bool)
    mask = mask if mask.any() else ~mask
    light, red, warm = lab[mask].T
    ink = np.where(mask, 100 - lab[..., 0], 0) + 1e-6
    rows, columns = (np.linspace(-1, 1, side) for side in ink.shape)
    found = measure(image) if plain else None
    return np.array(
        [
            found.lightness if found else light.mean(),
            light.std(),
            warm.mean(),
            red.mean(),
            np.hypot(red, warm).mean(),
            100 * (ink * columns).sum() / ink.sum(),
            -100 * (ink * rows[:, None]).sum() / ink.sum(),
            found.aspect if found else 0.0,
            found.fill if found else 0.0,
        ]
    )
