"""Which part of a person every pixel of a photo shows."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from t2i_core.data.joints import MIRRORED
from t2i_core.data.parts import BACKGROUND, KINDS, PARTS, Parts
from t2i_core.models.body import HEIGHT, WIDTH
from t2i_core.models.heat import drawn
from t2i_core.models.parsing import ParsingNet
from t2i_core.tryon.framing import Window, around
from t2i_core.tryon.loading import load_body
from t2i_core.tryon.pose import FILLS, Look, Sighted, glance

Mask = NDArray[np.float32]


@dataclass(frozen=True)
class Parsed:
    """chances: [9, h, w], how likely each part is, on the window's grid of half its pixels; what lies outside the
    window is background. size: of the photo."""

    chances: NDArray[np.float32]
    window: Window
    size: tuple[int, int]

    @classmethod
    def of_parts(cls, parts: Parts, window: Window) -> "Parsed":
        """What a parser that is sure of every pixel of a photo's parts [H, W] would say."""
        matrix = _halved(window)
        size = WIDTH // 2, HEIGHT // 2
        planes = [
            cv2.warpAffine((parts == part).astype(np.float32), matrix, size, borderValue=float(part == BACKGROUND))
            for part in range(len(PARTS))
        ]
        return cls(np.stack(planes).astype(np.float32), window, (parts.shape[1], parts.shape[0]))

    def grid_matrix(self) -> NDArray[np.float64]:
        """[3, 3]: from pixels of the photo to places of the grid."""
        return np.vstack([_halved(self.window), [0, 0, 1]])

    def parts(self) -> Parts:
        """The part of every pixel of the photo, [H, W]: the likeliest of the likeliest kind, where anything is likelier
        than nothing. So a skirt that may be a dress does not lose to the background."""
        best, parts = np.zeros(self.size[::-1], np.float32), np.zeros(self.size[::-1], np.uint8)
        for kind in KINDS:
            chances = [self.chance(part) for part in kind]
            total = np.sum(chances, axis=0)
            within = np.array(kind, np.uint8)[np.argmax(chances, axis=0)]
            parts = np.where(total > best, within, parts)
            best = np.maximum(best, total)
        parts[self.chance(BACKGROUND) >= 0.5] = BACKGROUND
        return parts

    def chance(self, *parts: int) -> Mask:
        """How likely every pixel of the photo shows one of the parts, [H, W]."""
        small = self.chances[list(parts)].sum(0)
        beside = float(BACKGROUND in parts)
        matrix = cv2.invertAffineTransform(_halved(self.window))
        return np.asarray(
            cv2.warpAffine(
                small, matrix, self.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=beside
            ),
            np.float32,
        )


def _halved(window: Window) -> NDArray[np.float64]:
    """[2, 3]: from pixels of the photo to those of the window at half its size."""
    matrix = window.matrix() / 2
    matrix[:, 2] -= 0.25  # the centre of a pixel of half the size
    return matrix


class Parser:
    """Parses the person of a pose."""

    def __init__(self, network: ParsingNet) -> None:
        self.network = network

    @classmethod
    def from_pretrained(cls, name: str = "parsing") -> "Parser":
        """By name, folder or owner/name on the Hub. Raises WeightsError for a folder that is missing or damaged."""
        network = load_body(name, "parsing")
        assert isinstance(network, ParsingNet)
        return cls(network)

    @torch.inference_mode()
    def parse(self, photo: Image.Image, one: Sighted) -> Parsed:
        """The parts of somebody that was sighted in an RGB photo; of others who may be there, nothing.

        The photo is parsed as it is and in a mirror: both together are better than one.
        """
        look = self._look(photo, one)
        window = look.window
        joints = window.to_window(one.pose.points)
        joints[~one.pose.seen] = np.nan
        heat = drawn(torch.from_numpy(joints)[None])
        small = torch.nn.functional.avg_pool2d(look.pixels, 2)
        chances = self.network(look.views, heat, small).softmax(1)
        views = self.network.see(look.pixels.flip(-1))
        turned = self.network(views, heat[:, list(MIRRORED)].flip(-1), small.flip(-1)).softmax(1)
        return Parsed(((chances + turned.flip(-1)) / 2)[0].numpy(), window, photo.size)

    def _look(self, photo: Image.Image, one: Sighted) -> Look:
        """The pose network's own look serves where it is close enough: both look through the same encoder."""
        window = around(one.pose.box())
        if one.look is not None and one.look.window.scale / window.scale > FILLS:
            return one.look
        return glance(self.network, photo, window)
