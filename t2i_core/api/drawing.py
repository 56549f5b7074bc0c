"""Pictures from words."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from t2i_core.api.models import pipeline
from t2i_core.errors import InputError
from t2i_core.generate.request import GenerateRequest
from t2i_core.text.attributes import Value

if TYPE_CHECKING:  # torch takes seconds to import
    from t2i_core.generate.picture import Picture
    from t2i_core.generate.pipeline import TextToImage
    from t2i_core.generate.variations import Axis, Grid

OnStep = Callable[[int, int], None]  # (steps done, steps in all)


def draw_products(
    prompt: str = "",
    category: str = "",
    colour: str = "",
    gender: str = "",
    attributes: str = "",
    count: int = 4,
    seed: int = 0,
    guidance: float | None = None,
    steps: int | None = None,
    *,
    on_step: OnStep | None = None,
) -> "list[Picture]":
    """Draw product photos from a product's title. The same arguments give the same pictures.

    Args:
        prompt: the title, e.g. “Nike Men Red Running Shoes”; may stay empty where a category or colour is given
        category: what kind of product, in place of what the title says; empty: as the title says
        colour: its colour, in place of what the title says
        gender: Men, Women, Boys, Girls or Unisex, in place of what the title says
        attributes: further ones as name=value, name=value; e.g. tone=#205080, aspect=0.4, lightness=60, season=Summer
        count: how many pictures, 1 to 64; they get the seeds seed, seed+1, …
        seed: which of all possible pictures
        guidance: how strongly the words are followed, 0 to 20; empty: what suits the model
        steps: how many steps a picture is drawn in, 1 to 200; empty: what suits the model
    """
    chosen = {"category": category, "colour": colour, "gender": gender}
    return _draw("products", prompt, chosen, attributes, count, seed, guidance, steps, on_step)


def draw_shoes(
    prompt: str = "",
    kind: str = "",
    colour: str = "",
    attributes: str = "",
    moves: str = "",
    count: int = 4,
    seed: int = 0,
    guidance: float | None = None,
    steps: int | None = None,
    *,
    on_step: OnStep | None = None,
) -> "list[Picture]":
    """Draw shoes of a kind and a colour. The same arguments give the same pictures.

    Args:
        prompt: words such as “Red sneakers”; may stay empty where a kind or colour is given
        kind: Boot, Shoe or Sandal, in place of what the words say
        colour: its colour, in place of what the words say
        attributes: further ones as name=value, name=value; e.g. tone=#205080, aspect=0.4
        moves: how far to go along the model's own directions, -3 to 3, as name=number, name=number
        count: how many pictures, 1 to 64; they get the seeds seed, seed+1, …
        seed: which of all possible pictures
        guidance: how strongly the words are followed, 0 to 20; empty: what suits the model
        steps: how many steps a picture is drawn in, 1 to 200; empty: what suits the model
    """
    chosen = {"kind": kind, "colour": colour}
    return _draw("shoes", prompt, chosen, attributes, count, seed, guidance, steps, on_step, _numbers(moves))


def draw_guitars(
    prompt: str = "",
    model: str = "",
    colour: str = "",
    attributes: str = "",
    count: int = 4,
    seed: int = 0,
    guidance: float | None = None,
    steps: int | None = None,
    *,
    on_step: OnStep | None = None,
) -> "list[Picture]":
    """Draw electric guitars of a maker's model in any colour. The same arguments give the same pictures.

    Args:
        prompt: words such as “Red Fender Stratocaster”; may stay empty where a model or colour is given
        model: the maker's model, e.g. Gibson SG, in place of what the words say
        colour: its colour, in place of what the words say
        attributes: further ones as name=value, name=value; e.g. tone=#205080, lightness=40
        count: how many pictures, 1 to 64; they get the seeds seed, seed+1, …
        seed: which of all possible pictures
        guidance: how strongly the words are followed, 0 to 20; empty: what suits the model
        steps: how many steps a picture is drawn in, 1 to 200; empty: what suits the model
    """
    return _draw(
        "guitars", prompt, {"model": model, "colour": colour}, attributes, count, seed, guidance, steps, on_step
    )


def draw_anime(
    prompt: str = "",
    hair: str = "",
    eyes: str = "",
    count: int = 4,
    seed: int = 0,
    guidance: float | None = None,
    steps: int | None = None,
    *,
    on_step: OnStep | None = None,
) -> "list[Picture]":
    """Draw anime faces by the colours of hair and eyes. The same arguments give the same pictures.

    Args:
        prompt: words such as “blue hair, red eyes”; may stay empty where hair or eyes are given
        hair: the colour of the hair, in place of what the words say
        eyes: the colour of the eyes, in place of what the words say
        count: how many pictures, 1 to 64; they get the seeds seed, seed+1, …
        seed: which of all possible pictures
        guidance: how strongly the words are followed, 0 to 20; empty: what suits the model
        steps: how many steps a picture is drawn in, 1 to 200; empty: what suits the model
    """
    return _draw("anime", prompt, {"hair": hair, "eyes": eyes}, "", count, seed, guidance, steps, on_step)


def draw_birds(
    prompt: str = "",
    count: int = 4,
    seed: int = 0,
    guidance: float | None = None,
    steps: int | None = None,
    *,
    on_step: OnStep | None = None,
) -> "list[Picture]":
    """Draw birds from a sentence of English. The same arguments give the same pictures.

    Args:
        prompt: the sentence, e.g. “a small yellow bird with black wings”
        count: how many pictures, 1 to 64; they get the seeds seed, seed+1, …
        seed: which of all possible pictures
        guidance: how strongly the words are followed, 0 to 20; empty: what suits the model
        steps: how many steps a picture is drawn in, 1 to 200; empty: what suits the model
    """
    return _draw("birds", prompt, {}, "", count, seed, guidance, steps, on_step)


def draw_variations(
    model: str = "products",
    prompt: str = "",
    rows: str = "",
    columns: str = "",
    seed: int = 0,
    guidance: float | None = None,
    steps: int | None = None,
    *,
    on_step: OnStep | None = None,
) -> "Grid":
    """Draw one thing in every combination of two attributes, as a labelled grid; all else stays the same.

    Args:
        model: what to draw: products, shoes, guitars, anime or birds
        prompt: words for all pictures; may stay empty
        rows: what changes from row to row, as name=value,value; a bare name stands for all its values
        columns: what changes from column to column, e.g. colour=Red,Blue,Black
        seed: which of all possible pictures
        guidance: how strongly the words are followed, 0 to 20; empty: what suits the model
        steps: how many steps a picture is drawn in, 1 to 200; empty: what suits the model
    """
    from t2i_core.generate.variations import vary

    pipe = pipeline(model)
    down, across = _axis(rows, "rows", pipe), _axis(columns, "columns", pipe)
    corner: dict[str, Value] = {axis.name: axis.values[0] for axis in (down, across)}
    request = GenerateRequest(
        prompt, corner, seed=_whole(seed), num_steps=_optional(steps), guidance=guidance, model=model
    )
    return vary(pipe, request, down, across, on_step)


def _axis(text: str, side: str, pipe: "TextToImage") -> "Axis":
    from t2i_core.generate.variations import Axis

    if not text.strip():
        raise InputError(f"Say what changes along the {side}, e.g. colour=Red,Blue,Black.")
    return Axis.parse(text, pipe.space)


def _draw(
    name: str,
    prompt: str,
    chosen: Mapping[str, str],
    attributes: str,
    count: int,
    seed: int,
    guidance: float | None,
    steps: int | None,
    on_step: OnStep | None,
    moves: Mapping[str, float] | None = None,
) -> "list[Picture]":
    """The request is checked before the model is loaded: what makes no sense is told at once."""
    asked: dict[str, Value] = {**pairs(attributes), **{key: value for key, value in chosen.items() if value}}
    request = GenerateRequest(
        prompt,
        asked,
        seed=_whole(seed),
        count=_whole(count),
        num_steps=_optional(steps),
        guidance=guidance,
        model=name,
        moves=moves or {},
    )
    return pipeline(name).generate(request, on_step)


def pairs(text: str) -> dict[str, str]:
    """`colour=Red, season=Summer` as a mapping. Raises InputError for a part without a name or a value."""
    found = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, value = part.partition("=")
        if not name.strip() or not value.strip():
            raise InputError(f"Write attributes as name=value, name=value; got “{part[:60]}”.")
        found[name.strip()] = value.strip()
    return found


def _numbers(text: str) -> dict[str, float]:
    try:
        return {name: float(amount) for name, amount in pairs(text).items()}
    except ValueError as problem:
        raise InputError(f"Write moves as name=number, name=number; got “{text[:60]}”.") from problem


def _whole(number: float) -> int:
    """JSON from a form knows no whole numbers; what is none is left for the request to refuse."""
    return int(number) if isinstance(number, float) and number.is_integer() else number  # type: ignore[return-value]


def _optional(number: float | None) -> int | None:
    return None if number is None else _whole(number)
