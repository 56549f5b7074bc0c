"""AttnGAN (arXiv 1711.10485) with the outputs of MSG-GAN (arXiv 1903.06048): a generator that looks at words while it
draws, and shows what it has at every size.

Words and sentence come from a DAMSM text encoder. The generator's levels double the places a side; at some of them each
place asks the words what belongs there, and looks at the other places (self-attention, SAGAN, arXiv 1805.08318). Every
level's picture goes to the level of the discriminator that works at its size, so gradients reach all of them at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from t2i_core.models.layers import ConditionedBlock, SelfAttention, attend, zeroed
from t2i_core.models.tacgan import START, Opinion, normed


@dataclass(frozen=True)
class AttnGanConfig:
    """Everything both players are built from.

    words_dim: length of a word's and of a sentence's vector
    widths: channels of the generator's levels, from 4 places a side, each of twice as many as the one before
    critic: channels of the discriminator's levels, from its largest size down to 4 places
    patch: pixels a side of the last level's places
    looks: places a side of the levels that look at the words and at one another
    shows: places a side of the smallest level whose picture is shown to the discriminator
    """

    words_dim: int = 128
    image_size: int = 64
    patch: int = 2
    latent: int = 64
    cond_dim: int = 128
    widths: tuple[int, ...] = (128, 96, 64, 32)
    critic: tuple[int, ...] = (32, 64, 96, 128)
    looks: tuple[int, ...] = (8, 16)
    shows: int = 8
    spectral: bool = True

    def __post_init__(self) -> None:
        for name, levels in (("widths", len(self.widths)), ("critic", len(self.critic))):
            reached = self.patch * START * 2 ** (levels - 1)
            if reached != self.image_size:
                raise ValueError(f"{levels} {name} with patches of {self.patch} make {reached} pixels")
        if self.image_size // self.patch < self.shows:
            raise ValueError(f"no level has the {self.shows} places that are to be shown")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Places a side of the generator's levels."""
        return tuple(START * 2**number for number in range(len(self.widths)))

    @property
    def shown(self) -> tuple[int, ...]:
        """Sides of the pictures, the smallest first: one a level that shows, the last one whole."""
        return (*(size for size in self.sizes[:-1] if size >= self.shows), self.image_size)


@dataclass(frozen=True)
class Reading:
    """A batch of texts. words: [B, L, words_dim]; padding: [B, L] bool, True where there is no word; sentence:
    [B, words_dim]."""

    words: Tensor
    padding: Tensor
    sentence: Tensor

    def __len__(self) -> int:
        return len(self.sentence)

    def __getitem__(self, rows: Tensor | slice) -> "Reading":
        return Reading(self.words[rows], self.padding[rows], self.sentence[rows])

    def to(self, device: torch.device) -> "Reading":
        return Reading(self.words.to(device), self.padding.to(device), self.sentence.to(device))


class WordAttention(nn.Module):
    """Each place asks the words what belongs there; the answer is added to it."""

    def __init__(self, channels: int, words_dim: int) -> None:
        super().__init__()
        self.asks = nn.Conv2d(channels, words_dim, 1)
        self.tells = zeroed(nn.Conv2d(words_dim, channels, 1))

    def forward(self, x: Tensor, reading: Reading) -> Tensor:
        places = self.asks(x).flatten(2).transpose(1, 2)[:, None]  # [B, 1, HW, words_dim]
        words = reading.words[:, None]
        answers = attend(places, words, words, reading.padding[:, None, None])[:, 0]
        return x + self.tells(answers.transpose(1, 2).unflatten(2, x.shape[-2:]))


class Level(nn.Module):
    """A level of the generator: a conditioned block, and, where it looks, the words and the other places."""

    def __init__(self, before: int, width: int, config: AttnGanConfig, *, looks: bool) -> None:
        super().__init__()
        self.block = ConditionedBlock(before, width, config.cond_dim)
        self.words = WordAttention(width, config.words_dim) if looks else None
        self.others = SelfAttention(width) if looks else None

    def forward(self, x: Tensor, cond: Tensor, reading: Reading) -> Tensor:
        x = self.block(x, cond)
        if self.words is not None and self.others is not None:
            x = self.others(self.words(x, reading))
        return x


class AttnGenerator(nn.Module):
    """(latent [B, latent], texts) -> pictures [B, 3, S, S] in [-1, 1], one for each of `config.shown`."""

    def __init__(self, config: AttnGanConfig) -> None:
        super().__init__()
        self.config, widths = config, config.widths
        self.read = nn.Linear(config.words_dim, config.cond_dim)
        self.mix = nn.Sequential(nn.Linear(config.latent + config.cond_dim, config.cond_dim), nn.SiLU())
        self.start = nn.Linear(config.cond_dim, widths[0] * START**2)
        self.levels, self.shows = nn.ModuleList(), nn.ModuleList()
        for size, before, width in zip(config.sizes, (widths[0], *widths), widths, strict=False):
            self.levels.append(Level(before, width, config, looks=size in config.looks))
            last = size == config.sizes[-1]
            colours = 3 * config.patch**2 if last else 3 if size >= config.shows else 0
            self.shows.append(nn.Conv2d(width, colours, 3, padding=1) if colours else nn.Identity())

    def forward(self, latent: Tensor, reading: Reading) -> list[Tensor]:
        cond = self.mix(torch.cat([latent, F.leaky_relu(self.read(reading.sentence), 0.2)], dim=1))
        x = self.start(cond).reshape(len(cond), -1, START, START)
        pictures = []
        for number, (level, show) in enumerate(zip(self.levels, self.shows, strict=True)):
            x = level(F.interpolate(x, scale_factor=2.0) if number else x, cond, reading)  # twice the places
            if isinstance(show, nn.Conv2d):
                pictures.append(show(F.silu(x)))
        pictures[-1] = F.pixel_shuffle(pictures[-1], self.config.patch)
        return [picture.tanh() for picture in pictures]


class AttnDiscriminator(nn.Module):
    """Pictures of all sizes -> scores of the largest down to the smallest place, without and with the sentence.

    Each level is shown the generator's picture of its size beside what came down from the larger ones.
    """

    def __init__(self, config: AttnGanConfig) -> None:
        super().__init__()
        self.config, widths, spectral = config, config.critic, config.spectral
        self.stem = normed(nn.Conv2d(3 * config.patch**2, widths[0], 3, padding=1), spectral)
        self.shrink, self.around = nn.ModuleList(), nn.ModuleList()
        grid = config.image_size // config.patch
        for before, width in pairwise(widths):
            grid //= 2
            beside = 3 if grid in config.shown else 0
            self.shrink.append(normed(nn.Conv2d(before, width, 3, stride=2, padding=1), spectral))
            self.around.append(normed(nn.Conv2d(width + beside, width, 3, padding=1), spectral))
        self.others = SelfAttention(widths[1])
        self.flat = normed(nn.Linear(widths[-1] * START**2, 256), spectral)
        self.score = normed(nn.Linear(256, 1), spectral)
        self.project = normed(nn.Linear(config.words_dim, 256), spectral)

    def forward(self, pictures: Sequence[Tensor], sentence: Tensor) -> Opinion:
        """pictures: as the generator gives them. Scores [B, 2]: whether they are real at all, and under the text."""
        by_side = {picture.shape[-1]: picture for picture in pictures[:-1]}
        x = F.leaky_relu(self.stem(F.pixel_unshuffle(pictures[-1], self.config.patch)), 0.2)
        for number, (shrink, around) in enumerate(zip(self.shrink, self.around, strict=True)):
            x = F.leaky_relu(shrink(x), 0.2)  # half the places
            beside = by_side.get(x.shape[-1])
            x = x + F.leaky_relu(around(x if beside is None else torch.cat([x, beside], dim=1)), 0.2)
            if number == 0:
                x = self.others(x)
        whole = F.leaky_relu(self.flat(x.flatten(1)), 0.2)
        plain = self.score(whole)
        fits = (self.project(sentence) * whole).sum(1, keepdim=True)
        return Opinion(torch.cat([plain, plain + fits], dim=1), whole.new_zeros(len(whole), 0))


def sizes_of(pictures: Tensor, shown: Sequence[int]) -> list[Tensor]:
    """Real pictures [B, 3, S, S] in all the sizes that the generator shows."""
    side = pictures.shape[-1]
    return [pictures if size == side else F.avg_pool2d(pictures, side // size) for size in shown]
