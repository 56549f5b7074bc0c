"""EfficientNet-Lite0 for inference: the convolutions alone, batch norms already folded into them.

The architecture is TensorFlow's (EfficientNet, arXiv 1905.11946, the “lite” family: no squeeze-and-excitation, ReLU6).
A model that looks at pictures carries these weights in its own file, so that using it needs no other package.
"""

import torch.nn.functional as F
from torch import Tensor, nn

# (expansion, kernel, stride of the first block, channels, blocks) of every stage
STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
STEM, HEAD = 32, 1280
MEAN, STD = 127.0, 128.0  # of 0..255, as the TensorFlow originals were trained; ImageNet values fit worse


class SameConv(nn.Conv2d):
    """A convolution padded as TensorFlow's `same`: a stride of 2 pads more at the right and the bottom."""

    def forward(self, x: Tensor) -> Tensor:
        height, width = (_padding(side, self.kernel_size[0], self.stride[0]) for side in x.shape[-2:])
        return super().forward(F.pad(x, (*width, *height)))


class InvertedBottleneck(nn.Module):
    """MBConv: widen, look around channel by channel, narrow; residual where the shape stays."""

    def __init__(self, channels_in: int, channels: int, *, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        wide = channels_in * expansion
        self.expand = nn.Conv2d(channels_in, wide, 1) if expansion > 1 else None
        self.depthwise = SameConv(wide, wide, kernel, stride, groups=wide)
        self.project = nn.Conv2d(wide, channels, 1)
        self.stays = stride == 1 and channels == channels_in

    def forward(self, x: Tensor) -> Tensor:
        wide = x if self.expand is None else F.relu6(self.expand(x))
        narrow: Tensor = self.project(F.relu6(self.depthwise(wide)))
        return x + narrow if self.stays else narrow


class Lite(nn.Module):
    """Pictures [B, 3, H, W] in [-1, 1] -> feature maps at three depths, and the pooled features."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = SameConv(3, STEM, 3, 2)
        self.blocks = nn.ModuleList()
        channels = STEM
        for expansion, kernel, first, width, count in STAGES:
            for index in range(count):
                stride = first if index == 0 else 1
                self.blocks.append(
                    InvertedBottleneck(channels, width, expansion=expansion, kernel=kernel, stride=stride)
                )
                channels = width
        self.head = nn.Conv2d(channels, HEAD, 1)

    def forward(self, x: Tensor, taps: tuple[int, ...] = ()) -> tuple[list[Tensor], Tensor]:
        """The outputs of the blocks numbered `taps`, and the last map [B, 1280, H / 32, W / 32]."""
        kept = self.taps(x, (*taps, len(self.blocks) - 1))
        return kept[: len(taps)], F.relu6(self.head(kept[-1]))

    def taps(self, x: Tensor, taps: tuple[int, ...]) -> list[Tensor]:
        """The outputs of the blocks numbered `taps`, in that order; blocks after the last of them are not run."""
        outputs = {}
        x = F.relu6(self.stem((127.5 * x + 127.5 - MEAN) / STD))
        for index, block in enumerate(self.blocks[: max(taps) + 1]):
            x = block(x)
            if index in taps:
                outputs[index] = x
        return [outputs[index] for index in taps]


def _padding(side: int, kernel: int, stride: int) -> tuple[int, int]:
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2
