"""`t2i prepare ...`: a catalogue from wherever it lies to parquet shards that training reads."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from t2i_core.commands import downloading
from t2i_core.commands.shared import check_suffix, print_result, say, show_progress

if TYPE_CHECKING:
    from t2i_core.data.catalogues import Catalogue
    from t2i_core.data.engines import Engine

Group: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
AddCommand: TypeAlias = Callable[[Group, str, Callable[[argparse.Namespace], int | None], str], argparse.ArgumentParser]

ENGINES = ("local", "ray")


def add(group: Group, add_command: AddCommand) -> None:
    """Adds `prepare` and what can be prepared.

    add_command: adds a command with its name, what it runs and what it is about
    """
    about = "Prepare training data: catalogues, their pictures, a report."
    parser = group.add_parser("prepare", help=about, description=about)
    sources = parser.add_subparsers(title="what to prepare", metavar="WHAT", required=True)
    _add_amazon(sources, add_command)
    _add_others(sources, add_command)
    downloading.add(sources, add_command)
    report = add_command(sources, "report", prepare_report, "Write what prepared data holds as one HTML page.")
    report.add_argument("folder", type=Path, metavar="DIR", help="folder of the prepared data")
    report.add_argument("--out", type=Path, metavar="HTML", help="the page (report.html in DIR)")


def _add_amazon(sources: Group, add_command: AddCommand) -> None:
    about = "Read Amazon metadata of 2014, 2018 or 2023, gzip or plain, into a catalogue."
    amazon = add_command(sources, "amazon", prepare_amazon, about)
    amazon.add_argument("meta", type=Path, metavar="META", help="e.g. metadata.json.gz")
    amazon.add_argument(
        "--category", default="", metavar="WORD,WORD", help="only products with one of these words in a category"
    )
    amazon.add_argument("--limit", type=int, metavar="N", help="stop after so many products")
    _common_options(amazon)


def _add_others(sources: Group, add_command: AddCommand) -> None:
    sheet = add_command(sources, "csv", prepare_csv, "Read a CSV file; its columns are found by their names.")
    sheet.add_argument("file", type=Path, metavar="FILE")
    folder = add_command(
        sources, "folder", prepare_folder, "Take pictures: folders are categories, file names are titles."
    )
    folder.add_argument("folder", type=Path, metavar="DIR")
    hub = add_command(sources, "hub", prepare_hub, "Take a data set of the Hugging Face Hub.")
    hub.add_argument("name", metavar="OWNER/NAME")
    hub.add_argument("--split", metavar="WORD", help="only files with this word in their path, e.g. train")
    for parser in (sheet, folder, hub):
        _common_options(parser)
        parser.add_argument("--size", type=int, default=256, metavar="N", help="longest side of kept pictures (256)")


def _common_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the prepared data")
    parser.add_argument("--engine", choices=ENGINES, default="local", help="where it runs (local: processes here)")
    parser.add_argument("--workers", type=int, metavar="N", help="processes of the local engine (one a processor)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")


def prepare_amazon(arguments: argparse.Namespace) -> None:
    """Prints what became of a metadata file."""
    from t2i_core.data.prepare import prepare_amazon as prepare

    done = prepare(
        arguments.meta,
        arguments.out,
        _engine(arguments),
        categories=arguments.category.split(","),
        limit=arguments.limit,
        on_lines=_show_rows(),
    )
    _tell(done, arguments)


def prepare_csv(arguments: argparse.Namespace) -> None:
    """Prints what became of a table's rows."""
    from t2i_core.data.sources import prepare_csv as prepare

    done = prepare(arguments.file, arguments.out, _engine(arguments), size=arguments.size, on_rows=_show_rows())
    _tell(done, arguments)


def prepare_folder(arguments: argparse.Namespace) -> None:
    """Prints what became of a folder's pictures."""
    from t2i_core.data.sources import prepare_folder as prepare

    done = prepare(arguments.folder, arguments.out, _engine(arguments), size=arguments.size, on_rows=_show_rows())
    _tell(done, arguments)


def prepare_hub(arguments: argparse.Namespace) -> None:
    """Prints what became of a data set."""
    from t2i_core.data.hub_source import prepare_hub as prepare

    done = prepare(
        arguments.name,
        arguments.out,
        _engine(arguments),
        split=arguments.split,
        size=arguments.size,
        on_rows=_show_rows(),
    )
    _tell(done, arguments)


def prepare_report(arguments: argparse.Namespace) -> None:
    """Writes the report and prints its path."""
    from t2i_core.data.report import html_report
    from t2i_core.data.summary import summarise
    from t2i_core.images import atomic_write

    out = arguments.out or arguments.folder / "report.html"
    check_suffix(out, ".html")
    atomic_write(out, html_report(summarise(arguments.folder)).encode())
    say(str(out))


def bench_prepare(arguments: argparse.Namespace) -> None:
    """Prints how fast metadata files become catalogues, and in how much memory."""
    from t2i_core.data.bench import bench_prepare as measure

    print_result(measure(arguments.lines, on_step=show_progress("form")), as_json=arguments.json)


def _tell(done: "Catalogue", arguments: argparse.Namespace) -> None:
    if sys.stderr.isatty():
        print(file=sys.stderr)  # below the progress
    print_result(done, as_json=arguments.json)


def _engine(arguments: argparse.Namespace) -> "Engine":
    from t2i_core.data.engines import find_engine

    return find_engine(arguments.engine, arguments.workers)


def _show_rows() -> Callable[[int, int], None] | None:
    """Lines read and products kept, overwriting themselves, where somebody is watching."""
    if not sys.stderr.isatty():
        return None

    def show(lines: int, products: int) -> None:
        print(f"\r{lines:,} lines, {products:,} products", end="", file=sys.stderr, flush=True)

    return show
