"""`t2i prepare ...`: a catalogue from wherever it lies to parquet shards that training reads."""

import argparse
from collections.abc import Callable
from typing import TypeAlias

Group: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
AddCommand: TypeAlias = Callable[[Group, str, Callable[[argparse.Namespace], int | None], str], argparse.ArgumentParser]


def add(group: Group, add_command: AddCommand) -> None:
    """Adds `prepare` and what can be prepared.

    add_command: adds a command with its name, what it runs and what it is about
    """
    about = "Prepare training data: catalogues, their pictures, a report."
    parser = group.add_parser("prepare", help=about, description=about)
    sources = parser.add_subparsers(title="what to prepare", metavar="WHAT", required=True)
    del sources, add_command  # the ways to prepare come here
