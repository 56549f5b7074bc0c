"""A request as the query of a web address, so that a result can be sent to somebody as a link, and back again.

`?prompt=red shoes&seed=7&attribute.colour=Red&blend.hair=blue,0.4&move.lightness=1.5`: what is not said is as in
`GenerateRequest`; names that mean nothing here, which trackers like to add, are passed over.
"""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from t2i_core.errors import InputError
from t2i_core.generate.request import GenerateRequest

Query = Mapping[str, Sequence[str]]  # a name may stand in a query several times
ATTRIBUTE, BLEND, MOVE = "attribute.", "blend.", "move."
WHOLE = {"seed": "seed", "count": "count", "steps": "num_steps", "variation_seed": "variation_seed"}
FRACTIONS = {"guidance": "guidance", "variation": "variation"}
TEXTS = ("prompt", "model")
LONGEST_NUMBER = 40  # digits: Python is slow at reading a number of thousands


def query_of(request: GenerateRequest) -> str:
    """The request as a query that `request_in` reads; parts that are as usual are left out."""
    usual = GenerateRequest("x")
    said = {name: getattr(request, part) for name, part in {**WHOLE, **FRACTIONS}.items()}
    pairs: dict[str, object] = {"prompt": request.prompt, "seed": said.pop("seed")}
    pairs |= {name: value for name, value in said.items() if value != getattr(usual, {**WHOLE, **FRACTIONS}[name])}
    pairs |= {ATTRIBUTE + name: value for name, value in request.attributes.items()}
    pairs |= {BLEND + name: f"{other},{share:g}" for name, (other, share) in request.blend.items()}
    pairs |= {MOVE + name: amount for name, amount in request.moves.items()}
    return urlencode({**pairs, "model": request.model})


def request_in(query: Query, model: str) -> GenerateRequest | None:
    """The request that a query describes, None for a query that describes none.

    model: the one meant where the query names none. Raises InputError for a request that makes no sense.
    """
    given: dict[str, object] = {name: query[name][-1] for name in TEXTS if query.get(name)}
    given |= {part: whole_in(query, name) for name, part in WHOLE.items() if query.get(name)}
    given |= {part: number_in(query, name) for name, part in FRACTIONS.items() if query.get(name)}
    parts = {
        "attributes": _named(query, ATTRIBUTE, lambda name: query[name][-1]),
        "blend": _named(query, BLEND, lambda name: _blended(query, name)),
        "moves": _named(query, MOVE, lambda name: number_in(query, name)),
    }
    given |= {part: values for part, values in parts.items() if values}
    return GenerateRequest.from_dict({"model": model, **given}) if given else None


def together(requests: Sequence[GenerateRequest]) -> GenerateRequest | None:
    """The one request that all these pictures come of, in this order; None where there is none."""
    if not requests:
        return None
    first = {**requests[0].to_dict(), "count": len(requests)}
    whole = GenerateRequest.from_dict(first)
    return whole if whole.singles() == list(requests) else None


def whole_in(query: Query, name: str) -> int:
    """A whole number of a query. Raises InputError for anything else."""
    text = query[name][-1].strip()
    if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > LONGEST_NUMBER:
        raise InputError(f"In this link {name} must be a whole number, not “{text[:40]}”.")
    return int(text)


def number_in(query: Query, name: str) -> float:
    """A number of a query. Raises InputError for anything else."""
    return number_of(name, query[name][-1])


def number_of(name: str, text: str) -> float:
    """A number in words of a link. Raises InputError for anything else."""
    try:
        return float(text)
    except ValueError:
        raise InputError(f"In this link {name} must be a number, not “{text[:40]}”.") from None


def _named(query: Query, prefix: str, read: Callable[[str], object]) -> dict[str, object]:
    return {name.removeprefix(prefix): read(name) for name in query if name.startswith(prefix) and query[name]}


def _blended(query: Query, name: str) -> tuple[str, float]:
    other, _, share = query[name][-1].rpartition(",")
    return other, number_of(f"the share in {name}", share)
