"""DCGAN (arXiv 1511.06434) with InfoGAN's codes (arXiv 1606.03657): pictures from a latent alone.

As everywhere here, convolutions work on a grid of pixel patches. Of the latent, the last numbers may be codes: a choice
of one among `categories`, and `continuous` numbers in [-1, 1]. The discriminator has to read them back off the picture,
so the generator must make them visible: sliders whose meaning the model found by itself.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from t2i_core.models.tacgan import START, normed


@dataclass(frozen=True)
class DcganConfig:
    """Everything both players are built from.

    latent: numbers of the noise, codes not counted; spherical: noise from the unit sphere instead of a Gaussian
    widths: channels of the generator's levels, each of twice the places a side; the discriminator's mirror them
    categories, continuous: InfoGAN's codes; 0 and 0 for none
    """

    image_size: int = 64
    patch: int = 2
    latent: int = 64
    spherical: bool = False
    widths: tuple[int, ...] = (128, 96, 64, 32)
    categories: int = 0
    continuous: int = 0
    spectral: bool = False

    def __post_init__(self) -> None:
        reached = self.patch * START * 2 ** (len(self.widths) - 1)
        if reached != self.image_size:
            raise ValueError(f"{len(self.widths)} widths with patches of {self.patch} make {reached} pixels")

    @property
    def codes(self) -> int:
        """Numbers of the codes."""
        return self.categories + self.continuous


@dataclass(frozen=True)
class Judgement:
    """scores [B]: the higher, the more real. The codes read off the pictures: category [B, categories], log-odds, and
    continuous [B, continuous]."""

    scores: Tensor
    category: Tensor
    continuous: Tensor


class DcganGenerator(nn.Module):
    """(noise [B, latent], codes [B, codes]) -> pictures [B, 3, S, S] in [-1, 1]."""

    def __init__(self, config: DcganConfig) -> None:
        super().__init__()
        self.config, widths = config, config.widths
        self.start = nn.Linear(config.latent + config.codes, widths[0] * START**2)
        self.first = nn.BatchNorm2d(widths[0])
        self.grow, self.norms = nn.ModuleList(), nn.ModuleList()
        for before, width in pairwise(widths):
            self.grow.append(nn.Conv2d(before, width, 3, padding=1))
            self.norms.append(nn.BatchNorm2d(width))
        self.head = nn.Conv2d(widths[-1], 3 * config.patch**2, 3, padding=1)

    def forward(self, noise: Tensor, codes: Tensor) -> Tensor:
        x = self.start(torch.cat([noise, codes], dim=1)).reshape(len(noise), -1, START, START)
        x = F.relu(self.first(x))
        for grow, norm in zip(self.grow, self.norms, strict=True):
            x = F.relu(norm(grow(F.interpolate(x, scale_factor=2.0))))  # twice the places
        return F.pixel_shuffle(self.head(x), self.config.patch).tanh()


class DcganDiscriminator(nn.Module):
    """Pictures [B, 3, S, S] -> whether they are real, and which codes they were drawn from."""

    def __init__(self, config: DcganConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.widths[::-1]
        self.stem = normed(nn.Conv2d(3 * config.patch**2, widths[0], 3, padding=1), config.spectral)
        self.shrink, self.norms = nn.ModuleList(), nn.ModuleList()
        for before, width in pairwise(widths):
            self.shrink.append(normed(nn.Conv2d(before, width, 3, stride=2, padding=1), config.spectral))
            self.norms.append(nn.Identity() if config.spectral else nn.BatchNorm2d(width))
        flat = widths[-1] * START**2
        self.score = normed(nn.Linear(flat, 1), config.spectral)
        self.read = (
            nn.Sequential(nn.Linear(flat, 64), nn.LeakyReLU(0.1), nn.Linear(64, config.codes)) if config.codes else None
        )

    def forward(self, pictures: Tensor) -> Judgement:
        x = F.leaky_relu(self.stem(F.pixel_unshuffle(pictures, self.config.patch)), 0.2)
        for shrink, norm in zip(self.shrink, self.norms, strict=True):
            x = F.leaky_relu(norm(shrink(x)), 0.2)  # half the places
        flat = x.flatten(1)
        codes = flat[:, :0] if self.read is None else self.read(flat)
        category, continuous = codes.split([self.config.categories, self.config.continuous], dim=1)
        return Judgement(self.score(flat)[:, 0], category, continuous)


def draw_noise(config: DcganConfig, count: int, random: torch.Generator) -> Tensor:
    """Noise [count, latent]: Gaussian, or from a sphere of the radius that Gaussian noise has on average."""
    noise = torch.randn(count, config.latent, generator=random)
    return F.normalize(noise, dim=1) * config.latent**0.5 if config.spherical else noise


def draw_codes(config: DcganConfig, count: int, random: torch.Generator) -> Tensor:
    """Random codes [count, codes]: the category as ones and zeros, then the continuous ones."""
    category = torch.zeros(count, config.categories)
    if config.categories:
        chosen = torch.randint(0, config.categories, (count, 1), generator=random)
        category.scatter_(1, chosen, 1.0)
    return torch.cat([category, 2 * torch.rand(count, config.continuous, generator=random) - 1], dim=1)


def code_loss(codes: Tensor, judged: Judgement) -> Tensor:
    """How badly codes were read off pictures: a lower bound of their mutual information, with the sign turned.

    Cross-entropy of the category, and half the squared distance of the continuous codes (a Gaussian of variance 1).
    """
    category, continuous = codes.split([judged.category.shape[1], judged.continuous.shape[1]], dim=1)
    total = codes.new_zeros(())
    if category.shape[1]:
        total = total + F.cross_entropy(judged.category, category.argmax(1))
    if continuous.shape[1]:
        total = total + (judged.continuous - continuous).square().mean() / 2
    return total
