"""What the commands that train do."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from t2i_core.commands.shared import data_of
from t2i_core.errors import InputError


def train(arguments: argparse.Namespace) -> None:
    """Trains a recipe; prints the run's folder, or the model's where the recipe is a matcher's."""
    from t2i_core.training.recipe import kind_of

    trainers = {
        "adgan": _train_game,
        "attngan": _train_game,
        "damsm": _train_matcher,
        "dcgan": _train_game,
        "instant": _train_instant,
        "overlay": _train_overlay,
        "parsing": _train_body,
        "pose": _train_body,
        "realism": _train_realism,
        "refiner": _train_refiner,
        "tacgan": _train_game,
    }
    trainers.get(kind_of(arguments.recipe), _train_pictures)(arguments)
    print(arguments.out)


def _train_refiner(arguments: argparse.Namespace) -> None:
    from t2i_core.settings import get_settings
    from t2i_core.training.refining import read_refine_recipe, train_refiner

    train_refiner(
        read_refine_recipe(arguments.recipe, _overrides(arguments)),
        data_of(arguments),
        arguments.out,
        cache=get_settings().cache,
        resume=arguments.resume,
        init=arguments.init,
    )


def _train_matcher(arguments: argparse.Namespace) -> None:
    from t2i_core.settings import get_settings
    from t2i_core.training.matching import train_matcher
    from t2i_core.training.matching_recipe import read_match_recipe

    if arguments.resume or arguments.init:
        raise InputError("A matcher is trained in one go: --resume and --init are for pictures.")
    recipe = read_match_recipe(arguments.recipe, _overrides(arguments))
    train_matcher(recipe, data_of(arguments), arguments.out, cache=get_settings().cache)


def _train_overlay(arguments: argparse.Namespace) -> None:
    from t2i_core.settings import get_settings
    from t2i_core.training.overlay import read_overlay_recipe, train_overlay

    if arguments.resume or arguments.init:
        raise InputError("An overlay detector is trained in one go: --resume and --init are for pictures.")
    recipe = read_overlay_recipe(arguments.recipe, _overrides(arguments))
    train_overlay(recipe, data_of(arguments), arguments.out, cache=get_settings().cache)


def _train_game(arguments: argparse.Namespace) -> None:
    from t2i_core.settings import get_settings
    from t2i_core.training import adgan, attngan, dcgan, tacgan
    from t2i_core.training.recipe import kind_of

    games: dict[str, tuple[Callable[..., Any], Callable[..., object]]] = {
        adgan.KIND: (adgan.read_adgan_recipe, adgan.train_adgan),
        attngan.KIND: (attngan.read_attngan_recipe, attngan.train_attngan),
        dcgan.KIND: (dcgan.read_dcgan_recipe, dcgan.train_dcgan),
        tacgan.KIND: (tacgan.read_tacgan_recipe, tacgan.train_tacgan),
    }
    if arguments.init:
        raise InputError("A GAN starts from nothing: leave out --init.")
    read, play = games[kind_of(arguments.recipe)]
    recipe = read(arguments.recipe, _overrides(arguments))
    play(recipe, data_of(arguments), arguments.out, cache=get_settings().cache, resume=arguments.resume)


def _train_instant(arguments: argparse.Namespace) -> None:
    from t2i_core.settings import get_settings
    from t2i_core.training.instant import read_instant_recipe, train_instant

    if arguments.init:
        raise InputError("An instant generator starts from the flow that its recipe names: leave out --init.")
    recipe = read_instant_recipe(arguments.recipe, _overrides(arguments))
    train_instant(recipe, data_of(arguments), arguments.out, cache=get_settings().cache, resume=arguments.resume)


def _train_realism(arguments: argparse.Namespace) -> None:
    from t2i_core.settings import get_settings
    from t2i_core.training.realism import read_realism_recipe, train_realism

    if arguments.resume or not arguments.init:
        raise InputError("The realism judge is made of a TAC-GAN's run, in one go: t2i train realism --init RUN …")
    recipe = read_realism_recipe(arguments.recipe, _overrides(arguments))
    train_realism(recipe, data_of(arguments), arguments.out, run=Path(arguments.init), cache=get_settings().cache)


def _train_body(arguments: argparse.Namespace) -> None:
    from t2i_core.settings import get_settings
    from t2i_core.training.body_recipe import read_body_recipe
    from t2i_core.training.parsing import train_parsing
    from t2i_core.training.pose import train_pose

    recipe = read_body_recipe(arguments.recipe, _overrides(arguments))
    trainer = train_pose if recipe.model == "pose" else train_parsing
    cache, resume, init = get_settings().cache, arguments.resume, arguments.init
    trainer(recipe, data_of(arguments), arguments.out, cache=cache, resume=resume, init=init)


def _train_pictures(arguments: argparse.Namespace) -> None:
    from t2i_core.settings import get_settings
    from t2i_core.training.pictures import train_pictures
    from t2i_core.training.recipe import read_recipe

    train_pictures(
        read_recipe(arguments.recipe, _overrides(arguments)),
        data_of(arguments),
        arguments.out,
        cache=get_settings().cache,
        resume=arguments.resume,
        init=arguments.init,
    )


def _overrides(arguments: argparse.Namespace) -> list[str]:
    """What is to replace the recipe's own settings; a budget given here is the run's only one."""
    minutes = [] if arguments.minutes is None else [f"loop.minutes={arguments.minutes}"]
    return [*arguments.set, *minutes]


def export(arguments: argparse.Namespace) -> None:
    """Writes a run's averaged weights as a model's folder, or into the folder of the model that it refines."""
    from t2i_core.training.adopting import EXPORTS
    from t2i_core.training.checkpoint import kind_of_run

    kind = kind_of_run(arguments.run_folder)
    if kind not in EXPORTS:
        kinds = ", ".join(sorted(EXPORTS))
        raise InputError(f"{arguments.run_folder} is no run of a kind that becomes a model's folder: {kinds}.")
    print(EXPORTS[kind](arguments.run_folder, arguments.out))


def double(arguments: argparse.Namespace) -> None:
    """Has a model's pictures doubled by a refiner that several models share; prints the model's folder."""
    from t2i_core.training.refining import share
    from t2i_core.weights import locate

    print(share(arguments.by, locate(arguments.model)))


def health(arguments: argparse.Namespace) -> int:
    """Prints how a run does. Exit code 1: it will not recover by itself."""
    from t2i_core.training.health import diagnose, read_metrics

    found = diagnose(read_metrics(arguments.run_folder))
    print(f"step {found.step}: {found.words}")
    return int(found.state.sick)


def compare(arguments: argparse.Namespace) -> None:
    """Trains and judges the variants of a plan, or the kinds of models; prints them as a Markdown table."""
    from t2i_core.settings import get_settings
    from t2i_core.training.compare import compare, table

    if arguments.plan is None:
        print(_compared_kinds(arguments))
        return
    done = compare(arguments.plan, data_of(arguments), arguments.out, cache=get_settings().cache, only=arguments.only)
    print(table(done))


def _compared_kinds(arguments: argparse.Namespace) -> object:
    from t2i_core.settings import get_settings
    from t2i_core.training.kinds import Kinds
    from t2i_core.training.trials import Place

    place = Place(data_of(arguments), get_settings().cache, arguments.minutes)
    return Kinds(place, arguments.out, arguments.domain).compare()
