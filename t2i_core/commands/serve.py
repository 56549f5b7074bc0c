"""`t2i serve`: everything in one process; `t2i load`: how it bears visitors; `t2i space`: a folder for the Hub."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

Group: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
MOST_SESSIONS, MOST_SECONDS = 1000, 86_400
AddCommand: TypeAlias = Callable[[Group, str, Callable[[argparse.Namespace], int | None], str], argparse.ArgumentParser]


def add(group: Group, add_command: AddCommand) -> None:
    """Adds the commands.

    add_command: adds a command with its name, what it runs and what it is about
    """
    served = add_command(group, "serve", serve, "Serve the pages, the programming interface, health and metrics.")
    served.add_argument("--host", default="localhost", metavar="HOST", help="address to listen on (localhost)")
    served.add_argument("--port", type=int, default=8501, metavar="N", help="port to listen on (8501)")
    served.add_argument("--no-space", action="store_true", help="the pages alone, without Gradio")
    tried = add_command(
        group, "load", load, "Put a running server under load, and say how it does. Exit code 1: errors."
    )
    tried.add_argument("url", nargs="?", default="http://localhost:8501", metavar="URL", help="the server's address")
    tried.add_argument("--sessions", type=int, default=50, metavar="N", help="sessions at once (50)")
    tried.add_argument("--seconds", type=float, default=300, metavar="S", help="for so long (300)")
    tried.add_argument("--pictures", type=int, default=1, metavar="N", help="pictures a call (1)")
    tried.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    made = add_command(group, "space", space, "Write a folder that is a Hugging Face Space, ready to be pushed.")
    made.add_argument("out", type=Path, metavar="DIR", help="a new folder")
    made.add_argument("--hub", metavar="OWNER/NAME", help="load the models from this Hub repository (copy weights/)")
    made.add_argument("--title", default="Product picture studio", metavar="TEXT", help="what the Space is called")


def serve(arguments: argparse.Namespace) -> None:
    """Runs until it is told to stop."""
    from t2i_core.server.run import serve

    serve(arguments.host, arguments.port, space=not arguments.no_space)


def load(arguments: argparse.Namespace) -> int:
    """Prints what came of it: 0 where nothing failed."""
    from t2i_core.commands.shared import print_result
    from t2i_core.errors import InputError
    from t2i_core.server.load import put_under_load

    if not (1 <= arguments.sessions <= MOST_SESSIONS and 0 < arguments.seconds <= MOST_SECONDS):
        raise InputError(f"--sessions is 1 to {MOST_SESSIONS}, --seconds at most {MOST_SECONDS}.")
    report = put_under_load(
        arguments.url, sessions=arguments.sessions, seconds=arguments.seconds, pictures=arguments.pictures
    )
    print_result(report, as_json=arguments.json)
    return 1 if report.errors or report.health_errors else 0


def space(arguments: argparse.Namespace) -> None:
    """Prints the folder, and how to push it."""
    from t2i_core.commands.shared import say
    from t2i_core.space_folder import write_space

    folder = write_space(arguments.out, title=arguments.title, hub=arguments.hub)
    say(f"{folder}\nPush it with: hf upload OWNER/NAME {folder} . --repo-type space")
