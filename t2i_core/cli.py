"""`t2i`: every capability without a browser.

Results go to standard output, one JSON object a line where there is more to say than a path; progress and complaints
go to standard error. Exit code 0: done; 1: done, and pictures that were checked are not fine; 2: something the user can
mend, said in a sentence; 130: stopped with Ctrl-C.
What the commands do stands in `commands`.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from t2i_core.commands import (
    benching,
    checking,
    codes,
    drawing,
    experiments,
    jobs,
    judging,
    library,
    preparing,
    serve,
    size,
    titles,
    training,
    transfer,
    tryon,
)
from t2i_core.commands.shared import say
from t2i_core.errors import T2IError
from t2i_core.jobs.launch import leave

Group: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

EXAMPLES = """examples:
  t2i generate products --prompt "Nike Men Red Running Shoes" --count 4 --out pictures
  t2i generate products --prompt "Women Handbag" --attribute tone=#205080 --attribute aspect=0.4 --out pictures
  t2i variations products --prompt "Men T-shirt" --rows category=Tshirts,Shirts --cols colour=Red,Blue --out grid.png
  t2i interpolate products --prompt "Men Red Shoes" --to-prompt "Women Blue Heels" --out walk.gif
  t2i similar "yamaha c40 classical guitar"
  t2i check pictures/ --profile amazon --json
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line and gives its exit code."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(format="%(message)s")
    logging.getLogger("t2i_core").setLevel(logging.INFO)
    try:
        code: int | None = arguments.run(arguments)
    except T2IError as problem:
        say(f"t2i: {problem}", sys.stderr)
        return 2
    except KeyboardInterrupt:
        say("t2i: stopped.", sys.stderr)
        return 130
    return code or 0


def build_parser() -> argparse.ArgumentParser:
    """Every command and its options."""
    parser = argparse.ArgumentParser(
        prog="t2i",
        description="Makes product pictures from a product's words, and judges them.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    group = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_drawing(group)
    _add_titles(group)
    codes.add(group, _add)
    library.add(group, _add)
    _add_judging(group)
    _add_checking(group)
    _add_training(group)
    tryon.add(group, _add)
    size.add(group, _add)
    transfer.add(group, _add)
    preparing.add(group, _add)
    jobs.add(group, _add)
    experiments.add(group, _add)
    serve.add(group, _add)
    return parser


def _add(
    group: Group, name: str, run: Callable[[argparse.Namespace], int | None], about: str
) -> argparse.ArgumentParser:
    parser = group.add_parser(name, help=about, description=about)
    parser.set_defaults(run=run)
    return parser


def _add_drawing(group: Group) -> None:
    made = _add(group, "generate", drawing.generate, "Draw pictures of a product. Prints one JSON line a picture.")
    _request_options(made)
    made.add_argument("--count", type=int, default=1, metavar="N", help="pictures, with seeds SEED, SEED+1, … (1)")
    made.add_argument(
        "--variation", type=float, default=0.0, metavar="X", help="stay near SEED: 0 = it, 1 = anything (0)"
    )
    made.add_argument("--variation-seed", type=int, default=0, metavar="N", help="which neighbours of SEED (0)")
    made.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the PNG files")

    grid = _add(group, "variations", drawing.variations, "Draw a grid in which only two attributes change.")
    _request_options(grid)
    axis = "attribute and its values, as name=value,value; a bare name stands for all of them"
    grid.add_argument("--rows", required=True, metavar="AXIS", help=axis)
    grid.add_argument("--cols", required=True, metavar="AXIS", help=axis)
    grid.add_argument("--out", type=Path, required=True, metavar="PNG", help="the labelled sheet")

    walk = _add(
        group, "interpolate", drawing.interpolate, "Walk between two prompts or two seeds, as a GIF and a strip."
    )
    _request_options(walk)
    walk.add_argument("--to-prompt", metavar="TEXT", help="prompt at the far end (the same)")
    walk.add_argument("--to-attribute", action="append", default=[], metavar="K=V", help="attribute at the far end")
    walk.add_argument("--to-seed", type=int, metavar="N", help="seed at the far end (the same)")
    walk.add_argument("--frames", type=int, default=16, metavar="N", help="pictures from one end to the other (16)")
    walk.add_argument("--out", type=Path, required=True, metavar="GIF", help="the animation; the strip goes beside it")


def _request_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="name under weights/, a folder, or owner/name on the Hub")
    parser.add_argument("--prompt", default="", metavar="TEXT", help="what to draw, e.g. “Nike Men Red Running Shoes”")
    parser.add_argument(
        "--attribute", action="append", default=[], metavar="K=V", help="e.g. colour=Red; may be repeated"
    )
    parser.add_argument(
        "--move", action="append", default=[], metavar="K=X", help="go -3 to 3 along a direction of the model's"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which picture of the many possible (0)")
    parser.add_argument("--steps", type=int, metavar="N", help="sampling steps (the model's own)")
    parser.add_argument(
        "--guidance", type=float, metavar="X", help="how strongly to follow the words (the model's own)"
    )


def _add_titles(group: Group) -> None:
    similar = _add(group, "similar", titles.similar, "List the known titles most like a text, with their scores.")
    similar.add_argument("text", metavar="TEXT")
    similar.add_argument("--count", type=int, default=10, metavar="N", help="titles to list (10)")
    similar.add_argument("--model", default="titles", metavar="MODEL", help="the titles model (titles)")
    train = _add(group, "train-titles", titles.train_titles, "Train the tokenizer and the title vectors.")
    _data_option(train)
    train.add_argument("--out", type=Path, required=True, metavar="DIR", help="the model's folder")


def _add_judging(group: Group) -> None:
    match = _add(group, "match", judging.match, "Say how probably a text belongs to pictures. One JSON line each.")
    match.add_argument("model", metavar="MODEL", help="a matcher, e.g. damsm-birds")
    match.add_argument("images", type=Path, nargs="+", metavar="IMAGE")
    match.add_argument("--prompt", required=True, metavar="TEXT", help="what the pictures should show")
    judge = _add(group, "evaluate", judging.evaluate, "Judge a model by products held out of its training.")
    judge.add_argument("model", metavar="MODEL")
    _data_option(judge)
    judge.add_argument("--count", type=int, metavar="N", help="pictures to judge (2000, or as many as there are)")
    judge.add_argument("--card", action="store_true", help="write the numbers and a sheet into the model's card")
    judge.add_argument("--refiner", action="store_true", help="its refined pictures beside smoothly enlarged ones")
    judge.add_argument("--instant", action="store_true", help="its one-step pictures beside those of all its steps")
    judge.add_argument(
        "--seed", type=int, default=0, metavar="N", help="which products, and which pictures of them (0)"
    )
    judge.add_argument(
        "--out", type=Path, default=Path("evaluation"), metavar="DIR", help="sheets to look at (evaluation)"
    )
    judge.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    found = _add(group, "directions", judging.directions, "Find what a model's noise and words can be moved along.")
    found.add_argument("model", metavar="MODEL")
    found.add_argument("--out", type=Path, metavar="DIR", help="the model with its directions (the model's own folder)")
    found.add_argument("--sheet", type=Path, metavar="PNG", help="pictures of every direction, from -2 to 2")
    bench = _add(group, "bench", judging.bench, "Measure how fast a model draws, or a recipe trains.")
    bench.add_argument("what", choices=["generate", "check", "training", "prepare", "download"], help="what to measure")
    bench.add_argument("model", metavar="MODEL", nargs="?", default="products")
    bench.add_argument("--repeats", type=int, default=20, metavar="N", help="pictures drawn one by one (20)")
    bench.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    bench.add_argument("--count", type=int, metavar="N", help="pictures; check: (5000), download: (20000)")
    bench.add_argument("--read", action="store_true", help="check: with reading what is written")
    bench.add_argument("--lines", type=int, default=1_000_000, metavar="N", help="prepare: lines a form (1000000)")
    benching.training_options(bench)


def _add_checking(group: Group) -> None:
    check = _add(
        group,
        "check",
        checking.check,
        "Check product pictures. Exit code 0: all are fine, 1: findings, 2: could not run.",
    )
    check.add_argument("paths", type=Path, nargs="*", metavar="PATH", help="pictures, folders, ZIP archives")
    check.add_argument("--title", default="", metavar="TEXT", help="what the pictures should show")
    check.add_argument("--catalogue", type=Path, metavar="CSV", help="a title and a path or an address a row")
    check.add_argument(
        "--profile", default="general", metavar="NAME", help="general, amazon, google, google-apparel, or a TOML file"
    )
    check.add_argument("--workers", type=int, default=2, metavar="N", help="pictures judged at once (2)")
    check.add_argument("--no-text", action="store_true", help="do not read what is written: several times as fast")
    check.add_argument("--fetch", action="store_true", help="fetch the catalogue's addresses (public ones only)")
    check.add_argument("--out", type=Path, metavar="DIR", help="write check.csv and check.html there")
    check.add_argument("--refit", action="store_true", help="fit the thresholds to what was agreed with on the page")
    check.add_argument("--json", action="store_true", help="print one JSON object a picture")


def _add_training(group: Group) -> None:
    train = _add(group, "train", training.train, "Train a model from a recipe. A stopped run goes on with --resume.")
    train.add_argument("recipe", metavar="RECIPE", help="name of a shipped recipe, or a TOML file")
    _data_option(train)
    train.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run")
    train.add_argument("--minutes", type=float, metavar="M", help="wall-clock budget (the recipe's)")
    train.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="overrule the recipe")
    train.add_argument("--resume", action="store_true", help="go on from the run's last checkpoint")
    train.add_argument("--init", metavar="MODEL", help="start from this model's weights")
    export = _add(group, "export", training.export, "Write a run's averaged weights as a model folder.")
    export.add_argument("run_folder", type=Path, metavar="RUN", help="folder of the run")
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="the model's folder")
    double = _add(group, "double", training.double, "Have a model's pictures doubled by a refiner that models share.")
    double.add_argument("model", metavar="MODEL")
    double.add_argument("--by", required=True, metavar="REFINER", help="a refiner's name, e.g. double-128")
    health = _add(group, "health", training.health, "Say how a run does, from its metrics. Exit code 1: it is lost.")
    health.add_argument("run_folder", type=Path, metavar="RUN", help="folder of the run")
    compare = _add(group, "compare", training.compare, "Train variants on equal budgets and print how they do.")
    compare.add_argument(
        "plan",
        metavar="PLAN",
        nargs="?",
        help="a shipped comparison's name, or a TOML file; without it, kinds of models",
    )
    compare.add_argument("--minutes", type=float, metavar="M", help="kinds of models: processor minutes of each")
    compare.add_argument(
        "--domain", default="guitars", metavar="DOMAIN", help="kinds of models: what they draw (guitars)"
    )
    _data_option(compare)
    compare.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder of the runs; finished ones are kept"
    )
    compare.add_argument(
        "--only", nargs="+", default=[], metavar="WORD", help="only variants whose name holds one of these"
    )


def _data_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, nargs="+", default=[], metavar="PATH", help="product files, or their folder ($T2I_DATA)"
    )


if __name__ == "__main__":
    leave(main())
