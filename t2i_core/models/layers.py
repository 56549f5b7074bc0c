"""Pieces the networks share. Feature maps are [B, C, H, W]."""

from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

M = TypeVar("M", bound=nn.Module)


class ChannelNorm(nn.Module):
    """Group normalisation without learned scale: the condition brings its own."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        return F.group_norm(x, self.groups)


class ConditionedBlock(nn.Module):
    """Residual block of two 3x3 convolutions; the condition scales and shifts between them."""

    def __init__(self, channels_in: int, channels: int, cond_dim: int) -> None:
        super().__init__()
        self.norm1 = ChannelNorm(channels_in // 16)
        self.conv1 = nn.Conv2d(channels_in, channels, 3, padding=1)
        self.norm2 = ChannelNorm(channels // 16)
        self.conv2 = zeroed(nn.Conv2d(channels, channels, 3, padding=1))
        self.modulate = zeroed(nn.Linear(cond_dim, 2 * channels))
        self.skip = nn.Conv2d(channels_in, channels, 1) if channels_in != channels else nn.Identity()

    def forward(self, x: Tensor, cond: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.modulate(cond)[..., None, None].chunk(2, dim=1)
        h = self.conv2(F.silu(self.norm2(h) * (1 + scale) + shift))
        return self.skip(x) + h


def heads_of(channels: int, head_dim: int) -> int:
    """How many heads of attention share the channels. Raises ValueError where they cannot."""
    heads = channels // head_dim
    if heads == 0 or channels % heads:
        raise ValueError(f"attention takes a multiple of {head_dim} channels, got {channels}")
    return heads


class SelfAttention(nn.Module):
    """Residual attention of every position to every other."""

    def __init__(self, channels: int, head_dim: int = 32) -> None:
        super().__init__()
        self.heads = heads_of(channels, head_dim)
        self.norm = ChannelNorm(channels // 16)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = zeroed(nn.Conv2d(channels, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        qkv = self.qkv(self.norm(x)).reshape(batch, 3, self.heads, channels // self.heads, height * width)
        q, k, v = qkv.transpose(-1, -2).unbind(1)  # each [B, heads, HW, head_dim]
        mixed = attend(q, k, v)
        return x + self.out(mixed.transpose(-1, -2).reshape(batch, channels, height, width))


class TokenAttention(nn.Module):
    """Attention among tokens [B, N, C]."""

    def __init__(self, dim: int, head_dim: int = 48) -> None:
        super().__init__()
        self.heads = heads_of(dim, head_dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)

    def forward(self, x: Tensor, blocked: Tensor | None = None) -> Tensor:
        batch, tokens, dim = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        return self.out(attend(q, k, v, blocked).transpose(1, 2).reshape(batch, tokens, dim))


class TransformerBlock(nn.Module):
    """Attention and MLP over tokens [B, N, C], scaled, shifted and gated by the condition (DiT, arXiv 2212.09748)."""

    def __init__(self, dim: int, cond_dim: int) -> None:
        super().__init__()
        self.attention = TokenAttention(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(approximate="tanh"), nn.Linear(4 * dim, dim))
        self.modulate = zeroed(nn.Linear(cond_dim, 6 * dim))

    def forward(self, x: Tensor, cond: Tensor) -> Tensor:
        scale1, shift1, gate1, scale2, shift2, gate2 = self.modulate(cond)[:, None].chunk(6, dim=-1)
        x = x + gate1 * self.attention(_layer_norm(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(_layer_norm(x) * (1 + scale2) + shift2)


def attend(q: Tensor, k: Tensor, v: Tensor, blocked: Tensor | None = None) -> Tensor:
    """softmax(q kᵀ) v over [B, heads, N, head_dim]; `blocked` [B, 1, 1, N] bool hides positions.

    Written out because for fewer than 100 tokens in bf16 on a processor it measured 2 to 10 times as fast as
    torch's fused attention, forward and backward.
    """
    scores = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5  # [B, heads, N, N]
    if blocked is not None:
        scores = scores.masked_fill(blocked, -1e4)
    return scores.softmax(-1) @ v


def zeroed(module: M) -> M:
    """The module with its parameters at zero: a block that starts as the identity trains from the first step."""
    for parameter in module.parameters():
        nn.init.zeros_(parameter)
    return module


def _layer_norm(x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:])


def count_parameters(module: nn.Module) -> int:
    """Learned numbers in a module."""
    return sum(p.numel() for p in module.parameters())


def channels_last(module: nn.Module) -> nn.Module:
    """The layout in which bf16 convolutions are fast on processors (2-3x measured with AMX)."""
    return module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
