"""What the commands that draw do."""

import argparse
import hashlib
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from t2i_core.commands.shared import check_suffix, print_json, say, show_progress
from t2i_core.errors import InputError
from t2i_core.text.telling import few_of

if TYPE_CHECKING:
    from t2i_core.generate.pipeline import TextToImage
    from t2i_core.generate.request import GenerateRequest


def generate(arguments: argparse.Namespace) -> None:
    """Saves the pictures of one request; prints a JSON line for each."""
    from t2i_core.generate.pipeline import TextToImage

    request = _request(arguments)
    pipe = TextToImage.from_pretrained(arguments.model)
    pictures = pipe.generate(request, show_progress())
    for picture in pictures:
        path = picture.save(arguments.out / _file_name(picture.request))
        print_json(
            {
                "path": str(path),
                "seed": picture.request.seed,
                "request": picture.request.to_dict(),
                "seconds": round(picture.seconds, 3),
            }
        )
    _name_strangers(pipe, request)


def variations(arguments: argparse.Namespace) -> None:
    """Saves the labelled sheet of a grid; prints one JSON line."""
    from t2i_core.generate.pipeline import TextToImage
    from t2i_core.generate.variations import Axis, vary

    request = _request(arguments)
    check_suffix(arguments.out, ".png")
    pipe = TextToImage.from_pretrained(arguments.model)
    rows, columns = Axis.parse(arguments.rows, pipe.space), Axis.parse(arguments.cols, pipe.space)
    grid = vary(pipe, request, rows, columns, show_progress())
    picture = grid.picture()
    path = picture.save(arguments.out)
    print_json(
        {
            "path": str(path),
            "rows": rows.labels,
            "columns": columns.labels,
            "request": picture.request.to_dict(),
            "seconds": round(picture.seconds, 3),
        }
    )
    _name_strangers(pipe, request)


def interpolate(arguments: argparse.Namespace) -> None:
    """Saves an animation and its strip; prints one JSON line."""
    from t2i_core.generate.interpolate import interpolate
    from t2i_core.generate.pipeline import TextToImage

    first = _request(arguments)
    check_suffix(arguments.out, ".gif")
    second = replace(
        first,
        prompt=first.prompt if arguments.to_prompt is None else arguments.to_prompt,
        attributes={**first.attributes, **_attributes(arguments.to_attribute)},
        seed=first.seed if arguments.to_seed is None else arguments.to_seed,
    )
    if first == second:
        raise InputError("Both ends are the same. Give --to-prompt, --to-attribute or --to-seed.")
    pipe = TextToImage.from_pretrained(arguments.model)
    walk = interpolate(pipe, first, second, arguments.frames, show_progress())
    animation, strip = walk.save(arguments.out)
    ends = {"request": walk.first.to_dict(), "to": walk.second.to_dict()}
    print_json({"path": str(animation), "strip": str(strip), "frames": len(walk.frames), **ends})
    _name_strangers(pipe, first, second)


def _name_strangers(pipe: "TextToImage", *requests: "GenerateRequest") -> None:
    """Says which words of the requests mean nothing to the model, where it lists those that do."""
    if pipe.vocabulary is None:
        return
    words = dict.fromkeys(word for request in requests for word in pipe.strangers(request.prompt))
    if words:
        named = few_of([word[:40] for word in words])
        say(f"t2i: The model has never read: {named}. Nothing may come of that.", sys.stderr)


def _request(arguments: argparse.Namespace) -> "GenerateRequest":
    from t2i_core.generate.request import GenerateRequest

    names = ("prompt", "seed", "count", "guidance", "variation", "variation_seed", "model")
    given = {name: getattr(arguments, name) for name in names if name in arguments}
    attributes, moves = _attributes(arguments.attribute), _moves(arguments.move)
    return GenerateRequest(**given, num_steps=arguments.steps, attributes=attributes, moves=moves)


def _attributes(pairs: Sequence[str]) -> dict[str, str]:
    """`["colour=Red"]` as a mapping. Raises InputError for a pair without a name or a value."""
    split = [pair.partition("=") for pair in pairs]
    for (name, _, value), pair in zip(split, pairs, strict=True):
        if not name.strip() or not value.strip():
            raise InputError(f"Write an attribute as name=value, e.g. colour=Red; got “{pair[:60]}”.")
    return {name.strip(): value.strip() for name, _, value in split}


def _moves(pairs: Sequence[str]) -> dict[str, float]:
    """`["lightness=1.5"]` as a mapping. Raises InputError for a pair without a name or a number."""
    split = [pair.rpartition("=") for pair in pairs]
    try:
        moves = {name.strip(): float(amount) for name, _, amount in split}
    except ValueError as problem:
        raise InputError(f"Write a move as name=number, e.g. lightness=1.5; got “{' '.join(pairs)[:60]}”.") from problem
    if not all(moves):
        raise InputError("Write a move as name=number, e.g. lightness=1.5.")
    return moves


def _file_name(request: "GenerateRequest") -> str:
    """Words, seed and a digest of the whole request: the same request overwrites itself, another never does."""
    words = re.sub(r"[^a-z0-9]+", "-", request.prompt.lower()).strip("-")[:40].strip("-") or "picture"
    digest = hashlib.sha256(request.to_json().encode()).hexdigest()[:8]
    return f"{words}-{request.seed}-{digest}.png"
