"""`t2i models`, `pull` and `publish`: the models at hand, and those on the Hub."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from t2i_core.commands.shared import say, show_progress

if TYPE_CHECKING:
    from t2i_core.weights import Offer, Place

Group: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
AddCommand: TypeAlias = Callable[[Group, str, Callable[[argparse.Namespace], int | None], str], argparse.ArgumentParser]
MEGABYTE = 1e6


def add(group: Group, add_command: AddCommand) -> None:
    """Adds the commands.

    add_command: adds a command with its name, what it runs and what it is about
    """
    add_command(group, "models", models, "List the models here: name, kind, size, where each came from.")
    pulled = add_command(group, "pull", pull, "Fetch a model from the Hugging Face Hub, every file checked.")
    pulled.add_argument("model", metavar="OWNER/NAME", help="a repository, or a name that T2I_HUB_REPO holds")
    pulled.add_argument("--out", type=Path, metavar="DIR", help="write it to this folder besides (the Hub's cache)")
    pulled.add_argument("--dry-run", action="store_true", help="only say what would be fetched, and how much")
    put = add_command(group, "publish", publish, "Upload a model to the Hugging Face Hub, with a card made for it.")
    put.add_argument("model", metavar="MODEL")
    put.add_argument("repository", metavar="OWNER/NAME")
    put.add_argument("--public", action="store_true", help="let everyone see it (private without this)")


def models(arguments: argparse.Namespace) -> None:
    """Prints a line a model of the weights folder."""
    from t2i_core.weights import list_models, locate, origin, read_config

    for name in list_models():
        folder = locate(name)
        size = sum(file.stat().st_size for file in folder.iterdir())
        print(f"{name:<16} {read_config(folder)['model']!s:<12} {size / MEGABYTE:6.1f} MB  {origin(folder)}")


def publish(arguments: argparse.Namespace) -> None:
    """Uploads a model; prints its address on the Hub."""
    from t2i_core.weights import locate, publish

    print(publish(locate(arguments.model), arguments.repository, private=not arguments.public))


def pull(arguments: argparse.Namespace) -> None:
    """Fetches a model, or says what that would fetch; prints its folder."""
    from t2i_core.weights import copy_to, pull

    place, offer = _offered(arguments.model)
    if arguments.dry_run:
        _print_offer(offer)
        return
    folder = pull(place, show_progress("bytes"))
    if arguments.out:
        copy_to(folder, arguments.out)
    print(arguments.out or folder)


def _offered(name: str) -> "tuple[Place, Offer]":
    """The first place on the Hub that has a model of that name, and what it offers."""
    from t2i_core.errors import WeightsError
    from t2i_core.weights import look, places_of

    problems = []
    for place in places_of(name):
        try:
            return place, look(place)
        except WeightsError as problem:
            problems.append(problem)
    raise problems[-1] if problems else WeightsError(f"“{name[:80]}” is not a Hub repository. Write it as owner/name.")


def _print_offer(offer: "Offer") -> None:
    say(f"{offer.place} at {offer.commit[:7]}: {offer.kind}")
    for name, size in offer.files.items():
        say(f"{name:<32} {size / MEGABYTE:8.1f} MB  {'to fetch' if name in offer.missing else 'here'}")
    print(f"{'in all':<32} {offer.size / MEGABYTE:8.1f} MB  {offer.to_fetch / MEGABYTE:.1f} MB to fetch")
