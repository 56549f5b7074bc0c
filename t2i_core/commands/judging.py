"""What the commands that judge a model do."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from t2i_core.commands.benching import bench_training
from t2i_core.commands.downloading import bench_download
from t2i_core.commands.judging_people import judge_body, judge_tryon
from t2i_core.commands.preparing import bench_prepare
from t2i_core.commands.shared import check_suffix, data_of, print_json, print_result, show_progress
from t2i_core.commands.size import judge_size
from t2i_core.commands.transfer import judge_transfer
from t2i_core.errors import InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def evaluate(arguments: argparse.Namespace) -> None:
    """Prints how good a model is: its pictures, or the titles it finds."""
    from t2i_core.weights import locate, read_config

    if arguments.model == "size":
        judge_size(arguments)
        return
    data = data_of(arguments)
    if arguments.model == "abuse":
        print_result(_judge_checks(arguments, data), as_json=arguments.json)
        return
    if arguments.model == "tryon":
        judge_tryon(arguments, data)
        return
    folder = locate(arguments.model)
    if arguments.instant:
        print_result(_judge_instant(arguments, folder, data), as_json=arguments.json)
        return
    judges = {
        "adgan": judge_transfer,
        "doc2vec": _judge_titles,
        "damsm": _judge_matcher,
        "pose": judge_body,
        "parsing": judge_body,
        "refiner": _judge_refiner,
    }
    judge = judges.get(str(read_config(folder)["model"]), _judge_refiner if arguments.refiner else _judge_pictures)
    print_result(judge(arguments, folder, data), as_json=arguments.json)


def _judge_checks(arguments: argparse.Namespace, data: Sequence[Path]) -> "DataclassInstance":
    from t2i_core.training.abuse_evaluation import evaluate_abuse

    return evaluate_abuse(data, count=arguments.count, seed=arguments.seed)


def match(arguments: argparse.Namespace) -> None:
    """Prints a JSON line a picture: the probability that the text belongs to it."""
    from t2i_core.generate.matcher import Matcher
    from t2i_core.images import open_image

    matcher = Matcher.from_pretrained(arguments.model)
    for path in arguments.images:
        chance = matcher.match(arguments.prompt, open_image(path))
        print_json({"path": str(path), "match": round(chance, 4)})


def _judge_titles(arguments: argparse.Namespace, folder: Path, data: Sequence[Path]) -> "DataclassInstance":
    from t2i_core.training.titles import evaluate_titles

    return evaluate_titles(folder, data)


def _judge_instant(arguments: argparse.Namespace, folder: Path, data: Sequence[Path]) -> "DataclassInstance":
    from t2i_core.settings import get_settings
    from t2i_core.training.instant_report import evaluate_instant

    return evaluate_instant(
        arguments.model,
        _files_of(folder, data),
        cache=get_settings().cache,
        out=arguments.out,
        count=arguments.count,
        seed=arguments.seed,
        on_step=show_progress(),
    )


def _judge_refiner(arguments: argparse.Namespace, folder: Path, data: Sequence[Path]) -> "DataclassInstance":
    from t2i_core.settings import get_settings
    from t2i_core.training.refine_report import evaluate_refiner

    return evaluate_refiner(arguments.model, data, cache=get_settings().cache, out=arguments.out, count=arguments.count)


def _judge_matcher(arguments: argparse.Namespace, folder: Path, data: Sequence[Path]) -> "DataclassInstance":
    from t2i_core.data.domain import find_files
    from t2i_core.generate.matcher import Matcher
    from t2i_core.settings import get_settings
    from t2i_core.training.matching_report import MOST, evaluate_matcher

    matcher = Matcher.from_pretrained(str(folder))
    return evaluate_matcher(
        matcher,
        find_files(matcher.domain.files, data),
        cache=get_settings().cache,
        count=arguments.count or MOST,
        seed=arguments.seed,
    )


def _judge_pictures(arguments: argparse.Namespace, folder: Path, data: Sequence[Path]) -> "DataclassInstance":
    from t2i_core.settings import get_settings
    from t2i_core.training.evaluate import evaluate_pictures
    from t2i_core.training.picture_card import write_card

    files, cache = _files_of(folder, data), get_settings().cache
    found = evaluate_pictures(
        folder,
        files,
        cache=cache,
        out=arguments.out,
        count=arguments.count,
        seed=arguments.seed,
        on_step=show_progress(),
    )
    if arguments.card:
        write_card(folder, found, files, cache)
    return found


def _files_of(folder: Path, data: Sequence[Path]) -> list[Path]:
    """The data files of a model's domain."""
    from t2i_core.data.domain import find_files
    from t2i_core.data.domains import find_domain
    from t2i_core.weights import read_config

    return find_files(find_domain(str(read_config(folder).get("domain", "products"))).files, data)


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
        check_suffix(arguments.sheet, ".png", "--sheet")
    pipe = TextToImage.from_pretrained(arguments.model)
    found = find_directions(pipe, on_step=show_progress())
    write_directions(folder, found, arguments.out or folder)
    if arguments.sheet and len(found):
        atomic_write(arguments.sheet, png_bytes(sheet(pipe.along(found)), {}, XMP))
    for direction in found:
        print_json(asdict(direction))
    if not len(found):
        print("t2i: no direction does the same in pictures of other seeds; the model offers none.", file=sys.stderr)


def _bench_check(arguments: argparse.Namespace) -> "DataclassInstance":
    from t2i_core.abuse.bench import bench_check

    return bench_check(count=arguments.count or 5000, read=arguments.read)


def bench(arguments: argparse.Namespace) -> None:
    """Prints how fast a model draws, or a recipe trains."""
    if arguments.what == "training":
        bench_training(arguments)
        return
    if arguments.what == "prepare":
        bench_prepare(arguments)
        return
    if arguments.what == "download":
        bench_download(arguments)
        return
    if arguments.what == "check":
        print_result(_bench_check(arguments), as_json=arguments.json)
        return
    from t2i_core.generate.bench import bench_generate

    print_result(bench_generate(arguments.model, repeats=arguments.repeats), as_json=arguments.json)
