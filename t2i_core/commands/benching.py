"""`t2i bench training`: its options, and what it does."""

import argparse
from pathlib import Path

from t2i_core.commands.shared import check_suffix, say, show_progress
from t2i_core.errors import InputError


def training_options(bench: argparse.ArgumentParser) -> None:
    """The options of `t2i bench` that only `training` reads."""
    group = bench.add_argument_group("training", "MODEL is then a recipe: its name, or a TOML file")
    group.add_argument("--batches", metavar="N,N", help="batch sizes, of all processes together (8,16,32,64)")
    group.add_argument("--processes", metavar="N,N", help="processes, one a graphics card (1,2; or 1 to all cards)")
    group.add_argument("--seconds", type=float, default=4.0, metavar="S", help="of timed steps, a point (4)")
    group.add_argument("--data", type=Path, nargs="+", default=[], metavar="PATH", help="real pictures (made-up ones)")
    group.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="overrule the recipe")
    group.add_argument("--beside", type=Path, nargs="+", default=[], metavar="JSON", help="other machines' --json")
    group.add_argument("--out", type=Path, metavar="PNG", help="a chart of them all")


def bench_training(arguments: argparse.Namespace) -> None:
    """Prints how fast a recipe trains, and what limits it; beside other machines where their results are given."""
    from t2i_core.images import atomic_write, png_bytes
    from t2i_core.training.bench import BATCHES, as_json, bench_from, bench_training
    from t2i_core.training.bench_chart import chart
    from t2i_core.training.bench_words import side_by_side

    if arguments.out:
        check_suffix(arguments.out, ".png")
    others = [bench_from(_read(path)) for path in arguments.beside]
    bench = bench_training(
        arguments.model,
        batches=numbers(arguments.batches, "--batches") or BATCHES,
        processes=numbers(arguments.processes, "--processes"),
        seconds=arguments.seconds,
        data=arguments.data,
        overrides=arguments.set,
        on_step=show_progress("point"),
    )
    say(as_json(bench) if arguments.json else str(bench))
    if others and not arguments.json:
        say("\n" + side_by_side([*others, bench]))
    if arguments.out:
        atomic_write(arguments.out, png_bytes(chart([*others, bench]), {}))


def numbers(text: str | None, option: str) -> tuple[int, ...]:
    """“8,16” as numbers; none where nothing was said."""
    try:
        return tuple(int(part) for part in text.split(",")) if text else ()
    except ValueError as problem:
        raise InputError(
            f"{option} takes whole numbers with commas between them, e.g. 8,16; got “{text}”."
        ) from problem


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise InputError(f"{path} cannot be read: {problem.strerror}.") from problem
