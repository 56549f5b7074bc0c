"""What the commands of `t2i` do. Their heavy imports stand inside them, so that `t2i --help` answers at once."""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from t2i_core.errors import InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from t2i_core.generate.request import GenerateRequest
    from t2i_core.generate.sampler import Progress


def generate(arguments: argparse.Namespace) -> None:
    """Saves the pictures of one request; prints a JSON line for each."""
    from t2i_core.generate.pipeline import TextToImage

    request = _request(arguments)
    pictures = TextToImage.from_pretrained(arguments.model).generate(request, _progress())
    for picture in pictures:
        path = picture.save(arguments.out / _file_name(picture.request))
        _print_json(
            {
                "path": str(path),
                "seed": picture.request.seed,
                "request": picture.request.to_dict(),
                "seconds": round(picture.seconds, 3),
            }
        )


def variations(arguments: argparse.Namespace) -> None:
    """Saves the labelled sheet of a grid; prints one JSON line."""
    from t2i_core.generate.pipeline import TextToImage
    from t2i_core.generate.variations import Axis, vary

    request = _request(arguments)
    _check_suffix(arguments.out, ".png")
    pipe = TextToImage.from_pretrained(arguments.model)
    rows, columns = Axis.parse(arguments.rows, pipe.space), Axis.parse(arguments.cols, pipe.space)
    grid = vary(pipe, request, rows, columns, _progress())
    picture = grid.picture()
    path = picture.save(arguments.out)
    _print_json(
        {
            "path": str(path),
            "rows": rows.labels,
            "columns": columns.labels,
            "request": picture.request.to_dict(),
            "seconds": round(picture.seconds, 3),
        }
    )


def interpolate(arguments: argparse.Namespace) -> None:
    """Saves an animation and its strip; prints one JSON line."""
    from t2i_core.generate.interpolate import interpolate
    from t2i_core.generate.pipeline import TextToImage

    first = _request(arguments)
    _check_suffix(arguments.out, ".gif")
    second = replace(
        first,
        prompt=first.prompt if arguments.to_prompt is None else arguments.to_prompt,
        attributes={**first.attributes, **_attributes(arguments.to_attribute)},
        seed=first.seed if arguments.to_seed is None else arguments.to_seed,
    )
    if first == second:
        raise InputError("Both ends are the same. Give --to-prompt, --to-attribute or --to-seed.")
    walk = interpolate(TextToImage.from_pretrained(arguments.model), first, second, arguments.frames, _progress())
    animation, strip = walk.save(arguments.out)
    ends = {"request": walk.first.to_dict(), "to": walk.second.to_dict()}
    _print_json({"path": str(animation), "strip": str(strip), "frames": len(walk.frames), **ends})


def similar(arguments: argparse.Namespace) -> None:
    """Prints the known titles nearest to a text, each after its score."""
    from t2i_core.text.doc2vec import Doc2VecModel
    from t2i_core.weights import locate

    for found in Doc2VecModel.from_folder(locate(arguments.model)).similar(arguments.text, arguments.count):
        print(f"{found.score:6.3f}  {found.title}")


def train_titles(arguments: argparse.Namespace) -> None:
    """Trains the titles model; prints its folder."""
    from t2i_core.training.titles import train_titles

    train_titles(_data(arguments), arguments.out)
    print(arguments.out)


def models(arguments: argparse.Namespace) -> None:
    """Prints a line a model of the weights folder."""
    from t2i_core.weights import list_models, locate, origin, read_config

    for name in list_models():
        folder = locate(name)
        size = sum(file.stat().st_size for file in folder.iterdir())
        print(f"{name:<16} {read_config(folder)['model']!s:<12} {size / 1e6:6.1f} MB  {origin(folder)}")


def publish(arguments: argparse.Namespace) -> None:
    """Uploads a model; prints its address on the Hub."""
    from t2i_core.weights import locate, publish

    print(publish(locate(arguments.model), arguments.repository, private=not arguments.public))


def evaluate(arguments: argparse.Namespace) -> None:
    """Prints how good a model is: its pictures, or the titles it finds."""
    from t2i_core.weights import locate, read_config

    data = _data(arguments)
    folder = locate(arguments.model)
    judges = {"doc2vec": _judge_titles, "damsm": _judge_matcher}
    judge = judges.get(str(read_config(folder)["model"]), _judge_pictures)
    _print_result(judge(arguments, folder, data), as_json=arguments.json)


def match(arguments: argparse.Namespace) -> None:
    """Prints a JSON line a picture: the probability that the text belongs to it."""
    from t2i_core.generate.matcher import Matcher
    from t2i_core.images import open_image

    matcher = Matcher.from_pretrained(arguments.model)
    for path in arguments.images:
        chance = matcher.match(arguments.prompt, open_image(path))
        _print_json({"path": str(path), "match": round(chance, 4)})


def _judge_titles(arguments: argparse.Namespace, folder: Path, data: Sequence[Path]) -> "DataclassInstance":
    from t2i_core.training.titles import evaluate_titles

    return evaluate_titles(folder, data)


def _judge_matcher(arguments: argparse.Namespace, folder: Path, data: Sequence[Path]) -> "DataclassInstance":
    from t2i_core.generate.matcher import Matcher
    from t2i_core.settings import get_settings
    from t2i_core.training.matching_recipe import find_pictures
    from t2i_core.training.matching_report import MOST, evaluate_matcher

    matcher = Matcher.from_pretrained(str(folder))
    return evaluate_matcher(
        matcher,
        find_pictures(matcher.domain, data),
        cache=get_settings().cache,
        count=arguments.count or MOST,
        seed=arguments.seed,
    )


def _judge_pictures(arguments: argparse.Namespace, folder: Path, data: Sequence[Path]) -> "DataclassInstance":
    from t2i_core.settings import get_settings
    from t2i_core.training.evaluate import evaluate_pictures
    from t2i_core.training.picture_card import write_card
    from t2i_core.training.pictures import find_files
    from t2i_core.training.recipe import read_recipe
    from t2i_core.weights import read_config

    name, cache = str(read_config(folder).get("domain", "products")), get_settings().cache
    files = find_files(read_recipe(name), data)
    found = evaluate_pictures(
        folder,
        files,
        cache=cache,
        out=arguments.out,
        count=arguments.count,
        seed=arguments.seed,
        on_step=_progress(),
    )
    if arguments.card:
        write_card(folder, found, files, cache)
    return found


def train(arguments: argparse.Namespace) -> None:
    """Trains a recipe; prints the run's folder, or the model's where the recipe is a matcher's."""
    from t2i_core.training.recipe import kind_of

    trainers = {"damsm": _train_matcher, "refiner": _train_refiner}
    trainers.get(kind_of(arguments.recipe), _train_pictures)(arguments)
    print(arguments.out)


def _train_refiner(arguments: argparse.Namespace) -> None:
    from t2i_core.settings import get_settings
    from t2i_core.training.refining import read_refine_recipe, train_refiner

    if arguments.init:
        raise InputError("A refiner starts from nothing: --init is for pictures.")
    recipe = read_refine_recipe(arguments.recipe, arguments.set).with_minutes(arguments.minutes)
    train_refiner(recipe, _data(arguments), arguments.out, cache=get_settings().cache, resume=arguments.resume)


def _train_matcher(arguments: argparse.Namespace) -> None:
    from t2i_core.settings import get_settings
    from t2i_core.training.matching import train_matcher
    from t2i_core.training.matching_recipe import read_match_recipe

    if arguments.resume or arguments.init:
        raise InputError("A matcher is trained in one go: --resume and --init are for pictures.")
    recipe = read_match_recipe(arguments.recipe, arguments.set).with_minutes(arguments.minutes)
    train_matcher(recipe, _data(arguments), arguments.out, cache=get_settings().cache)


def _train_pictures(arguments: argparse.Namespace) -> None:
    from t2i_core.settings import get_settings
    from t2i_core.training.pictures import train_pictures, with_budget
    from t2i_core.training.recipe import read_recipe

    train_pictures(
        with_budget(read_recipe(arguments.recipe, arguments.set), arguments.minutes),
        _data(arguments),
        arguments.out,
        cache=get_settings().cache,
        resume=arguments.resume,
        init=arguments.init,
    )


def export(arguments: argparse.Namespace) -> None:
    """Writes a run's averaged weights as a model's folder, or into the folder of the model that it refines."""
    from t2i_core.training import pictures, refining

    refines = refining.is_run(arguments.run_folder)
    print((refining.attach if refines else pictures.export)(arguments.run_folder, arguments.out))


def compare(arguments: argparse.Namespace) -> None:
    """Trains and judges the variants of a plan; prints them as a Markdown table."""
    from t2i_core.settings import get_settings
    from t2i_core.training.compare import compare, table

    done = compare(arguments.plan, _data(arguments), arguments.out, cache=get_settings().cache, only=arguments.only)
    print(table(done))


def directions(arguments: argparse.Namespace) -> None:
    """Finds a model's directions and saves them with it; prints a JSON line for each, the best first."""
    from t2i_core.generate.picture import XMP
    from t2i_core.generate.pipeline import TextToImage
    from t2i_core.images import atomic_write, png_bytes
    from t2i_core.training.directions import find_directions, sheet, write_directions
    from t2i_core.weights import locate, origin

    folder = locate(arguments.model)
    if arguments.out is None and origin(folder).startswith("Hugging Face"):
        raise InputError("This model is a download that the Hub's cache keeps as it is. Say --out DIR.")
    if arguments.sheet:
        _check_suffix(arguments.sheet, ".png", "--sheet")
    pipe = TextToImage.from_pretrained(arguments.model)
    found = find_directions(pipe, on_step=_progress())
    write_directions(folder, found, arguments.out or folder)
    if arguments.sheet and len(found):
        atomic_write(arguments.sheet, png_bytes(sheet(pipe.along(found)), {}, XMP))
    for direction in found:
        _print_json(asdict(direction))
    if not len(found):
        print("t2i: no direction does the same in pictures of other seeds; the model offers none.", file=sys.stderr)


def bench(arguments: argparse.Namespace) -> None:
    """Prints how fast a model draws."""
    from t2i_core.generate.bench import bench_generate

    _print_result(bench_generate(arguments.model, repeats=arguments.repeats), as_json=arguments.json)


def _request(arguments: argparse.Namespace) -> "GenerateRequest":
    from t2i_core.generate.request import GenerateRequest

    names = ("prompt", "seed", "count", "guidance", "variation", "variation_seed", "model")
    given = {name: getattr(arguments, name) for name in names if name in arguments}
    attributes, moves = _attributes(arguments.attribute), _moves(arguments.move)
    return GenerateRequest(**given, num_steps=arguments.steps, attributes=attributes, moves=moves)


def _data(arguments: argparse.Namespace) -> list[Path]:
    """The product files or folders that were named. Raises InputError where none was."""
    from t2i_core.settings import get_settings

    folder = get_settings().data
    named: list[Path] = arguments.data or ([folder] if folder else [])
    if not named:
        raise InputError("Say where the product files are: with --data, or in the variable T2I_DATA.")
    return named


def _attributes(pairs: Sequence[str]) -> dict[str, str]:
    """`["colour=Red"]` as a mapping. Raises InputError for a pair without a name or a value."""
    split = [pair.partition("=") for pair in pairs]
    for (name, _, value), pair in zip(split, pairs, strict=True):
        if not name.strip() or not value.strip():
            raise InputError(f"Write an attribute as name=value, e.g. colour=Red; got “{pair[:60]}”.")
    return {name.strip(): value.strip() for name, _, value in split}


def _moves(pairs: Sequence[str]) -> dict[str, float]:
    """`["lightness=1.5"]` as a mapping. Raises InputError for a pair without a name or a number."""
    split = [pair.rpartition("=") for pair in pairs]
    try:
        moves = {name.strip(): float(amount) for name, _, amount in split}
    except ValueError as problem:
        raise InputError(f"Write a move as name=number, e.g. lightness=1.5; got “{' '.join(pairs)[:60]}”.") from problem
    if not all(moves):
        raise InputError("Write a move as name=number, e.g. lightness=1.5.")
    return moves


def _file_name(request: "GenerateRequest") -> str:
    """Words, seed and a digest of the whole request: the same request overwrites itself, another never does."""
    words = re.sub(r"[^a-z0-9]+", "-", request.prompt.lower()).strip("-")[:40].strip("-") or "picture"
    digest = hashlib.sha256(request.to_json().encode()).hexdigest()[:8]
    return f"{words}-{request.seed}-{digest}.png"


def _check_suffix(path: Path, suffix: str, option: str = "--out") -> None:
    if path.suffix.lower() != suffix:
        raise InputError(f"{option} names the file to write and must end in {suffix}; got {path.name[:60]}.")


def _progress() -> "Progress | None":
    """A step count that overwrites itself, where somebody is watching."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        print(f"\rstep {done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)

    return show


def _print_json(record: dict[str, object]) -> None:
    print(json.dumps(record), flush=True)  # ASCII: a terminal in any encoding can show it


def _print_result(result: "DataclassInstance", *, as_json: bool) -> None:
    if as_json:
        _print_json(asdict(result))
    else:
        print(result)
