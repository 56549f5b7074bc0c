"""`t2i prepare images` and `t2i bench download`."""

import argparse
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from t2i_core.commands.shared import print_result, show_progress

if TYPE_CHECKING:
    from t2i_core.commands.preparing import AddCommand, Group

COUNT = 20_000  # pictures that a measurement downloads
NUMBERS = (
    ("--size", 256, "longest side of kept pictures"),
    ("--concurrency", 200, "downloads at a time, in all"),
    ("--per-host", 32, "downloads at a time from one host"),
    ("--tries", 4, "times a busy or silent server is asked"),
    ("--max-bytes", 10_000_000, "larger files are left"),
    ("--workers", 1, "processes that decode"),
    ("--parts", 8, "ray: shares that are downloaded beside each other"),
)


def add(sources: "Group", add_command: "AddCommand") -> None:
    """Adds `images` to what can be prepared."""
    about = "Download the pictures of a prepared catalogue. Stopped in any way, it goes on when run again."
    images = add_command(sources, "images", prepare_images, about)
    images.add_argument("folder", type=Path, metavar="DIR", help="folder of the prepared catalogue")
    for name, default, help_text in NUMBERS:
        images.add_argument(name, type=int, default=default, metavar="N", help=f"{help_text} ({default})")
    images.add_argument("--seconds", type=float, default=20.0, metavar="S", help="for one picture (20)")
    images.add_argument("--retry", action="store_true", help="ask once more for what failed before")
    images.add_argument("--allow-private", action="store_true", help="also from addresses inside a network")
    images.add_argument("--engine", choices=("local", "ray"), default="local", help="where it runs (local)")
    images.add_argument("--json", action="store_true", help="print one JSON object instead of a table")


def prepare_images(arguments: argparse.Namespace) -> None:
    """Prints what became of the rows of a catalogue."""
    from t2i_core.data.download import download_images
    from t2i_core.data.download_options import DownloadOptions
    from t2i_core.data.engines import find_engine

    given = {field.name: getattr(arguments, field.name) for field in fields(DownloadOptions)}
    report = download_images(
        arguments.folder,
        DownloadOptions(**given),
        retry=arguments.retry,
        engine=find_engine(arguments.engine) if arguments.engine != "local" else None,
        parts=arguments.parts,
        on_step=show_progress("row"),
    )
    print_result(report, as_json=arguments.json)


def bench_download(arguments: argparse.Namespace) -> None:
    """Prints how fast pictures are downloaded from a server on this machine."""
    from t2i_core.data.bench_download import bench_download

    found = bench_download(arguments.count or COUNT, on_step=show_progress("row"))
    print_result(found, as_json=arguments.json)
