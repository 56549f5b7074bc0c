"""ADGAN (arXiv 2003.12267): a person drawn in a given pose, in parts that may come from different people.

A texture encoder that all eight parts share makes a style code of each masked part; an MLP fuses the codes into the
scales and shifts (AdaIN) of the decoder, which starts from heat maps of the pose. Two things are added, because they
let a small network learn from little: the decoder tells which part lies where, and each place is given the code and the
mean colour of its part, which it only has to correct; and what can be carried over from the photo along the bones
(`models.skinning`) comes with the pose, so that prints and faces need not pass through the codes.
As everywhere here, convolutions work on a grid of pixel patches.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from t2i_core.data.joints import JOINTS
from t2i_core.models.layers import zeroed

POSE = len(JOINTS)  # heat maps
TRUST, SURE = 2.0, 4.0  # in what is carried along, before it has learned: as a logit, and of the part that lies there
BARE = 4.0  # the same of the background where nothing comes along
COLOUR = 3  # the first numbers of a code are the part's mean colour
SPOT = 0.7  # of a joint, in cells of the grid


@dataclass(frozen=True)
class AdganConfig:
    """Everything the generator and its critics are built from.

    patch: pixels a side of a cell of the decoder's grid; coarse: the same of the texture encoder's
    parts: how many, the background among them; code: numbers of a part's style, beside its mean colour
    textures: channels of the texture encoder's levels; widths: of the decoder's, the finest first
    blocks: AdaIN blocks on the coarsest level
    fused: numbers of the fused style
    carried: whether the photo's own pixels are carried along the bones, or everything passes through the codes
    """

    height: int = 128
    width: int = 88
    patch: int = 4
    coarse: int = 8
    parts: int = 8
    code: int = 64
    textures: tuple[int, ...] = (64, 96, 128)
    widths: tuple[int, ...] = (96, 160)
    blocks: int = 2
    fused: int = 192
    carried: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "textures", tuple(self.textures))
        object.__setattr__(self, "widths", tuple(self.widths))
        steps = self.patch * 2 ** (len(self.widths) - 1)
        for side in (self.height, self.width):
            if side % steps or side % self.coarse:
                raise ValueError(
                    f"sides of {self.height} x {self.width} must be multiples of {steps} and {self.coarse}"
                )

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the decoder's finest level."""
        return self.height // self.patch, self.width // self.patch


@dataclass(frozen=True)
class Drawn:
    """pictures [B, 3, H, W], about in [-1, 1]; layout [B, parts, H, W]: log-odds of the part that lies in each place;
    kept [B, 1, H, W]: how much of each place is the carried pixel."""

    pictures: Tensor
    layout: Tensor
    kept: Tensor


class TextureEncoder(nn.Module):
    """Masked parts [B, P, 4, H, W] of picture and mask -> style codes [B, P, 3 + code], mean colours first. All parts
    share its convolutions; each has a last layer of its own."""

    def __init__(self, config: AdganConfig) -> None:
        super().__init__()
        self.coarse, widths = config.coarse, config.textures
        self.stem = nn.Conv2d(4 * config.coarse**2, widths[0], 1)
        self.levels = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(widths))
        flat = widths[0] + widths[-1]
        self.own = nn.Parameter(torch.randn(config.parts, flat, config.code) * flat**-0.5)
        self.bias = nn.Parameter(torch.zeros(config.parts, COLOUR + config.code))

    def forward(self, parts: Tensor) -> Tensor:
        batch, count = parts.shape[:2]
        x = F.pixel_unshuffle(parts.flatten(0, 1), self.coarse).contiguous(memory_format=torch.channels_last)
        area = F.avg_pool2d(parts[:, :, 3].reshape(batch * count, 1, *parts.shape[-2:]), self.coarse)
        x = F.silu(self.stem(x))
        near = (x * area).sum((2, 3)) / area.sum((2, 3)).clamp(min=0.5)  # the weave, where the part is
        for level in self.levels:
            x = F.silu(level(x))
        there = (area.sum((2, 3)) / 0.5).clamp(max=1).unflatten(0, (batch, count))  # [B, P, 1]: 0 for what is not worn
        seen = torch.cat([near, x.mean((2, 3))], dim=1).unflatten(0, (batch, count)) * there
        colour = parts[:, :, :COLOUR].sum((3, 4)) / parts[:, :, 3:].sum((3, 4)).clamp(min=1)
        return torch.cat([colour * there, torch.einsum("bpf,pfc->bpc", seen, self.own)], dim=2) + self.bias


class AdainBlock(nn.Module):
    """Residual block of two 3x3 convolutions, whose normalised channels the style scales and shifts (AdaIN, arXiv
    1703.06868)."""

    def __init__(self, channels: int, fused: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = zeroed(nn.Conv2d(channels, channels, 3, padding=1))
        self.style = zeroed(nn.Linear(fused, 4 * channels))

    def forward(self, x: Tensor, fused: Tensor) -> Tensor:
        scale1, shift1, scale2, shift2 = self.style(fused)[..., None, None].chunk(4, dim=1)
        h = self.conv1(F.silu(alone(x) * (1 + scale1) + shift1))
        return x + self.conv2(F.silu(alone(h) * (1 + scale2) + shift2))


class AdganGenerator(nn.Module):
    """Draws people from the codes of their parts and a pose."""

    def __init__(self, config: AdganConfig) -> None:
        super().__init__()
        self.config, widths = config, config.widths
        self.textures = TextureEncoder(config)
        self.fuse = nn.Sequential(
            nn.Linear(config.parts * (COLOUR + config.code), config.fused),
            nn.SiLU(),
            nn.Linear(config.fused, config.fused),
        )
        self.pose = nn.Conv2d(POSE, widths[0], 3, padding=1)
        self.carry = nn.Conv2d((3 + config.parts) * config.patch**2, widths[0], 1) if config.carried else None
        self.enter = nn.ModuleList(AdainBlock(width, config.fused) for width in widths[:-1])
        self.down = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(widths))
        self.middle = nn.ModuleList(AdainBlock(widths[-1], config.fused) for _ in range(config.blocks))
        self.up = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairwise(widths))
        self.leave = nn.ModuleList(AdainBlock(width, config.fused) for width in widths[:-1])
        self.layout = zeroed(nn.Conv2d(widths[0], config.parts, 1))
        self.place = nn.Conv2d(COLOUR + config.code, widths[0], 1)
        self.head = zeroed(nn.Conv2d(widths[0], (4 + config.parts) * config.patch**2, 1))

    def codes(self, pictures: Tensor, masks: Tensor) -> Tensor:
        """The style of each part [B, P, 3 + code] of pictures [B, 3, H, W], whose masks are [B, P, H, W]."""
        parts = torch.cat([pictures[:, None] * masks[:, :, None], masks[:, :, None]], dim=2)
        found: Tensor = self.textures(parts)
        return found

    def draw(self, codes: Tensor, heat: Tensor, carried: Tensor) -> Drawn:
        """Styles [B, P, 3 + code] in the pose of heat maps [B, 18, h, w]; carried: [B, 3 + P, H, W], picture and
        masks of what comes along, 0 where nothing does; not looked at by a network that carries nothing."""
        fused = self.fuse(codes.flatten(1))
        x = self.pose(heat)
        if self.carry is not None:
            x = x + self.carry(F.pixel_unshuffle(carried, self.config.patch))
        skips = []
        for enter, down in zip(self.enter, self.down, strict=True):
            x = enter(x, fused)
            skips.append(x)
            x = down(x)
        for block in self.middle:
            x = block(x, fused)
        layout: Tensor | None = None
        for level in reversed(range(len(self.up))):
            x = F.interpolate(self.up[level](x), scale_factor=2.0) + skips[level]
            if level == 0:
                layout = self.layout(x)
                x = x + self.place(torch.einsum("bphw,bpc->bchw", layout.softmax(1), codes))
            x = self.leave[level](x, fused)
        assert layout is not None
        return self._picture(self.head(F.silu(x)), layout, codes[..., :COLOUR], carried)

    def forward(self, pictures: Tensor, masks: Tensor, heat: Tensor, carried: Tensor) -> Drawn:
        """The people of pictures in the pose of heat maps."""
        return self.draw(self.codes(pictures, masks), heat, carried)

    def _picture(self, cells: Tensor, coarse: Tensor, colours: Tensor, carried: Tensor) -> Drawn:
        """Mean colours of the parts where they lie, corrected, with what is carried along laid over."""
        planes = F.pixel_shuffle(cells, self.config.patch)  # [B, 4 + P, H, W]
        masks = carried[:, 3:] if self.carry is not None else torch.zeros_like(planes[:, 4:])
        present = masks.sum(1, keepdim=True).clamp(max=1)
        layout = F.interpolate(coarse, size=planes.shape[-2:], mode="bilinear", align_corners=False) + planes[:, 4:]
        layout = layout + SURE * masks + BARE * F.pad(1 - present, (0, 0, 0, 0, 0, self.config.parts - 1))
        made = torch.einsum("bphw,bpc->bchw", layout.softmax(1), colours) + planes[:, :3]
        if self.carry is None:
            return Drawn(made, layout, present)
        kept = (planes[:, 3:4] + TRUST).sigmoid()
        return Drawn(kept * carried[:, :3] + (1 - kept * present) * made, layout, kept * present)


def alone(x: Tensor) -> Tensor:
    """Every channel of every picture brought to mean 0 and deviation 1 by itself; hardly varied ones stay small, since
    evening them out made gradients of 70 within 40 steps."""
    return F.group_norm(x, x.shape[1], eps=1e-3)


def heat_maps(joints: Tensor, config: AdganConfig) -> Tensor:
    """Joints [B, 18, 2] in pixels, NaN for those that are not there -> spots [B, 18, h, w] on the decoder's grid."""
    rows, columns = (torch.arange(side, dtype=torch.float32, device=joints.device) for side in config.grid)
    x, y = ((joints[..., axis, None, None].float() + 0.5) / config.patch - 0.5 for axis in (0, 1))
    apart = (columns - x) ** 2 + (rows[:, None] - y) ** 2
    return torch.exp(-apart / (2 * SPOT**2)).nan_to_num(0.0)
