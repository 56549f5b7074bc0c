"""Pairs of a person as seen and the same person as wanted: published pairs, or made of single photos.

Of a single photo the wanted picture is always the photo itself; what is seen is made of it: mirrored, its limbs turned
along the bones, and bent by a smooth random field. So what is wrong with a made picture is never learned to be drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from t2i_core.data.joints import (
    L_ANKLE,
    L_ELBOW,
    L_HIP,
    L_KNEE,
    L_SHOULDER,
    L_WRIST,
    MIRRORED,
    R_ANKLE,
    R_ELBOW,
    R_HIP,
    R_KNEE,
    R_SHOULDER,
    R_WRIST,
)
from t2i_core.models.skinning import carried
from t2i_core.training.adgan_data import Cast
from t2i_core.tryon.appearance import GROUND, as_tensors

# What turns around which joint, and by how much at most (degrees, one standard deviation).
TURNS = (
    ((R_SHOULDER, (R_ELBOW, R_WRIST)), 22.0),
    ((L_SHOULDER, (L_ELBOW, L_WRIST)), 22.0),
    ((R_ELBOW, (R_WRIST,)), 25.0),
    ((L_ELBOW, (L_WRIST,)), 25.0),
    ((R_HIP, (R_KNEE, R_ANKLE)), 5.0),
    ((L_HIP, (L_KNEE, L_ANKLE)), 5.0),
    ((R_KNEE, (R_ANKLE,)), 5.0),
    ((L_KNEE, (L_ANKLE,)), 5.0),
)
SCALE, SHIFT, LEAN = 0.06, 0.03, 4.0  # of the whole person: share, share of the height, degrees
BENT = 0.015  # of the height: how far the smooth field bends
FIELD = (5, 4)  # its free places
Random = np.random.Generator
Points = NDArray[np.float32]


@dataclass(frozen=True)
class People:
    """A batch as networks take it. pictures: [B, 3, H, W] in [-1, 1]; masks: [B, 8, H, W]; joints: [B, 18, 2], NaN
    where not there; seen: [B, 18], which joints the photo shows."""

    pictures: Tensor
    masks: Tensor
    joints: Tensor
    seen: Tensor

    def to(self, device: torch.device) -> "People":
        return People(*(part.to(device) for part in (self.pictures, self.masks, self.joints, self.seen)))

    def heat_joints(self) -> Tensor:
        """The joints that a heat map shows: those that are there."""
        return torch.where(self.seen[..., None], self.joints, torch.nan)


def people_of(cast: Cast, rows: Sequence[int] | NDArray[np.int64], mirror: NDArray[np.bool_] | None = None) -> People:
    """Some people of a cast, mirrored where that is wanted."""
    order = np.argsort(rows)  # mapped files are read in their order
    back = np.argsort(order)
    wanted = np.asarray(rows)[order]
    pixels, parts, table = (np.asarray(array[wanted])[back] for array in (cast.pixels, cast.parts, cast.joints))
    people = as_people(pixels, parts, table)
    return people if mirror is None else _chosen(torch.from_numpy(mirror), mirrored(people), people)


def as_people(pixels: NDArray[np.uint8], parts: NDArray[np.uint8], joints: NDArray[np.float32]) -> People:
    """Arrays of a cast as tensors."""
    return People(*as_tensors(pixels, parts, joints), torch.from_numpy(joints[..., 2] > 0))


def mirrored(people: People) -> People:
    """The same people in a mirror: right and left change places."""
    joints = people.joints[:, list(MIRRORED)].clone()
    joints[..., 0] = people.pictures.shape[-1] - 1 - joints[..., 0]
    return People(people.pictures.flip(3), people.masks.flip(3), joints, people.seen[:, list(MIRRORED)])


def posed(people: People, random: Random) -> People:
    """The same people with their limbs turned at random, bent a little."""
    height, width = people.pictures.shape[-2:]
    joints = torch.from_numpy(turned(people.joints.numpy(), height, random))
    field = torch.from_numpy(random.normal(0, BENT * height, (len(joints), 2, *FIELD)).astype(np.float32))
    astray = F.interpolate(field, size=(height, width), mode="bicubic", align_corners=True)
    ground = GROUND / 127.5 - 1
    planes = torch.cat([people.pictures - ground, people.masks[:, 1:]], dim=1)
    moved, _ = carried(planes, people.joints, joints, astray=astray)
    masks = moved[:, 3:].clamp(0, 1)
    clear = masks.sum(1, keepdim=True)
    return People(moved[:, :3] + ground, torch.cat([1 - clear, masks], dim=1), joints, people.seen)


def turned(joints: NDArray[np.float32], height: int, random: Random) -> NDArray[np.float32]:
    """Joints [B, 18, 2] with every limb turned around its root, then the whole scaled, leant and moved."""
    joints = joints.copy()
    for (root, moving), spread in TURNS:
        _turn(joints, list(moving), joints[:, root].copy(), np.radians(random.normal(0, spread, len(joints))))
    middle = joints[:, [R_SHOULDER, L_SHOULDER, R_HIP, L_HIP]].mean(1)
    scale = np.exp(random.normal(0, SCALE, (len(joints), 1, 1)))
    joints = middle[:, None] + (joints - middle[:, None]) * scale.astype(np.float32)
    _turn(joints, list(range(joints.shape[1])), middle, np.radians(random.normal(0, LEAN, len(joints))))
    return (joints + random.normal(0, SHIFT * height, (len(joints), 1, 2))).astype(np.float32)


def made_sources(target: People, random: Random, *, still: float = 0.2) -> People:
    """People as they might have been seen, made of those that are wanted. still: the share that is only mirrored, or
    not changed at all."""
    count = len(target.pictures)
    mirror = torch.from_numpy(random.random(count) < 0.5)
    source = _chosen(mirror, mirrored(target), target)
    return _chosen(torch.from_numpy(random.random(count) < still), source, posed(source, random))


def _turn(
    joints: NDArray[np.float32], moving: list[int], root: NDArray[np.float32], angle: NDArray[np.float64]
) -> None:
    cosine, sine = (part.astype(np.float32)[:, None] for part in (np.cos(angle), np.sin(angle)))
    x, y = (joints[:, moving, axis] - root[:, axis, None] for axis in (0, 1))
    joints[:, moving, 0] = root[:, 0, None] + cosine * x - sine * y
    joints[:, moving, 1] = root[:, 1, None] + sine * x + cosine * y


def _chosen(where: Tensor, one: People, other: People) -> People:
    def pick(a: Tensor, b: Tensor) -> Tensor:
        return torch.where(where.view(-1, *[1] * (a.dim() - 1)), a, b)

    return People(*(pick(getattr(one, name), getattr(other, name)) for name in ("pictures", "masks", "joints", "seen")))
