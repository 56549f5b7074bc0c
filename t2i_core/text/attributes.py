"""What a model can be asked for besides words: named choices, numbers, and one colour.

An `AttributeSpace` is stored in a model's config.json. It checks what a user asks for and turns it into the
arrays the network is conditioned on.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from t2i_core.errors import InputError
from t2i_core.text.colours import hex_to_lab, normalise_hex
from t2i_core.text.telling import few_of

Value = str | float


@dataclass(frozen=True)
class Choice:
    """One of a list of names, e.g. category or gender."""

    name: str
    values: tuple[str, ...]

    def check(self, value: Value) -> str:
        """The value as the model spells it. Raises InputError for a value the model has not learned."""
        wanted = str(value).strip().lower()
        for known in self.values:
            if known.lower() == wanted:
                return known
        raise InputError(f"{self.name} cannot be “{str(value)[:60]}”. Choose one of: {few_of(self.values)}.")


@dataclass(frozen=True)
class Number:
    """A measured quantity between `low` and `high`; the network sees (value - mean) / scale."""

    name: str
    low: float
    high: float
    mean: float
    scale: float
    default: float | None = None

    def check(self, value: Value) -> float:
        """The value as a float. Raises InputError unless it is a finite number within the range."""
        try:
            number = float(value)
        except (ValueError, OverflowError):
            raise InputError(f"{self.name} must be a number, not “{str(value)[:60]}”.") from None
        if not math.isfinite(number) or not self.low <= number <= self.high:
            raise InputError(f"{self.name} must lie between {self.low:g} and {self.high:g}; got {number:g}.")
        return number


@dataclass(frozen=True)
class Tone:
    """A colour given as #rrggbb; the network sees CIELAB, each channel as (value - mean) / scale."""

    name: str
    mean: tuple[float, float, float]
    scale: tuple[float, float, float]

    def check(self, value: Value) -> str:
        """The colour as lower-case #rrggbb. Raises InputError for anything else."""
        return normalise_hex(str(value), self.name)


Attribute = Choice | Number | Tone
KINDS: dict[str, type[Choice] | type[Number] | type[Tone]] = {"choice": Choice, "number": Number, "tone": Tone}


@dataclass(frozen=True)
class Encoded:
    """One request's attributes as arrays: choice indices (0 = not given), z-scored numbers, and which are given."""

    choices: NDArray[np.int64]
    numbers: NDArray[np.float32]
    given: NDArray[np.float32]


@dataclass(frozen=True)
class AttributeSpace:
    """All attributes of one model, in the order its network expects them."""

    attributes: tuple[Attribute, ...]

    @property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(a for a in self.attributes if isinstance(a, Choice))

    @property
    def width(self) -> int:
        """How many numbers the network receives; a tone counts three."""
        return sum(0 if isinstance(a, Choice) else 3 if isinstance(a, Tone) else 1 for a in self.attributes)

    @property
    def columns(self) -> list[tuple[slice, bool]]:
        """Where each measured attribute stands among the numbers the network receives, and whether every request says
        it (because it has a default)."""
        places, start = [], 0
        for attribute in self.attributes:
            if isinstance(attribute, Choice):
                continue
            end = start + (3 if isinstance(attribute, Tone) else 1)
            places.append((slice(start, end), isinstance(attribute, Number) and attribute.default is not None))
            start = end
        return places

    def get(self, name: str) -> Attribute:
        """The attribute of that name. Raises InputError where the model has none."""
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute
        known = ", ".join(a.name for a in self.attributes)
        raise InputError(f"This model has no attribute “{name[:60]}”. It knows: {known}.")

    def check(self, asked: Mapping[str, Value]) -> dict[str, Value]:
        """The asked attributes with every value checked and spelled as the model does."""
        return {name: self.get(name).check(value) for name, value in asked.items()}

    def defaults(self) -> dict[str, Value]:
        """What a request gets where it says nothing."""
        return {a.name: a.default for a in self.attributes if isinstance(a, Number) and a.default is not None}

    def encode(self, asked: Mapping[str, Value]) -> Encoded:
        """Checked attributes as the arrays the network takes; what is not asked for is marked as not given."""
        values = self.check(asked)
        choices, numbers, given = [], [], []
        for attribute in self.attributes:
            value = values.get(attribute.name)
            if isinstance(attribute, Choice):
                choices.append(0 if value is None else attribute.values.index(str(value)) + 1)
                continue
            cells = _numbers_of(attribute, value)
            numbers += cells
            given += [float(value is not None)] * len(cells)
        return Encoded(np.array(choices, np.int64), np.array(numbers, np.float32), np.array(given, np.float32))

    def to_json(self) -> list[dict[str, object]]:
        """The form stored in config.json."""
        names = {cls: kind for kind, cls in KINDS.items()}
        return [{"kind": names[type(a)], **vars(a)} for a in self.attributes]

    @classmethod
    def from_json(cls, stored: list[dict[str, object]]) -> "AttributeSpace":
        """Inverse of `to_json`."""
        return cls(tuple(_attribute_from_json(dict(entry)) for entry in stored))


def _numbers_of(attribute: Number | Tone, value: Value | None) -> list[float]:
    if isinstance(attribute, Number):
        return [0.0 if value is None else (float(value) - attribute.mean) / attribute.scale]
    if value is None:
        return [0.0, 0.0, 0.0]
    lab = hex_to_lab(str(value))
    return [(v - m) / s for v, m, s in zip(lab, attribute.mean, attribute.scale, strict=True)]


def _attribute_from_json(entry: dict[str, object]) -> Attribute:
    kind = KINDS[str(entry.pop("kind"))]
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()})  # type: ignore[arg-type]
