"""`t2i serve`: everything in one process; `t2i space`: a folder to push to the Hub as a Space."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

Group: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
AddCommand: TypeAlias = Callable[[Group, str, Callable[[argparse.Namespace], int | None], str], argparse.ArgumentParser]


def add(group: Group, add_command: AddCommand) -> None:
    """Adds the commands.

    add_command: adds a command with its name, what it runs and what it is about
    """
    served = add_command(group, "serve", serve, "Serve the pages, the programming interface, health and metrics.")
    served.add_argument("--host", default="localhost", metavar="HOST", help="address to listen on (localhost)")
    served.add_argument("--port", type=int, default=8501, metavar="N", help="port to listen on (8501)")
    served.add_argument("--no-space", action="store_true", help="the pages alone, without Gradio")
    made = add_command(group, "space", space, "Write a folder that is a Hugging Face Space, ready to be pushed.")
    made.add_argument("out", type=Path, metavar="DIR", help="a new folder")
    made.add_argument("--hub", metavar="OWNER/NAME", help="load the models from this Hub repository (copy weights/)")
    made.add_argument("--title", default="Product picture studio", metavar="TEXT", help="what the Space is called")


def serve(arguments: argparse.Namespace) -> None:
    """Runs until it is told to stop."""
    from t2i_core.server.run import serve

    serve(arguments.host, arguments.port, space=not arguments.no_space)


def space(arguments: argparse.Namespace) -> None:
    """Prints the folder, and how to push it."""
    from t2i_core.commands.shared import say
    from t2i_core.space_folder import write_space

    folder = write_space(arguments.out, title=arguments.title, hub=arguments.hub)
    say(f"{folder}\nPush it with: hf upload OWNER/NAME {folder} . --repo-type space")
