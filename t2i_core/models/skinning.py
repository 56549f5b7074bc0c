"""Carries a picture of a person from one pose to another: every bone moves what lies around it.

The map goes backwards, as sampling needs it: each place of the new picture asks the bones near it, by how near they are
(linear blend skinning), where it lay in the old one. What belongs to another bone there, e.g. an arm that hung before
the hip and is raised now, is not carried: a network has to draw what was behind it.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from t2i_core.data.joints import (
    L_ANKLE,
    L_ELBOW,
    L_HIP,
    L_KNEE,
    L_SHOULDER,
    L_WRIST,
    NECK,
    NOSE,
    R_ANKLE,
    R_ELBOW,
    R_HIP,
    R_KNEE,
    R_SHOULDER,
    R_WRIST,
)


@dataclass(frozen=True)
class Bone:
    """From one joint to another. beyond: how far past its end it reaches, as a share of its length; thick: how far
    around it, as a share of the picture's height; narrow: how many times as fast its hold falls beside it."""

    start: int
    end: int
    beyond: float = 0.0
    thick: float = 0.05
    narrow: float = 1.0


LIMBS = (
    Bone(NECK, NOSE, beyond=0.9, thick=0.06),
    *(Bone(R_SHOULDER, R_ELBOW, narrow=2.0), Bone(R_ELBOW, R_WRIST, beyond=0.4, narrow=2.0)),
    *(Bone(L_SHOULDER, L_ELBOW, narrow=2.0), Bone(L_ELBOW, L_WRIST, beyond=0.4, narrow=2.0)),
    *(Bone(R_HIP, R_KNEE, thick=0.01), Bone(R_KNEE, R_ANKLE, beyond=0.3)),
    *(Bone(L_HIP, L_KNEE, thick=0.01), Bone(L_KNEE, L_ANKLE, beyond=0.3)),
)
STEP = 4  # pixels between the places where the bones are asked; between them the map is linear
REACH = 0.1  # of the height: farther from every bone nothing is held
SOFT = 0.012  # of the height: over which distance one bone's hold goes over into the next one's
NARROW = 0.35  # of the torso's length: shoulders and hips of somebody seen from the side count as so wide
SAME, SURE = 0.4, 0.7  # how much the bones of both places must agree for something, for everything to be carried
TORN = 2.5  # pixels of the old picture from one of the new to the next, from which on nothing is carried: streaks
LONGER = 3.0  # a limb is stretched or shortened by so much at most, beside the whole person's size
FAR = 1e3  # pixels: the distance of a bone that is not there


def carried(pictures: Tensor, source: Tensor, target: Tensor, *, astray: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Pictures [B, C, H, W] of people with joints `source` as they look with joints `target`, both [B, 18, 2] of x, y
    in pixels, NaN for joints that are not there; and how much of each place was carried [B, 1, H, W], 0..1.

    astray: [B, 2, H, W] pixels by which each place asks beside itself
    """
    height, width = pictures.shape[-2:]
    places = _places(height // STEP, width // STEP).to(pictures.device) * STEP + (STEP - 1) / 2
    places = places.expand(len(pictures), -1, -1, -1)  # [B, h, w, 2]
    if astray is not None:
        places = places + F.avg_pool2d(astray, STEP).permute(0, 2, 3, 1)
    here = holds(places, target, height)  # [B, bones, h, w]
    shares = here / here.sum(1, keepdim=True).clamp(min=1e-6)
    asked = (shares[..., None] * _mapped(places, target, source)).sum(1)  # [B, h, w, 2]
    flow = F.interpolate(asked.permute(0, 3, 1, 2), size=(height, width), mode="bilinear", align_corners=False)
    size = torch.tensor([width, height], dtype=flow.dtype, device=flow.device)
    spots = (2 * flow.permute(0, 2, 3, 1) + 1) / size - 1
    moved = F.grid_sample(pictures, spots, align_corners=False, padding_mode="zeros")
    theirs = holds(asked, source, height)
    agree = F.interpolate((here * theirs).sqrt().sum(1, keepdim=True), size=(height, width), mode="bilinear")
    whole = F.interpolate((_stretch(asked) < TORN)[:, None].float(), size=(height, width), mode="bilinear")
    known = ((agree - SAME) / (SURE - SAME)).clamp(0, 1) * whole
    return moved * known, known


def carry(pictures: Tensor, masks: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """What a drawing network is given of people [B, 3, H, W] in [-1, 1] with the masks of their parts [B, P, H, W], of
    which the first is the background: both as they look with other joints, [B, 3 + P, H, W]. The picture is 0 where
    nothing comes along, and as faint as the masks at edges."""
    body = masks.clone()
    body[:, 0] = 0
    return carried(torch.cat([pictures * body.sum(1, keepdim=True), body], dim=1), source, target)[0]


def holds(places: Tensor, joints: Tensor, height: int) -> Tensor:
    """How much each bone holds places [B, h, w, 2], the torso first: [B, 1 + limbs, h, w], summing to 1 near the body
    and to 0 far from it."""
    torso = torch.stack([_outside_torso(places, joints)], dim=1)
    limbs = [bone.narrow * _away(places, joints, bone) - bone.thick * height for bone in LIMBS]
    nothing = torch.full_like(torso, REACH * height)
    away = torch.cat([torso, torch.stack(limbs, dim=1), nothing], dim=1)
    return torch.softmax(-away / (SOFT * height), dim=1)[:, :-1]


def _stretch(asked: Tensor) -> Tensor:
    """How fast a map [B, h, w, 2] runs at each place, in pixels a pixel, [B, h, w]."""
    apart = [F.pad(asked.diff(dim=axis).norm(dim=-1) / STEP, pad) for axis, pad in ((1, (0, 0, 0, 1)), (2, (0, 1)))]
    before = [torch.maximum(run, run.roll(1, axis)) for axis, run in enumerate(apart, 1)]
    return torch.maximum(before[0], before[1])


def _places(rows: int, columns: int) -> Tensor:
    y, x = torch.meshgrid(torch.arange(rows).float(), torch.arange(columns).float(), indexing="ij")
    return torch.stack([x, y], dim=-1)


def _away(places: Tensor, joints: Tensor, bone: Bone) -> Tensor:
    """The distances of places from a limb, [B, h, w]."""
    start, line = joints[:, bone.start], (joints[:, bone.end] - joints[:, bone.start]) * (1 + bone.beyond)
    offset = places - start[:, None, None]
    along = (offset * line[:, None, None]).sum(-1) / line.square().sum(-1).clamp(min=1e-3)[:, None, None]
    return (offset - along.clamp(0, 1)[..., None] * line[:, None, None]).norm(dim=-1).nan_to_num(FAR)


def _mapped(places: Tensor, target: Tensor, source: Tensor) -> Tensor:
    """Where places of the new picture lay in the old one by each bone, [B, 1 + limbs, h, w, 2]."""
    by_torso = _by_torso(places, target, source)
    size = (_torso(source)[1].norm(dim=-1) / _torso(target)[1].norm(dim=-1).clamp(min=1e-3))[:, None, None, None]
    limbs = [_by_limb(places, target, source, bone, size) for bone in LIMBS]
    return torch.stack([by_torso, *(torch.where(limb.isnan(), by_torso, limb) for limb in limbs)], dim=1)


def _by_limb(places: Tensor, target: Tensor, source: Tensor, bone: Bone, size: Tensor) -> Tensor:
    """Along the limb as its length changes, across it as the whole person's size does."""
    new, old = (_line(joints, bone) for joints in (target, source))
    offset = places - target[:, bone.start, None, None]
    along = (offset * new).sum(-1, keepdim=True) / new.square().sum(-1, keepdim=True).clamp(min=1e-3)
    longer = old.norm(dim=-1, keepdim=True) / (size * new.norm(dim=-1, keepdim=True)).clamp(min=1e-3)
    along = along * longer.clamp(1 / LONGER, LONGER) / longer.clamp(min=1e-3)
    across = (offset * _turned(new)).sum(-1, keepdim=True) / new.norm(dim=-1, keepdim=True).clamp(min=1e-3)
    side = _turned(old) / old.norm(dim=-1, keepdim=True).clamp(min=1e-3)
    return source[:, bone.start, None, None] + along * old + across * size * side


def _line(joints: Tensor, bone: Bone) -> Tensor:
    return (joints[:, bone.end] - joints[:, bone.start])[:, None, None]


def _turned(line: Tensor) -> Tensor:
    return torch.stack([-line[..., 1], line[..., 0]], dim=-1)


def _torso(joints: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The middle of the shoulders, from there to that of the hips, and both from the right side to the left, [B, 2]."""
    shoulders, hips = joints[:, [R_SHOULDER, L_SHOULDER]], joints[:, [R_HIP, L_HIP]]
    down = hips.mean(1) - shoulders.mean(1)
    wide = [_widened(pair[:, 1] - pair[:, 0], down, share) for pair, share in ((shoulders, 1.0), (hips, 0.6))]
    return shoulders.mean(1), down, wide[0], wide[1]


def _widened(line: Tensor, down: Tensor, share: float) -> Tensor:
    least = (share * NARROW * down.norm(dim=-1, keepdim=True)).clamp(min=1.0)
    length = line.norm(dim=-1, keepdim=True)
    square = torch.stack([down[:, 1], -down[:, 0]], dim=-1)
    square = square / square.norm(dim=-1, keepdim=True).clamp(min=1e-3)
    return torch.where(length < 1.0, square * least, line * (least / length.clamp(min=1e-3)).clamp(min=1.0))


def _in_torso(places: Tensor, joints: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """How far down and across the torso places lie: 0 shoulders to 1 hips, -0.5 right to 0.5 left; and the line across
    at their height."""
    top, down, shoulders, hips = (part[:, None, None] for part in _torso(joints))
    offset = places - top
    level = (offset * down).sum(-1, keepdim=True) / down.square().sum(-1, keepdim=True).clamp(min=1e-3)
    wide = torch.lerp(shoulders, hips, level.clamp(0, 1))
    across = ((offset - level * down) * wide).sum(-1, keepdim=True) / wide.square().sum(-1, keepdim=True).clamp(
        min=1e-3
    )
    return level, across, wide


def _by_torso(places: Tensor, target: Tensor, source: Tensor) -> Tensor:
    level, across, _ = _in_torso(places, target)
    top, down, shoulders, hips = (part[:, None, None] for part in _torso(source))
    return top + level * down + across * torch.lerp(shoulders, hips, level.clamp(0, 1))


def _outside_torso(places: Tensor, joints: Tensor) -> Tensor:
    """The distances of places from the torso, [B, h, w]; 0 within."""
    level, across, wide = (part.squeeze(-1) if part.shape[-1] == 1 else part for part in _in_torso(places, joints))
    beside = (across.abs() - 0.5).clamp(min=0) * wide.norm(dim=-1)
    long = _torso(joints)[1].norm(dim=-1)[:, None, None]
    above = (level - level.clamp(0, 1)).abs() * long
    return torch.hypot(beside, above)
