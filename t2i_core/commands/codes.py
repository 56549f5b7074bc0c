"""The command that draws from codes a model found by itself."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from t2i_core.commands.shared import print_json

AddCommand = Callable[..., argparse.ArgumentParser]


def add(group: object, add_command: AddCommand) -> None:
    """`t2i codes` with its options."""
    made = add_command(group, "codes", codes, "Draw with an InfoGAN's own kinds and sliders. One JSON line a picture.")
    made.add_argument("model", metavar="MODEL")
    made.add_argument("--kind", type=int, default=1, metavar="N", help="which of its kinds, from 1 (1)")
    made.add_argument(
        "--slider", type=float, action="append", default=[], metavar="X", help="-1 to 1, one after another"
    )
    made.add_argument("--seed", type=int, default=0, metavar="N", help="of the first picture (0)")
    made.add_argument("--count", type=int, default=8, metavar="N", help="pictures (8)")
    made.add_argument("--out", type=Path, required=True, metavar="DIR")


def codes(arguments: argparse.Namespace) -> None:
    """Saves the pictures; prints a JSON line for each."""
    from t2i_core.generate.codes import CodePainter, CodeRequest
    from t2i_core.generate.picture import marked_png
    from t2i_core.images import atomic_write

    request = CodeRequest(arguments.seed, arguments.count, arguments.kind, tuple(arguments.slider))
    painter = CodePainter.from_pretrained(arguments.model)
    for place, image in enumerate(painter.draw(request)):
        told = {**request.to_dict(), "model": painter.name, "seed": request.seed + place, "count": 1}
        path = arguments.out / f"{painter.name}-{request.kind}-{request.seed + place}.png"
        atomic_write(path, marked_png(image, json.dumps(told)))
        print_json({"path": str(path), "seed": request.seed + place, "request": told})
