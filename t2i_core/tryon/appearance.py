"""What pose transfer knows of a person: picture, parts and joints, cut to one size around the body."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn.functional import one_hot

from t2i_core.data.joints import L_HIP, L_SHOULDER, R_HIP, R_SHOULDER, Joints
from t2i_core.data.parts import EIGHT, EIGHT_NAMES, Parts
from t2i_core.generate.sampler import to_tensor
from t2i_core.models.body import HEIGHT, WIDTH
from t2i_core.tryon.figure import figure_of
from t2i_core.tryon.framing import Window, around
from t2i_core.tryon.parsing import Parsed
from t2i_core.tryon.person import Person
from t2i_core.tryon.pose import Pose

GROUND = 235  # the plain grey that people stand before
Size = tuple[int, int]  # rows and columns


@dataclass(frozen=True)
class Appearance:
    """A person cut out. pixels: [H, W, 3]; parts: [H, W], the eight; joints: [18, 3] of x, y in pixels and visibility,
    0: not there. Shoulders and hips that are not there lie at a guess; other joints are then NaN."""

    pixels: NDArray[np.uint8]
    parts: Parts
    joints: Joints


@dataclass(frozen=True)
class Frame:
    """The window of a photo at another size: its middle, `size` large."""

    window: Window
    size: Size

    @property
    def factor(self) -> float:
        return self.size[0] / HEIGHT

    @property
    def margin(self) -> int:
        """Columns of the window that stay out on either side."""
        return round((WIDTH - self.size[1] / self.factor) / 2)

    def points(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """Points [N, 2] of the photo in pixels of the frame."""
        inside = self.window.to_window(points) - np.array([self.margin, 0], np.float32)
        return np.asarray((inside + 0.5) * self.factor - 0.5, np.float32)

    def matrix(self) -> NDArray[np.float64]:
        """[3, 3]: from pixels of the photo to those of the frame."""
        shift = 0.5 * self.factor - 0.5
        scaled = np.array([[self.factor, 0, shift - self.margin * self.factor], [0, self.factor, shift], [0, 0, 1]])
        return np.asarray(scaled @ np.vstack([self.window.matrix(), [0, 0, 1]]))

    def cut(self, photo: Image.Image) -> NDArray[np.uint8]:
        """[H, W, 3]"""
        pixels = self.window.cut(photo)[:, self.margin : WIDTH - self.margin]
        return np.asarray(cv2.resize(pixels, self.size[::-1], interpolation=cv2.INTER_AREA), np.uint8)

    def chances(self, parsed: Parsed) -> NDArray[np.float32]:
        """How likely every pixel of the frame shows each of the eight parts, [8, H, W]."""
        steps = self.matrix() @ np.linalg.inv(parsed.grid_matrix())
        planes = [
            cv2.warpAffine(plane, steps[:2], self.size[::-1], borderValue=float(part == 0))
            for part, plane in enumerate(parsed.chances)
        ]
        eight = np.zeros((len(EIGHT_NAMES), *self.size), np.float32)
        for part, plane in zip(EIGHT, planes, strict=True):
            eight[part] += plane
        return eight


def appearance(photo: Image.Image, pose: Pose, parsed: Parsed, size: Size, *, plain: bool = True) -> Appearance:
    """Somebody in an RGB photo, cut out. plain: before a plain ground instead of the photo's own.

    Raises ValueError where the photo shows neither shoulders nor hips.
    """
    frame = Frame(around(pose.box()), size)
    chances, pixels = frame.chances(parsed), frame.cut(photo)
    if plain:
        clear = (1 - chances[0]).clip(0, 1)[..., None]
        pixels = np.round(pixels * clear + GROUND * (1 - clear)).astype(np.uint8)
    return Appearance(pixels, chances.argmax(0).astype(np.uint8), _joints(pose, frame))


def of_person(person: Person, size: Size) -> Appearance:
    """A person who was seen for trying garments on."""
    return appearance(Image.fromarray(person.photo), person.pose, person.parsed, size)


def as_tensors(pixels: NDArray[np.uint8], parts: Parts, joints: Joints) -> tuple[Tensor, Tensor, Tensor]:
    """Arrays [B, ...] of Appearances as networks take them: pictures [B, 3, H, W] in [-1, 1], masks [B, 8, H, W],
    joints [B, 18, 2]."""
    masks = one_hot(torch.from_numpy(parts).long(), len(EIGHT_NAMES)).permute(0, 3, 1, 2).float()
    pictures = to_tensor(pixels.transpose(0, 3, 1, 2))
    return pictures, masks, torch.from_numpy(joints[..., :2].copy())


def _joints(pose: Pose, frame: Frame) -> Joints:
    figure = figure_of(pose)
    points = np.where(pose.seen[:, None], pose.points, np.nan).astype(np.float32)
    points[[R_SHOULDER, L_SHOULDER]], points[[R_HIP, L_HIP]] = figure.shoulders, figure.hips
    return np.concatenate([frame.points(points), pose.joints[:, 2:]], axis=1).astype(np.float32)
