"""Latent directions: moves of a picture's noise, or of what it is asked for, that change something one can name.

A model may bring some: `directions` in its config.json says what each does and how well that was measured, and
`directions.safetensors` holds the vectors. They have a file of their own because the network's file then stays, byte
for byte, what training exported, and its tensors are still matched strictly; the digest in config.json covers them
like any file that loading needs, so they travel, are verified and are published with the model.
`t2i_core.training.directions` finds them.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from t2i_core.errors import InputError
from t2i_core.generate.request import MAX_MOVE

FILE = "directions.safetensors"
KEY = "directions"
NOISE, CONDITION = "noise", "condition"


@dataclass(frozen=True)
class Direction:
    """One way to move, and what it was seen to do on seeds it was not found on.

    kind: "noise", the picture's starting point, or "condition", what it is asked for
    low, high: what the two ends look like, in a word or two
    measured: what it is named after, as `data.measure` or `training.directions` measure it; None for a style
    correlation: of the move with what is measured, over pictures of many kinds and seeds
    slope: how much of what is measured one standard deviation moves
    change: mean difference of a pixel (of 255) between a move of -2 and one of +2
    """

    name: str
    kind: str
    low: str = "less"
    high: str = "more"
    measured: str | None = None
    correlation: float = 0.0
    slope: float = 0.0
    change: float = 0.0
    note: str = ""

    def __post_init__(self) -> None:
        texts = (self.name, self.kind, self.low, self.high, self.note, self.measured or "")
        numbers = (self.correlation, self.slope, self.change)
        if not all(isinstance(text, str) for text in texts) or not self.name.strip():
            raise ValueError("a direction's name, ends and note must be text")
        if self.kind not in (NOISE, CONDITION):
            raise ValueError(f"the direction {self.name} is of kind {self.kind!r}, not {NOISE} or {CONDITION}")
        if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
            raise ValueError(f"what was measured of the direction {self.name} must be numbers")


@dataclass(frozen=True)
class Directions:
    """A model's directions in the order they are offered, and the vector of each.

    A noise vector is [3, k, k]: the weights of the picture's lowest cosine waves. Together they are orthonormal, so
    that a move along one leaves the others alone. A condition vector is [cond_dim], one standard deviation long.
    """

    listed: tuple[Direction, ...] = ()
    vectors: tuple[Tensor, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if len(self.listed) != len(self.vectors):
            raise ValueError(f"{len(self.listed)} directions with {len(self.vectors)} vectors")
        if len({_key(direction.name) for direction in self.listed}) < len(self.listed):
            raise ValueError("two directions have the same name")

    def __iter__(self) -> Iterator[Direction]:
        return iter(self.listed)

    def __len__(self) -> int:
        return len(self.listed)

    def check(self, moves: Mapping[str, float]) -> dict[str, float]:
        """The moves in this model's order and spelling; a move of 0 is none. Raises InputError for unknown names."""
        known = {_key(direction.name): direction.name for direction in self}
        for name in moves:
            if _key(name) not in known:
                told = f"It knows: {', '.join(known.values())}." if known else "It knows none."
                raise InputError(f"This model has no direction “{name[:60]}”. {told}")
        asked = {known[_key(name)]: float(amount) for name, amount in moves.items()}
        return {direction.name: asked[direction.name] for direction in self if asked.get(direction.name)}

    def move_noise(self, noise: Tensor, moves: Mapping[str, float]) -> Tensor:
        """The noise of one picture, [3, H, H], with its share along each direction drawn towards ±3 deviations.

        A move of a draws it |a| / 3 of the way, so 0 leaves it, 3 ends there whatever the seed was, and nothing leaves
        the range that the network saw in training: adding a to a share of 2 would.
        """
        for weights, amount in self._asked(NOISE, moves):
            pattern = from_waves(weights, noise.shape[-1]).to(noise)
            along = (noise * pattern).sum()
            pole = math.copysign(MAX_MOVE, amount)
            noise = noise + amount / pole * (pole - along) * pattern
        return noise

    def move_condition(self, said: Tensor, moves: Mapping[str, float]) -> Tensor:
        """What is asked for, [B, cond_dim], moved by so many standard deviations along each direction."""
        for vector, amount in self._asked(CONDITION, moves):
            said = said + amount * vector.to(said)
        return said

    def _asked(self, kind: str, moves: Mapping[str, float]) -> list[tuple[Tensor, float]]:
        asked = self.check(moves) if moves else {}
        pairs = zip(self.listed, self.vectors, strict=True)
        return [(vector, asked[d.name]) for d, vector in pairs if d.kind == kind and d.name in asked]

    def to_json(self) -> list[dict[str, object]]:
        """The form stored in config.json."""
        return [asdict(direction) for direction in self]

    def to_bytes(self) -> bytes:
        """The vectors as a safetensors file: `noise.0`, `condition.1`, … by place in the list."""
        named = zip(_tensor_names(self.listed), self.vectors, strict=True)
        return save({name: vector.float().cpu().contiguous() for name, vector in named}, {"format": "pt"})

    @classmethod
    def from_folder(
        cls, config: Mapping[str, object], files: Mapping[str, bytes], *, cond_dim: int, image_size: int
    ) -> "Directions":
        """What a model's folder holds; most hold none. Raises ValueError for what does not fit the network."""
        stored: Any = config.get(KEY)
        if not stored:
            return cls()
        if FILE not in files:
            raise ValueError(f"config.json lists directions, but there is no {FILE}")
        try:
            tensors = load(files[FILE])
        except SafetensorError as problem:
            raise ValueError(f"{FILE} is not a safetensors file") from problem
        listed = tuple(Direction(**entry) for entry in stored)
        names = _tensor_names(listed)
        if set(tensors) != set(names):
            raise ValueError(f"{FILE} holds other directions than config.json lists")
        found = cls(listed, tuple(tensors[name].float() for name in names))
        found._check_fit(cond_dim, image_size)
        return found

    def _check_fit(self, cond_dim: int, image_size: int) -> None:
        pairs = list(zip(self.listed, self.vectors, strict=True))
        for direction, vector in pairs:
            side = min(image_size, vector.shape[-1] if vector.dim() else 0)
            wanted = (3, side, side) if direction.kind == NOISE else (cond_dim,)
            if vector.shape != wanted or not vector.isfinite().all():
                raise ValueError(
                    f"the direction {direction.name} is {tuple(vector.shape)}, and the network takes {wanted}"
                )
        rows = [vector.flatten() for direction, vector in pairs if direction.kind == NOISE]
        if len({len(row) for row in rows}) > 1 or (rows and not _orthonormal(torch.stack(rows))):
            raise ValueError("the directions of the noise are not orthonormal")


def from_waves(weights: Tensor, size: int) -> Tensor:
    """The smooth pattern of the lowest cosine waves (DCT-II), as long as its weights: [C, k, k] -> [C, size, size]."""
    waves = _waves(weights.shape[-1], size)
    return waves.T @ weights @ waves


def to_waves(picture: Tensor, count: int) -> Tensor:
    """The weights of a picture's lowest waves, each N(0, 1) in Gaussian noise: [C, H, H] -> [C, count, count]."""
    waves = _waves(count, picture.shape[-1])
    return waves @ picture @ waves.T


def _waves(count: int, size: int) -> Tensor:
    """Orthonormal cosines, [count, size], the constant first."""
    angles = torch.arange(count)[:, None] * (torch.arange(size) + 0.5) * (math.pi / size)
    waves = math.sqrt(2 / size) * angles.cos()
    waves[0] /= math.sqrt(2)
    return waves


def _tensor_names(listed: Sequence[Direction]) -> list[str]:
    return [f"{direction.kind}.{place}" for place, direction in enumerate(listed)]


def _orthonormal(rows: Tensor) -> bool:
    return torch.allclose(rows @ rows.T, torch.eye(len(rows)), atol=1e-3)


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()
