"""Where people's joints are in a photo. Two backends give the same record: the shipped network, and MediaPipe."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import maximum_filter

from t2i_core.data.joints import JOINTS, NECK, Joints
from t2i_core.generate.sampler import to_tensor
from t2i_core.models.body import BodySeeing, Views
from t2i_core.models.heat import STRIDE, found
from t2i_core.models.pose import Heat, PoseNet
from t2i_core.settings import get_settings
from t2i_core.tryon.framing import Box, Window, around, whole
from t2i_core.tryon.loading import load_body

PRESENT = 0.25  # height of a spot from which on a joint is in the picture
SOMEBODY = 0.35  # the same of a neck, for one more person
APART = 3  # cells between the necks of two people at least
FILLS = 0.55  # share of the window's longer side from which on a person needs no closer look
ROOM = 0.18  # around the joints, as a share of their box: the hair, the hands and the feet


@dataclass(frozen=True)
class Pose:
    """joints: [18, 3] of x and y in pixels of the photo and visibility 0..1, in the order of OpenPose; size: of the
    photo. A joint that is not in the photo has visibility 0 and lies at the network's best guess."""

    joints: Joints
    size: tuple[int, int]

    @property
    def points(self) -> NDArray[np.float32]:
        """[18, 2]"""
        return self.joints[:, :2]

    @cached_property
    def seen(self) -> NDArray[np.bool_]:
        """[18]: the joints that are in the photo, whether covered or not."""
        return self.joints[:, 2] > 0

    @property
    def score(self) -> float:
        """The mean visibility of the joints, 0..1."""
        return float(self.joints[:, 2].mean())

    def box(self) -> Box:
        """Around the joints in the photo, with room for hair, hands and feet."""
        points = self.points[self.seen] if self.seen.any() else np.zeros((1, 2))
        (left, top), (right, bottom) = points.min(0), points.max(0)
        room = ROOM * max(right - left, bottom - top)
        width, height = self.size
        return (
            max(0.0, float(left - room)),
            max(0.0, float(top - 1.2 * room)),
            min(float(width), float(right + room)),
            min(float(height), float(bottom + room)),
        )

    def described(self) -> dict[str, list[float]]:
        """By joint: x, y, visibility, as JSON takes it."""
        return {name: [round(float(value), 3) for value in row] for name, row in zip(JOINTS, self.joints, strict=True)}


@dataclass(frozen=True)
class Look:
    """A window of a photo, and what was seen in it: a parser that looks through the same window need not look again."""

    window: Window
    views: Views
    pixels: torch.Tensor  # [1, 3, 320, 224] in [-1, 1]


@dataclass(frozen=True)
class Sighted:
    """Somebody in a photo: the pose, and the look that found it, where the backend shares it."""

    pose: Pose
    look: Look | None = None


class PoseFinder(Protocol):
    """Finds everybody in an RGB photo, the clearest first."""

    def find(self, photo: Image.Image) -> list[Sighted]: ...


def glance(network: BodySeeing, photo: Image.Image, window: Window) -> Look:
    """What a network's encoder sees through a window."""
    pixels = to_tensor(window.cut(photo).transpose(2, 0, 1)[None])
    return Look(window, network.see(pixels), pixels)


class NetworkPose:
    """The shipped network: once over the whole photo, then closer at everybody who is small in it."""

    def __init__(self, network: PoseNet) -> None:
        self.network = network

    @classmethod
    def from_pretrained(cls, name: str = "pose") -> "NetworkPose":
        """By name, folder or owner/name on the Hub. Raises WeightsError for a folder that is missing or damaged."""
        network = load_body(name, "pose")
        assert isinstance(network, PoseNet)
        return cls(network)

    @torch.inference_mode()
    def find(self, photo: Image.Image) -> list[Sighted]:
        """Everybody whose neck is in the photo, or at least hips and knees."""
        look = glance(self.network, photo, whole(photo.size))
        heat = self.network(look.views)
        people = [Sighted(pose, look) for pose in _poses(heat, look.window, photo.size)]
        closer = [self._closer(photo, one) for one in people]
        return sorted(closer, key=lambda one: -one.pose.score)

    def _closer(self, photo: Image.Image, one: Sighted) -> Sighted:
        window = around(one.pose.box())
        assert one.look is not None
        if one.look.window.scale / window.scale > FILLS:
            return one
        look = glance(self.network, photo, window)
        poses = _poses(self.network(look.views), window, photo.size)
        return Sighted(min(poses, key=lambda pose: _apart(pose, one.pose)), look) if poses else one


def _apart(one: Pose, other: Pose) -> float:
    return float(np.linalg.norm(one.points - other.points, axis=1).mean())


def _poses(heat: Heat, window: Window, size: tuple[int, int]) -> list[Pose]:
    """One pose a neck; where several are, each joint is looked for nearer to its own neck than to the others'."""
    maps = heat.maps[0].float()
    necks = _peaks(maps[NECK].numpy())
    if len(necks) < 2:
        pose = _pose(maps, heat.clear[0], window, size)
        return [pose] if pose.seen.sum() >= 4 else []
    columns = np.arange(maps.shape[-1])
    nearest = np.abs(columns[None] - necks[:, 1:2]).argmin(0)
    own = [torch.from_numpy((nearest == index).astype(np.float32)) for index in range(len(necks))]
    poses = [_pose(maps * mask, heat.clear[0], window, size) for mask in own]
    return [pose for pose in poses if pose.seen.sum() >= 4]


def _pose(maps: torch.Tensor, clear: torch.Tensor, window: Window, size: tuple[int, int]) -> Pose:
    places, heights = found(maps)
    column, row = (
        ((places[:, axis] + 0.5) / STRIDE - 0.5).round().long().clamp(0, maps.shape[-1 - axis] - 1) for axis in (0, 1)
    )
    sight = clear[torch.arange(len(JOINTS)), row, column].sigmoid() * heights.clamp(0, 1)
    points = window.to_photo(places.numpy())
    inside = ((points >= -0.5) & (points < np.array(size) + 0.5)).all(1)
    visibility = np.where((heights.numpy() > PRESENT) & inside, np.maximum(sight.numpy(), 0.01), 0)
    return Pose(np.concatenate([points, visibility[:, None]], axis=1).astype(np.float32), size)


def _peaks(heat: NDArray[np.float32]) -> NDArray[np.int64]:
    """Rows and columns of the separate spots of a map, the highest first."""
    tops = (heat == maximum_filter(heat, size=2 * APART + 1)) & (heat > SOMEBODY)
    peaks = np.argwhere(tops)
    return peaks[np.argsort(-heat[tops])]


def pose_finder() -> PoseFinder:
    """The backend that T2I_POSE names. Raises WeightsError where its weights, or the package it needs, are missing."""
    if get_settings().pose == "mediapipe":
        from t2i_core.tryon.mediapipe_pose import MediapipePose

        return MediapipePose.from_pretrained()
    return NetworkPose.from_pretrained()
