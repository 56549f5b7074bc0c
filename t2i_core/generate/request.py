"""One request for pictures, checked, and its JSON form: the record that goes into every saved PNG."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType

from t2i_core.errors import InputError
from t2i_core.text.attributes import Value

MAX_PROMPT = 2000
MAX_COUNT = 64
MAX_STEPS = 200
MAX_GUIDANCE = 20.0
MAX_SEED = 2**32 - 1
MAX_BLENDS = 3
MAX_MOVE = 3.0


@dataclass(frozen=True)
class GenerateRequest:
    """What to draw. The same request gives the same pictures on the same machine.

    Picture `i` of `count` has seed `seed + i`. With `variation` > 0 every picture keeps the noise of `seed`, turned
    that far (0..1) towards the noise of `variation_seed + i`. `guidance` and `num_steps` of None mean the model's own.
    `blend` says of a choice among the attributes which other value it is mixed with, and that value's share (0..1).
    `moves` says how far to go along the model's latent directions, by name: -3..3 standard deviations.
    """

    prompt: str = ""
    attributes: Mapping[str, Value] = field(default_factory=dict)
    seed: int = 0
    count: int = 1
    num_steps: int | None = None
    guidance: float | None = None
    variation: float = 0.0
    variation_seed: int = 0
    model: str = "products"
    blend: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    moves: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check(self)
        object.__setattr__(self, "attributes", MappingProxyType(dict(self.attributes)))
        blend = {name: (other, float(share)) for name, (other, share) in self.blend.items()}
        object.__setattr__(self, "blend", MappingProxyType(blend))
        moves = {name: float(amount) for name, amount in self.moves.items()}
        object.__setattr__(self, "moves", MappingProxyType(moves))

    def singles(self) -> list["GenerateRequest"]:
        """One request a picture: count 1, its own seed. What a saved picture remembers."""
        if self.variation > 0:
            return [replace(self, count=1, variation_seed=_wrap(self.variation_seed + i)) for i in range(self.count)]
        return [replace(self, count=1, seed=_wrap(self.seed + i)) for i in range(self.count)]

    def to_json(self) -> str:
        """A stable one-line JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True)

    def to_dict(self) -> dict[str, object]:
        """Plain data, for JSON and for SQLite. Blends and moves are mentioned where there are any."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)} | {"attributes": dict(self.attributes)}
        rare = {"blend": {name: list(pair) for name, pair in self.blend.items()}, "moves": dict(self.moves)}
        return {name: value for name, value in (plain | rare).items() if value or name not in rare}

    @classmethod
    def from_dict(cls, stored: object) -> "GenerateRequest":
        """Inverse of `to_dict`; fields added by a later version are ignored. Raises InputError for anything else."""
        if not isinstance(stored, dict):
            raise InputError("These settings are not a set of named values.")
        known = {f.name for f in fields(cls)}
        try:
            return cls(**{k: v for k, v in stored.items() if k in known})
        except (TypeError, ValueError, AttributeError) as problem:
            raise InputError(f"These settings cannot be read: {problem}.") from problem

    @classmethod
    def from_json(cls, text: str) -> "GenerateRequest":
        """Inverse of `to_json`. Raises InputError for text that is not such a record."""
        try:
            return cls.from_dict(json.loads(text))
        except (ValueError, RecursionError) as problem:  # ValueError: not JSON, or a number of thousands of digits
            raise InputError("These settings are not valid JSON.") from problem


def _check(request: GenerateRequest) -> None:
    if not isinstance(request.prompt, str) or not isinstance(request.model, str):
        raise InputError("The prompt and the model's name must be text.")
    if not _is_text(request.prompt + request.model):
        raise InputError("The prompt holds bytes that are not UTF-8 text. Type it again.")
    if len(request.prompt) > MAX_PROMPT:
        raise InputError(f"The prompt has {len(request.prompt):,} characters; the limit is {MAX_PROMPT:,}. Shorten it.")
    if not isinstance(request.attributes, Mapping) or not all(map(_is_pair, request.attributes.items())):
        raise InputError("Attributes must be given as name=value, each value a text or a number.")
    if not request.prompt.strip() and not request.attributes:
        raise InputError("Say what to draw: type words such as “Nike Men Red Running Shoes”, or choose an attribute.")
    _check_blend(request.blend, request.attributes)
    _check_moves(request.moves)
    _whole("count", request.count, 1, MAX_COUNT)
    _whole("seed", request.seed, 0, MAX_SEED)
    _whole("variation seed", request.variation_seed, 0, MAX_SEED)
    if request.num_steps is not None:
        _whole("steps", request.num_steps, 1, MAX_STEPS)
    if request.guidance is not None:
        _between("guidance", request.guidance, 0.0, MAX_GUIDANCE)
    _between("variation", request.variation, 0.0, 1.0)


def _check_blend(blend: object, attributes: Mapping[str, Value]) -> None:
    if not isinstance(blend, Mapping) or len(blend) > MAX_BLENDS:
        raise InputError(f"A blend names at most {MAX_BLENDS} attributes, each with another value and its share.")
    for name, pair in blend.items():
        named = isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str)
        if not named or not _is_pair((name, pair[0])):
            raise InputError("A blend must be given as name: (other value, share), e.g. hair: (red, 0.5).")
        if name not in attributes:
            raise InputError(f"A blend of {name[:60]} with {pair[0][:60]} needs {name[:60]} among the attributes too.")
        _between(f"the share of {name[:60]} in a blend", pair[1], 0.0, 1.0)


def _check_moves(moves: object) -> None:
    if not isinstance(moves, Mapping) or not all(isinstance(name, str) and _is_text(name) for name in moves):
        raise InputError("Moves must be given as name=number, e.g. lightness=1.5.")
    for name, amount in moves.items():
        _between(f"the move along {name[:60]}", amount, -MAX_MOVE, MAX_MOVE)


def _is_text(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)  # half a UTF-16 pair cannot be saved


def _is_pair(pair: tuple[object, object]) -> bool:
    name, value = pair
    text = isinstance(name, str) and isinstance(value, str) and _is_text(name + value)
    number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9  # NaN is not
    return text or (isinstance(name, str) and number)


def _whole(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"{name} must be a whole number from {low} to {high:,}; got {_shown(value)}.")


def _between(name: str, value: object, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:  # NaN fails both
        raise InputError(f"{name} must be a number from {low:g} to {high:g}; got {_shown(value)}.")


def _shown(value: object) -> str:
    try:
        return str(value)[:40]
    except ValueError:  # Python refuses to print a number of more than 4,300 digits
        return "a number of thousands of digits"


def _wrap(seed: int) -> int:
    return seed % (MAX_SEED + 1)
