"""DAMSM, the text-image matcher of AttnGAN (arXiv 1711.10485): words and regions, sentences and pictures, in one space.

The picture encoder is frozen, so that what it sees is computed once a picture (`Seen`); the text encoder and the heads
into the common space are learned.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from t2i_core.models.conditioning import SentenceEncoder
from t2i_core.models.lite import HEAD
from t2i_core.models.seeing import Seeing, Seen

TAPS = (4, 10, 15)  # blocks of Lite0: maps of stride 8, 16 and 32
FINE, COARSE = 40 + 112, 320  # channels of the maps that regions are made of


@dataclass(frozen=True)
class DamsmConfig:
    """Shapes of the network. image_size: pixels a side that the picture encoder looks at; regions are 16 pixels wide.

    gamma0: how sharply words compete for a region (the paper learns it with the vectors' lengths); and the paper's
    three, gamma1: how sharply a word looks at its regions, gamma2: how much the best words of a text count, gamma3: how
    sharply the losses tell pairs apart, where learning starts
    """

    vocab_size: int
    text_dim: int = 144
    depth: int = 2
    max_pieces: int = 32
    dim: int = 128
    hidden: int = 192
    dropout: float = 0.25
    image_size: int = 128
    gamma0: float = 10.0
    gamma1: float = 5.0
    gamma2: float = 5.0
    gamma3: float = 10.0


@dataclass(frozen=True)
class Pictures:
    """Pictures in the common space. regions: [B, dim, h, w] and sentence: [B, dim], unit length."""

    regions: Tensor
    sentence: Tensor


@dataclass(frozen=True)
class Texts:
    """Texts in the common space. words: [B, L, dim] and sentence: [B, dim], unit length; padding: [B, L] bool."""

    words: Tensor
    padding: Tensor
    sentence: Tensor


@dataclass(frozen=True)
class Scores:
    """How well every picture goes with every text, by words and by the whole sentence. Both [pictures, texts]."""

    words: Tensor
    sentence: Tensor


@dataclass(frozen=True)
class Explained:
    """weights: [pictures, texts, L], the words of a text together 1; looks: [pictures, texts, L, h, w], each map 1."""

    weights: Tensor
    looks: Tensor


class Damsm(Seeing):
    """Texts and pictures -> one space."""

    def __init__(self, config: DamsmConfig) -> None:
        super().__init__()
        self.config = config
        self.text = SentenceEncoder(
            vocab_size=config.vocab_size, dim=config.text_dim, depth=config.depth, max_pieces=config.max_pieces
        )
        self.word_head = nn.Linear(config.text_dim, config.dim)
        self.sentence_head = nn.Linear(config.text_dim, config.dim)
        self.look_through(FINE, COARSE, hidden=config.hidden, dropout=config.dropout)
        self.region_head = nn.Conv2d(config.hidden, config.dim, 1)
        self.from_pooled = nn.Linear(HEAD, config.dim)
        self.from_regions = nn.Linear(2 * config.hidden, config.dim)
        self.sharpness = nn.Parameter(torch.full((2,), config.gamma3).log())  # of words, of sentences
        self.calibration = nn.Buffer(torch.tensor([config.gamma3, config.gamma3, 0.0]))  # of words, sentence; bias

    @torch.no_grad()
    def see(self, images: Tensor) -> Seen:
        """Pictures [B, 3, S, S] in [-1, 1], of any size, as the frozen encoder sees them."""
        return self.look(images)

    def look(self, images: Tensor) -> Seen:
        """The same with the way back to the pictures, for a generator that is to be told what it lacks."""
        size = (self.config.image_size, self.config.image_size)
        if images.shape[-2:] != size:
            images = F.interpolate(images, size=size, mode="bicubic", antialias=True).clamp(-1, 1)
        (early, middle, late), last = self.encoder(images.contiguous(memory_format=torch.channels_last), TAPS)
        return Seen(torch.cat([F.avg_pool2d(early, 2), middle], dim=1), late, last.mean((2, 3)))

    def pictures(self, seen: Seen) -> Pictures:
        """The learned heads over what was seen."""
        h = self.places(seen)  # [B, hidden, h, w]
        whole = torch.cat([h.mean((2, 3)), h.amax((2, 3))], dim=1)
        sentence = self.from_pooled(self.pooled(seen)) + self.from_regions(whole)
        return Pictures(F.normalize(self.region_head(h), dim=1), F.normalize(sentence, dim=1))

    def texts(self, ids: Tensor) -> Texts:
        """Piece ids [B, L], 0 = padding."""
        tokens, padding = self.text.words(ids)
        present = (~padding).to(tokens.dtype)[..., None]
        mean = (tokens * present).sum(1) / present.sum(1).clamp(min=1)
        words = F.normalize(self.word_head(tokens), dim=2)
        return Texts(words, padding, F.normalize(self.sentence_head(mean), dim=1))

    def scores(self, pictures: Pictures, texts: Texts) -> Scores:
        """Every picture with every text."""
        cosines, _ = word_cosines(pictures.regions, texts, self.config)
        words = word_scores(cosines, texts.padding, self.config.gamma2)
        return Scores(words, pictures.sentence @ texts.sentence.T)

    def explain(self, pictures: Pictures, texts: Texts) -> Explained:
        """How much each word counts in every pair's word score, and where it looks."""
        cosines, looks = word_cosines(pictures.regions, texts, self.config)
        weights = (self.config.gamma2 * cosines).masked_fill(texts.padding[None], -1e4).softmax(-1)
        shares = looks / looks.sum(-1, keepdim=True)
        return Explained(weights, shares.unflatten(-1, pictures.regions.shape[-2:]))

    def log_odds(self, scores: Scores) -> Tensor:
        """Calibrated log-odds that texts belong to pictures, where half of the pairs do. [pictures, texts]"""
        by_words, by_sentence, bias = self.calibration
        return by_words * scores.words + by_sentence * scores.sentence + bias

    def forward(self, seen: Seen, ids: Tensor, alike: Tensor) -> Tensor:
        """The paper's four losses of a batch, whose text i belongs to picture i.

        alike: [B, B] bool; where text j is as true of picture i, the pair is no counterexample
        """
        scores = self.scores(self.pictures(seen), self.texts(ids))
        by_words, by_sentence = self.sharpness.clamp(max=4.0).exp()
        return both_ways(by_words * scores.words, alike) + both_ways(by_sentence * scores.sentence, alike)


def word_cosines(regions: Tensor, texts: Texts, config: DamsmConfig) -> tuple[Tensor, Tensor]:
    """How like each word is to the regions it looks at, [pictures, texts, L] in -1..1, and how much it looks at each,
    [pictures, texts, L, h w], up to a factor. regions: [B, dim, h, w]

    Words compete for a region first, then regions for a word. Vectors have length 1, so that no exponential overflows,
    and neither the looks' sums nor the mixes of regions are needed for the cosine of a word and its mix.
    """
    keys = regions.flatten(2)  # [B, dim, R]
    count, length, _ = texts.words.shape
    similarity = texts.words.flatten(0, 1) @ keys  # [B, T L, R]
    wanted = (config.gamma0 * similarity).exp().unflatten(1, (count, length)) * ~texts.padding[None, :, :, None]
    claimed = wanted / wanted.sum(2, keepdim=True).clamp(min=1e-6)
    looks = (config.gamma1 * claimed).exp().flatten(1, 2)
    alike = keys.transpose(1, 2) @ keys  # [B, R, R]
    mixed = ((looks @ alike) * looks).sum(-1, dtype=torch.float32).clamp(min=1e-6).sqrt()
    cosines = (similarity * looks).sum(-1, dtype=torch.float32) / mixed
    shape = (count, length)
    return cosines.unflatten(1, shape), looks.unflatten(1, shape)


def word_scores(cosines: Tensor, padding: Tensor, gamma2: float) -> Tensor:
    """A soft maximum over the words of each text, [pictures, texts]: the paper's R(Q, D).

    It is a mean where the paper has a sum, or long texts would go with every picture.
    """
    best = (gamma2 * cosines).masked_fill(padding[None], -1e4).logsumexp(-1)
    counted = (~padding).sum(-1).clamp(min=1).to(best.dtype)
    return (best - counted.log()) / gamma2


def both_ways(scores: Tensor, alike: Tensor) -> Tensor:
    """Cross-entropy of the right text among a batch's texts, and of the right picture among its pictures."""
    own = torch.eye(len(scores), dtype=torch.bool, device=scores.device)
    scores = scores.masked_fill(alike & ~own, -1e4)
    right = torch.arange(len(scores), device=scores.device)
    return F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right)
