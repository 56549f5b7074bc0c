"""From noise to pictures along a learned flow. Pure functions over tensors; they know no files and no pages."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

Predict = Callable[[Tensor, Tensor], Tensor]  # (x [B, 3, H, W], t [B]) -> clean picture [B, 3, H, W]
Progress = Callable[[int, int], None]  # (steps done, steps in all)

NEARLY_WHITE = 248  # of 255; measured on products: snapping what is brighter to white makes a tenth of the distance
MIN_REMAINING = 0.05  # 1 - t is held above this where it divides, in training and in sampling


def euler(
    predict: Predict, noise: Tensor, *, num_steps: int, shift: float = 1.0, on_step: Progress | None = None
) -> Tensor:
    """Euler steps of flow matching from t = 0 (noise) to t = 1, where `predict` gives the clean picture.

    `shift` > 1 takes more of the steps near the noise, where a picture's layout is decided (arXiv 2403.03206).

    `on_step` hears of every finished step; an exception it raises stops the sampling.
    """
    x = noise
    times = torch.linspace(0, 1, num_steps + 1, device=noise.device)
    times = times / (times + shift * (1 - times))
    for step in range(num_steps):
        t, later = times[step], times[step + 1]
        clean = predict(x, t.expand(len(x)))
        last = step + 1 == num_steps  # many small steps under the floor would stop short of the picture
        x = clean if last else x + (later - t) * (clean - x) / max(1 - float(t), MIN_REMAINING)
        if on_step:
            on_step(step + 1, num_steps)
    return x


def guide(with_condition: Tensor, without: Tensor, guidance: float) -> Tensor:
    """Classifier-free guidance (arXiv 2207.12598): 1 follows the condition, more exaggerates it."""
    return without + guidance * (with_condition - without)


def seeded_noise(seed: int, size: int) -> Tensor:
    """The noise of one picture, [3, size, size]: it depends on the seed alone, never on the batch."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(3, size, size, generator=generator)


def blend_noise(first: Tensor, second: Tensor, share: float) -> Tensor:
    """Noise turned from `first` (0) to `second` (1) along the sphere, so that it stays Gaussian."""
    if torch.equal(first, second):
        return first  # no angle between them to divide by
    angle = torch.acos(torch.nn.functional.cosine_similarity(first.flatten(), second.flatten(), dim=0).clamp(-1, 1))
    return (torch.sin((1 - share) * angle) * first + torch.sin(share * angle) * second) / torch.sin(angle)


def to_tensor(pixels: NDArray[np.uint8] | Tensor) -> Tensor:
    """Pictures [B, 3, H, W] of 0..255 as a network takes them, in [-1, 1]; those of a tensor stay on its device."""
    stored = pixels if isinstance(pixels, Tensor) else torch.from_numpy(np.array(pixels))
    return stored.float() / 127.5 - 1


def to_images(clean: Tensor, white: int = 256) -> list[Image.Image]:
    """Pictures [B, 3, H, W] in [-1, 1] as RGB images; what is at least as bright as `white` in all channels becomes
    pure white, as a shop's background is."""
    pixels = ((clean.clamp(-1, 1) + 1) * 127.5).round()
    pixels = torch.where(pixels.amin(1, keepdim=True) >= white, 255, pixels)
    return [Image.fromarray(picture) for picture in pixels.byte().permute(0, 2, 3, 1).cpu().numpy()]
