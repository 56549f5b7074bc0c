"""`t2i experiment`: the classic experiments, each with a report."""

import argparse
from collections.abc import Callable
from pathlib import Path

from t2i_core.commands.shared import data_of

EXPERIMENTS = ("shoes-dcgan",)
Run = Callable[[argparse.Namespace], int | None]


def add(group: object, add_command: Callable[..., argparse.ArgumentParser]) -> None:
    """The command and its options."""
    about = "Run the classic experiments of a model on one budget and write a report."
    parser = add_command(group, "experiment", experiment, about)
    parser.add_argument("name", choices=EXPERIMENTS, help="DCGAN on shoes: four switches, one after the other")
    parser.add_argument(
        "--data", type=Path, nargs="+", default=[], metavar="PATH", help="product files, or their folder ($T2I_DATA)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the runs and report.html")
    parser.add_argument("--minutes", type=float, metavar="M", help="processor minutes of all runs together")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="overrule the recipe")


def experiment(arguments: argparse.Namespace) -> None:
    """Prints a line a run, and where the report is."""
    from t2i_core.settings import get_settings
    from t2i_core.training.experiment import run_experiment

    cache = get_settings().cache
    found = run_experiment(
        data_of(arguments), arguments.out, minutes=arguments.minutes, cache=cache, overrides=arguments.set
    )
    for one in found:
        told = f"{one.steps:>6} steps   FD {one.frechet:8.1f}   diversity {one.diversity:.3f}"
        print(f"{one.name:<34} {told}   {one.health}")
    print(arguments.out / "report.html")
