"""What the command does that tells a size from photos, and what judges it."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from t2i_core.commands.shared import print_json, print_result, say, show_progress

if TYPE_CHECKING:
    from t2i_core.tryon.size import Estimate
    from t2i_core.tryon.size_chart import Advice, Chart

AddCommand = Callable[..., argparse.ArgumentParser]


def add(group: object, add_command: AddCommand) -> None:
    """The command size with its options."""
    told = add_command(
        group, "size", size, "Estimate a person's measures from photos, and the size of a chart that fits."
    )
    told.add_argument("photos", type=Path, nargs="*", metavar="PHOTO", help="one to four photos, head to feet")
    told.add_argument("--side", type=Path, action="append", default=[], metavar="PHOTO", help="one taken from the side")
    told.add_argument("--height", type=float, required=True, metavar="CM", help="the person's height, barefoot")
    told.add_argument("--clothes", choices=["close", "usual", "loose"], default="usual", help="how they fit (usual)")
    told.add_argument("--chart", type=Path, metavar="CSV", help="sizes: size,chest_min,chest_max,… (an example's)")
    told.add_argument("--json", action="store_true", help="print one JSON object")


def size(arguments: argparse.Namespace) -> None:
    """Prints measures with intervals, and the size that fits."""
    from t2i_core.errors import InputError
    from t2i_core.images import open_image
    from t2i_core.tryon.outline import View
    from t2i_core.tryon.size import estimate
    from t2i_core.tryon.size_chart import advise, example_chart, read_chart

    chart = read_chart(arguments.chart) if arguments.chart else example_chart()
    paths = [*arguments.photos, *arguments.side]
    if not paths:
        raise InputError("Name one to four photos of one person, or one with --side.")
    views: list[View | None] = [*[None] * len(arguments.photos), *["side"] * len(arguments.side)]  # type: ignore[list-item]
    from t2i_core.tryon.dress import Dresser

    dresser = Dresser.from_pretrained()
    seen = [dresser.see(open_image(path)) for path in paths]
    found = estimate(seen, arguments.height, clothes=arguments.clothes, views=views)
    advice = advise(found, chart)
    if arguments.json:
        print_json(described(found, advice, chart))
        return
    _print(found, advice, chart)


def described(found: "Estimate", advice: "Advice", chart: "Chart") -> dict[str, object]:
    """An estimate as JSON takes it."""
    from t2i_core.tryon.size import SURE

    return {
        "height": found.height,
        "views": list(found.views),
        "sure": SURE,
        "measures": {
            name: {"value": one.value, "low": one.low, "high": one.high} for name, one in found.measures.items()
        },
        "chart": chart.name,
        "size": advice.size,
        "chances": dict(advice.chances),
        "notes": [*found.notes, *advice.notes],
        "unknown": list(found.unknown),
    }


def _print(found: "Estimate", advice: "Advice", chart: "Chart") -> None:
    for name, one in found.measures.items():
        print(f"{name:9s} {one.value:6.1f} cm   nine times of ten between {one.low:.1f} and {one.high:.1f}")
    say(f"size by {chart.name}: {advice.size or 'none of the chart'}")
    for note in (*found.notes, *advice.notes):
        say(note)
    print("What no photo tells:")
    for line in found.unknown:
        print(f"  {line}")


def judge_size(arguments: argparse.Namespace) -> None:
    """Prints how often the true measures of dummies lie in the intervals, as the shipped networks see them."""
    from t2i_core.training.size_report import evaluate_size
    from t2i_core.tryon.dress import Dresser

    dresser = Dresser.from_pretrained()
    report = evaluate_size(
        lambda shot: dresser.see(shot.image),
        count=arguments.count,
        seed=arguments.seed,
        on_step=show_progress("dummy"),
    )
    print_result(report, as_json=arguments.json)
