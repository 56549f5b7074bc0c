"""patchflow: flow matching in pixel space on a grid of patches, predicting the clean picture.

The picture is folded into patches (pixel-unshuffle), a small network sees the noisy patches, the time and the
condition, and answers with the clean patches (cf. arXiv 2511.13720). Time runs from 0 (noise) to 1 (picture).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from t2i_core.models.conditioning import Condition, ConditionEmbedder
from t2i_core.models.layers import ConditionedBlock, SelfAttention, TransformerBlock, zeroed


@dataclass(frozen=True)
class PatchFlowConfig:
    """Everything a PatchFlow is built from. `choices` counts the values of each choice attribute."""

    choices: tuple[int, ...]
    numbers: int
    vocab_size: int = 4000
    image_size: int = 64
    patch: int = 4
    backbone: str = "unet"  # or "transformer"
    widths: tuple[int, ...] = (128, 160, 192)  # one a level of the U-Net; the transformer uses the first
    depth: int = 1  # blocks a level; the transformer's layers
    cond_dim: int = 256
    text_dim: int = 192
    text_vectors: bool = False
    max_pieces: int = 24

    @property
    def grid(self) -> int:
        return self.image_size // self.patch


class PatchFlow(nn.Module):
    """(noisy picture, time, condition) -> clean picture."""

    def __init__(self, config: PatchFlowConfig) -> None:
        super().__init__()
        self.config = config
        self.condition = ConditionEmbedder(
            dim=config.cond_dim,
            choices=config.choices,
            numbers=config.numbers,
            vocab_size=config.vocab_size,
            text_dim=config.text_dim,
            text_vectors=config.text_vectors,
            max_pieces=config.max_pieces,
        )
        if config.image_size % config.patch:
            raise ValueError(f"a picture of {config.image_size} pixels does not divide into patches of {config.patch}")
        if config.backbone not in BACKBONES:
            raise ValueError(f"backbone must be one of {sorted(BACKBONES)}, got {config.backbone!r}")
        self.backbone = BACKBONES[config.backbone](config)

    def forward(self, x: Tensor, t: Tensor, condition: Condition) -> Tensor:
        """x: [B, 3, H, W] in about [-1, 1]; t: [B] in [0, 1]. Returns the clean picture, [B, 3, H, W]."""
        return self.denoise(x, self.condition(t, condition))

    def denoise(self, x: Tensor, cond: Tensor) -> Tensor:
        """The same with the condition and time already embedded, [B, cond_dim]."""
        patches = F.pixel_unshuffle(x, self.config.patch)  # [B, 3 p², grid, grid]
        return F.pixel_shuffle(self.backbone(patches, cond), self.config.patch)


class UNetConfig(Protocol):
    """What a U-Net is built from."""

    @property
    def patch(self) -> int: ...
    @property
    def grid(self) -> int: ...
    @property
    def widths(self) -> tuple[int, ...]: ...
    @property
    def depth(self) -> int: ...
    @property
    def cond_dim(self) -> int: ...


class UNet(nn.Module):
    """Levels of residual blocks with skips between them; attention at the lowest level.

    It is shown the patches of `pictures` pictures and answers with those of one; the first of them may pass straight
    through (`keep`), as a nearly clean picture should.
    """

    def __init__(self, config: UNetConfig, pictures: int = 1) -> None:
        super().__init__()
        widths, cond_dim, channels = config.widths, config.cond_dim, 3 * config.patch**2
        if not widths or any(width < 16 or width % 16 for width in widths):
            raise ValueError(f"widths must be multiples of 16, got {list(widths)}")
        if config.grid % 2 ** (len(widths) - 1):
            raise ValueError(f"a grid of {config.grid} cannot be halved for each of {len(widths)} widths")
        self.stem = nn.Conv2d(pictures * channels, widths[0], 3, padding=1)
        self.place = nn.Parameter(0.2 * torch.randn(1, widths[0], config.grid, config.grid))
        self.down, self.shrink = nn.ModuleList(), nn.ModuleList()
        for level, width in enumerate(widths):
            self.down.append(nn.ModuleList(ConditionedBlock(width, width, cond_dim) for _ in range(config.depth)))
            if level + 1 < len(widths):
                self.shrink.append(nn.Conv2d(width, widths[level + 1], 3, stride=2, padding=1))
        self.layout = Layout(cond_dim, widths[-1], config.grid >> (len(widths) - 1))
        self.attend = nn.ModuleList(SelfAttention(widths[-1]) for _ in range(2))
        self.middle = ConditionedBlock(widths[-1], widths[-1], cond_dim)
        self.up, self.grow = nn.ModuleList(), nn.ModuleList()
        for level in reversed(range(len(widths))):
            width = widths[level]
            first = [ConditionedBlock(2 * width, width, cond_dim)]
            rest = [ConditionedBlock(width, width, cond_dim) for _ in range(config.depth - 1)]
            self.up.append(nn.ModuleList(first + rest))
            if level > 0:
                self.grow.append(nn.Conv2d(width, widths[level - 1], 3, padding=1))
        self.head = nn.Sequential(
            nn.GroupNorm(widths[0] // 16, widths[0]), nn.SiLU(), zeroed(nn.Conv2d(widths[0], channels, 3, padding=1))
        )
        self.keep = zeroed(nn.Linear(cond_dim, channels))

    def forward(self, patches: Tensor, cond: Tensor) -> Tensor:
        x = self.stem(patches) + self.place  # [B, widths[0], grid, grid]
        skips = []
        for level, blocks in enumerate(self.down):
            for block in blocks:  # type: ignore[attr-defined]
                x = block(x, cond)
            skips.append(x)
            if level < len(self.shrink):
                x = self.shrink[level](x)  # half the grid
        x = self.attend[1](self.middle(self.attend[0](x + self.layout(cond)), cond))
        for level, blocks in enumerate(self.up):
            x = torch.cat([x, skips.pop()], dim=1)
            for block in blocks:  # type: ignore[attr-defined]
                x = block(x, cond)
            if level < len(self.grow):
                x = self.grow[level](F.interpolate(x, scale_factor=2.0))  # twice the grid
        clean: Tensor = self.head(x)
        return clean + self.keep(cond)[..., None, None] * patches[:, : clean.shape[1]]


class Layout(nn.Module):
    """What the condition says of where things are: [B, cond_dim] -> [B, channels, grid, grid].

    Scale and shift are the same at every place; without this a network takes long to learn that a watch stands
    and a shoe lies.
    """

    def __init__(self, cond_dim: int, channels: int, grid: int, rank: int = 48) -> None:
        super().__init__()
        self.shape = (rank, grid, grid)
        self.draw = nn.Linear(cond_dim, rank * grid * grid)
        self.spread = nn.Conv2d(rank, channels, 1)

    def forward(self, cond: Tensor) -> Tensor:
        return self.spread(self.draw(cond).reshape(len(cond), *self.shape))


class Transformer(nn.Module):
    """A plain transformer over the patches (arXiv 2511.13720)."""

    def __init__(self, config: PatchFlowConfig) -> None:
        super().__init__()
        dim, channels = config.widths[0], 3 * config.patch**2
        self.stem = nn.Sequential(nn.Linear(channels, 128), nn.Linear(128, dim))
        self.place = nn.Parameter(0.02 * torch.randn(1, config.grid**2, dim))
        self.layers = nn.ModuleList(TransformerBlock(dim, config.cond_dim) for _ in range(config.depth))
        self.head = nn.Sequential(nn.LayerNorm(dim), zeroed(nn.Linear(dim, channels)))

    def forward(self, patches: Tensor, cond: Tensor) -> Tensor:
        batch, channels, height, width = patches.shape
        x = self.stem(patches.flatten(2).transpose(1, 2)) + self.place  # [B, grid², dim]
        for layer in self.layers:
            x = layer(x, cond)
        out: Tensor = self.head(x)
        return out.transpose(1, 2).reshape(batch, channels, height, width)


BACKBONES: dict[str, Callable[[PatchFlowConfig], nn.Module]] = {"unet": UNet, "transformer": Transformer}
