"""What several commands need: the data they read, progress, and what they print."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from t2i_core.errors import InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from t2i_core.generate.sampler import Progress


def data_of(arguments: argparse.Namespace) -> list[Path]:
    """The product files or folders that were named. Raises InputError where none was."""
    from t2i_core.settings import get_settings

    folder = get_settings().data
    named: list[Path] = arguments.data or ([folder] if folder else [])
    if not named:
        raise InputError("Say where the product files are: with --data, or in the variable T2I_DATA.")
    return named


def check_suffix(path: Path, suffix: str, option: str = "--out") -> None:
    if path.suffix.lower() != suffix:
        raise InputError(f"{option} names the file to write and must end in {suffix}; got {path.name[:60]}.")


def show_progress(what: str = "step") -> "Progress | None":
    """A count of steps, pictures, … that overwrites itself, where somebody is watching."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        print(f"\r{what} {done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)

    return show


def say(text: str, file: TextIO | None = None) -> None:
    """Prints words that others wrote, on a terminal in any encoding."""
    file = sys.stdout if file is None else file
    encoding = file.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), file=file)


def print_json(record: dict[str, object]) -> None:
    print(json.dumps(record), flush=True)  # ASCII: a terminal in any encoding can show it


def print_result(result: "DataclassInstance", *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(result))
    else:
        print(result)
