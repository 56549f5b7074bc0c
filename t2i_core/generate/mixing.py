"""Pictures between others: between two values of a choice (what is asked for is blended), and between two seeds (their
noises are)."""

from collections.abc import Sequence
from dataclasses import replace

from t2i_core.errors import InputError
from t2i_core.generate.request import GenerateRequest
from t2i_core.text.attributes import AttributeSpace, Choice

Corner = tuple[GenerateRequest, float]
NEAR = 0.35  # how far pictures “like this one” stray from it: shape and pose stay, details change


def corners(request: GenerateRequest) -> Sequence[Corner]:
    """The plain requests that a blended one lies between, each with its weight; the weights sum to 1.

    One blend gives two corners, two give four. Corners of weight 0 are left out, so that a share of 0 or 1 draws
    exactly the picture of that one value.
    """
    parts = [(replace(request, blend={}), 1.0)]
    for name, (other, share) in request.blend.items():
        turned = [(_with(part, name, other), weight * share) for part, weight in parts]
        parts = [(part, weight * (1 - share)) for part, weight in parts] + turned
    return [(part, weight) for part, weight in parts if weight > 0]


def checked(request: GenerateRequest, space: AttributeSpace) -> dict[str, tuple[str, float]]:
    """The request's blend with every value spelled as the model does.

    Raises InputError for an attribute that is no choice of the model, or for a value it does not know.
    """
    return {name: (_choice(space, name).check(other), share) for name, (other, share) in request.blend.items()}


def more_like(request: GenerateRequest, seed: int, count: int) -> GenerateRequest:
    """Pictures around one that was drawn; `seed` decides which. A varied picture counts as that of its nearer seed."""
    middle = request.seed if request.variation < 0.5 else request.variation_seed
    return replace(request, seed=middle, variation=NEAR, variation_seed=seed, count=count)


def between_seeds(request: GenerateRequest, first: int, second: int, share: float) -> GenerateRequest:
    """One picture between those of two seeds: 0 draws the first, 1 the second."""
    return replace(request, seed=first, variation_seed=second, variation=share, count=1)


def _with(request: GenerateRequest, name: str, value: str) -> GenerateRequest:
    return replace(request, attributes={**request.attributes, name: value})


def _choice(space: AttributeSpace, name: str) -> Choice:
    attribute = space.get(name)
    if not isinstance(attribute, Choice):
        raise InputError(f"{name} is a measure, not a choice: set it to the value in between instead of blending it.")
    return attribute
