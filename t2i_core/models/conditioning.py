"""From words, choices and numbers to the one vector a generator is conditioned on."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from t2i_core.models.layers import TokenAttention


@dataclass(frozen=True)
class Condition:
    """What a batch of pictures is asked for, as tensors.

    text:    [B, L] int64 piece ids, 0 = padding; or [B, D] float where the network takes ready-made text vectors
    choices: [B, K] int64, 0 = not given
    numbers: [B, N] float, z-scored
    given:   [B, N] float, 1 where the number is given
    """

    text: Tensor
    choices: Tensor
    numbers: Tensor
    given: Tensor

    def __len__(self) -> int:
        return len(self.choices)

    def keep(self, rows: Tensor) -> "Condition":
        """The same with every row whose mask is False asked for nothing at all. rows: [B] bool."""
        mask = rows[:, None]
        return Condition(self.text * mask, self.choices * mask, self.numbers * mask, self.given * mask)

    def nothing(self) -> "Condition":
        """The unconditional twin, for guidance."""
        return self.keep(torch.zeros(len(self), dtype=torch.bool, device=self.choices.device))

    def to(self, device: torch.device | str) -> "Condition":
        return Condition(*(part.to(device) for part in self._parts()))

    def __getitem__(self, rows: Tensor | slice) -> "Condition":
        return Condition(*(part[rows] for part in self._parts()))

    def _parts(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return self.text, self.choices, self.numbers, self.given

    @staticmethod
    def cat(conditions: list["Condition"]) -> "Condition":
        """Batches joined into one."""
        return Condition(*(torch.cat(parts) for parts in zip(*(c._parts() for c in conditions), strict=True)))


class SentenceEncoder(nn.Module):
    """Piece ids [B, L] -> [B, dim]: a small transformer, mean over the pieces that are not padding."""

    def __init__(self, *, vocab_size: int, dim: int, depth: int = 2, max_pieces: int = 24) -> None:
        super().__init__()
        self.pieces = nn.Embedding(vocab_size, dim, padding_idx=0)
        self.places = nn.Parameter(torch.zeros(max_pieces, dim))
        self.layers = nn.ModuleList(SentenceLayer(dim) for _ in range(depth))
        nn.init.normal_(self.pieces.weight, std=0.5)
        nn.init.zeros_(self.pieces.weight[0])

    def forward(self, ids: Tensor) -> Tensor:
        x, padding = self.words(ids)
        present = (~padding).to(x.dtype)[..., None]
        return (x * present).sum(1) / present.sum(1).clamp(min=1)

    def words(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Every piece in its sentence [B, L, dim], and where there is none, [B, L] bool."""
        padding = ids == 0
        x = self.pieces(ids) + self.places[: ids.shape[1]]
        for layer in self.layers:
            x = layer(x, padding[:, None, None])
        return x, padding


class SentenceLayer(nn.Module):
    """Attention and MLP over pieces [B, L, dim], each after a layer norm."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = TokenAttention(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x: Tensor, blocked: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x), blocked)
        return x + self.mlp(self.norm2(x))


class ConditionEmbedder(nn.Module):
    """A Condition and a time -> [B, dim]: the sum of what each part asks for, mixed with the time."""

    def __init__(
        self,
        *,
        dim: int,
        choices: tuple[int, ...],
        numbers: int,
        vocab_size: int,
        text_dim: int,
        text_vectors: bool,
        max_pieces: int,
    ) -> None:
        super().__init__()
        self.text: nn.Module = (
            nn.Identity()
            if text_vectors
            else SentenceEncoder(vocab_size=vocab_size, dim=text_dim, max_pieces=max_pieces)
        )
        self.from_text = nn.Linear(text_dim, dim)
        self.choices = nn.ModuleList(nn.Embedding(size + 1, dim) for size in choices)
        self.numbers = nn.Sequential(nn.Linear(numbers * 6, dim), nn.SiLU(), nn.Linear(dim, dim)) if numbers else None
        self.time = nn.Sequential(nn.Linear(64, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.said_norm, self.time_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.mix = nn.Sequential(nn.Linear(2 * dim, dim), nn.SiLU())

    def forward(self, t: Tensor, condition: Condition) -> Tensor:
        return self.at(t, self.said(condition))

    def said(self, condition: Condition) -> Tensor:
        """What is asked for, without the time: [B, dim]. A sampler needs it once for all its steps."""
        total = self.from_text(self.text(condition.text))
        for column, table in enumerate(self.choices):
            total = total + table(condition.choices[:, column])
        if self.numbers is None:
            return total
        return total + self.numbers(_number_features(condition.numbers, condition.given))

    def at(self, t: Tensor, said: Tensor) -> Tensor:
        """`said` at a time of the flow. t: [B], said: [B, dim]. Returns what the network's blocks take, [B, dim]."""
        both = torch.cat([self.said_norm(said), self.time_norm(self.time(waves(t)))], dim=1)
        return self.mix(both)  # normalised first, or the louder of the two drowns the other


def waves(t: Tensor, size: int = 64) -> Tensor:
    """Sines and cosines of a time in [0, 1]. [B] -> [B, size]."""
    rates = torch.exp(torch.linspace(0, 7, size // 2, device=t.device))
    angles = t.float()[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def _number_features(numbers: Tensor, given: Tensor) -> Tensor:
    """Each number with a few of its sines, and whether it is given. [B, N] -> [B, 6 N]."""
    parts = [numbers, (2 * numbers).sin(), (2 * numbers).cos(), (5 * numbers).sin(), (5 * numbers).cos()]
    return torch.cat([part * given for part in parts] + [given], dim=1)
