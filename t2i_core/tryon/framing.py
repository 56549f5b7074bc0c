"""The window of a photo that the networks look at, and the way back from what they say to the photo's pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from t2i_core.data.measure import border_colour
from t2i_core.models.body import HEIGHT, WIDTH

Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels of the photo


@dataclass(frozen=True)
class Window:
    """A window whose corner lies at (left, top) of the photo; it is seen `scale` times as large."""

    left: float
    top: float
    scale: float

    def to_photo(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """Points [..., 2] of the window in pixels of the photo."""
        return ((points + 0.5) / self.scale - 0.5 + (self.left, self.top)).astype(np.float32)

    def to_window(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """The inverse."""
        return ((points - (self.left, self.top) + 0.5) * self.scale - 0.5).astype(np.float32)

    def matrix(self) -> NDArray[np.float64]:
        """[2, 3]: from pixels of the photo to those of the window."""
        shift = -np.array([self.left, self.top]) * self.scale + 0.5 * self.scale - 0.5
        return np.array([[self.scale, 0, shift[0]], [0, self.scale, shift[1]]])

    def cut(self, photo: Image.Image) -> NDArray[np.uint8]:
        """[320, 224, 3]; what lies beside the photo has the colour of its rim."""
        box = self.left, self.top, self.left + WIDTH / self.scale, self.top + HEIGHT / self.scale
        inside = max(box[0], 0.0), max(box[1], 0.0), min(box[2], photo.width), min(box[3], photo.height)
        rim = tuple(border_colour(np.asarray(photo.reduce(max(1, min(photo.size) // 64)))).astype(int).tolist())
        canvas = Image.new("RGB", (WIDTH, HEIGHT), rim)
        left, top = (round((inside[axis] - box[axis]) * self.scale) for axis in (0, 1))
        right, bottom = (round((inside[axis + 2] - box[axis]) * self.scale) for axis in (0, 1))
        if right > left and bottom > top:
            size = right - left, bottom - top
            seen = photo.resize(size, Image.Resampling.BICUBIC, box=inside, reducing_gap=2.0)
            canvas.paste(seen, (left, top))
        return np.asarray(canvas)


def whole(size: tuple[int, int]) -> Window:
    """The window that just holds a photo of this width and height."""
    return around((0, 0, *size))


def around(box: Box) -> Window:
    """The window that just holds a box, with the box in its middle."""
    width, height = max(box[2] - box[0], 1.0), max(box[3] - box[1], 1.0)
    scale = min(WIDTH / width, HEIGHT / height)
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return Window(middle[0] - WIDTH / scale / 2, middle[1] - HEIGHT / scale / 2, scale)
