"""The learned judge of overlays: text, badges, logos, watermarks, frames, codes that lie over a photo."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from t2i_core.abuse.verdict import Box, Signal, Subject
from t2i_core.data.measure import border_colour, largest_part
from t2i_core.errors import WeightsError
from t2i_core.generate.sampler import to_tensor
from t2i_core.models.overlay import OverlayConfig, OverlayNet
from t2i_core.weights import ModelFolder, locate, read_folder
from t2i_core.weights.networks import network_of

KIND = NAME = "overlay"
COVERED = 0.5  # probability from which on a cell counts as covered


@dataclass(frozen=True)
class Found:
    """probability: that something is laid over; cells: [rows, columns] of the square the picture was fitted into."""

    probability: float
    cells: NDArray[np.float32]


class OverlayDetector:
    """Judges single pictures."""

    def __init__(self, network: OverlayNet) -> None:
        self.network = network.eval().requires_grad_(False)

    @classmethod
    def from_pretrained(cls, name: str = NAME) -> "OverlayDetector":
        """By name, folder or owner/name on the Hub. Raises WeightsError for a folder that is missing, damaged, or no
        overlay detector."""
        return load_detector(read_folder(locate(name)))

    @torch.inference_mode()
    def judge(self, image: Image.Image) -> Found:
        """Whether and where something is laid over an RGB picture."""
        pixels = np.asarray(squared(image, self.network.config.image_size)).transpose(2, 0, 1)
        judged = self.network(self.network.see(to_tensor(pixels[None])))
        return Found(float(self.network.calibrated(judged).sigmoid()), judged.cells[0].sigmoid().numpy())


def overlay_signals(subject: Subject) -> Sequence[Signal]:
    """`overlay.learned`, with a box around the cells that stand out most."""
    found = _detector().judge(subject.reduced)
    return [Signal("overlay.learned", found.probability, _box(subject, found), "")]


def squared(image: Image.Image, side: int) -> Image.Image:
    """The whole picture in a square of `side` pixels, on the colour of its rim."""
    image = image.convert("RGB")
    scale = side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    fitted = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
    rim = border_colour(np.asarray(fitted))
    square = Image.new("RGB", (side, side), tuple(rim.astype(int).tolist()))
    square.paste(fitted, ((side - size[0]) // 2, (side - size[1]) // 2))
    return square


def load_detector(folder: ModelFolder) -> OverlayDetector:
    """The detector a folder describes. Raises WeightsError where its parts do not fit together."""
    if folder.config.get("model") != KIND:
        raise WeightsError(
            f"{folder.path.name} is a {folder.config.get('model')} model; only {KIND} models find overlays."
        )
    return OverlayDetector(network_of(folder, lambda stored: OverlayNet(OverlayConfig(**stored))))


@cache
def _detector() -> OverlayDetector:
    return OverlayDetector.from_pretrained()


def _box(subject: Subject, found: Found) -> Box | None:
    """Around the largest group of covered cells, in pixels of the picture; none where no cell is."""
    group = largest_part(found.cells >= COVERED)
    if not group.any():
        return None
    rows, columns = np.flatnonzero(group.any(1)), np.flatnonzero(group.any(0))
    width, height = subject.reduced.size
    cell = max(width, height) / len(found.cells)
    left, top = (max(width, height) - width) / 2, (max(width, height) - height) / 2
    corner = columns[0] * cell - left, rows[0] * cell - top
    return subject.box(*corner, (columns[-1] + 1) * cell - left, (rows[-1] + 1) * cell - top)
