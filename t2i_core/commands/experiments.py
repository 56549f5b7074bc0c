"""`t2i experiment`: the classic experiments, each with a report."""

import argparse
from collections.abc import Callable
from pathlib import Path

from t2i_core.commands.shared import data_of

TITLES = {  # named here too, so that the command line starts without loading them
    "shoes-dcgan": "DCGAN on shoes: four switches, one after the other",
    "tacgan-guitars": "TAC-GAN on guitars: BCE against LSGAN",
    "tacgan-products": "TAC-GAN on products: BCE against LSGAN",
}


def add(group: object, add_command: Callable[..., argparse.ArgumentParser]) -> None:
    """The command and its options."""
    about = "Train what is to be compared on equal budgets, and write one report."
    parser = add_command(group, "experiment", experiment, about)
    parser.add_argument("name", choices=list(TITLES), help="; ".join(TITLES.values()))
    parser.add_argument(
        "--data", type=Path, nargs="+", default=[], metavar="PATH", help="product files, or their folder ($T2I_DATA)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the runs and report.html")
    parser.add_argument("--minutes", type=float, metavar="M", help="processor minutes of all runs (their recipes')")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="overrule the recipes")


def experiment(arguments: argparse.Namespace) -> None:
    """Prints a line a run, one of real pictures, and where the report is. Finished runs are kept; a stopped one goes
    on."""
    from t2i_core.settings import get_settings
    from t2i_core.training.experiment import run_experiment
    from t2i_core.training.trials import EXPERIMENTS, Place

    place = Place(data_of(arguments), get_settings().cache, arguments.minutes, arguments.set)
    print(run_experiment(EXPERIMENTS[arguments.name](place), arguments.out, title=TITLES[arguments.name]))
    print(arguments.out / "report.html")
