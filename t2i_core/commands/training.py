"""What the commands that train do."""

import argparse

from t2i_core.commands.shared import data_of
from t2i_core.errors import InputError


def train(arguments: argparse.Namespace) -> None:
    """Trains a recipe; prints the run's folder, or the model's where the recipe is a matcher's."""
    from t2i_core.training.recipe import kind_of

    trainers = {"damsm": _train_matcher, "overlay": _train_overlay, "refiner": _train_refiner}
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
    from t2i_core.training import pictures, refining

    refines = refining.is_run(arguments.run_folder)
    print((refining.export_refiner if refines else pictures.export)(arguments.run_folder, arguments.out))


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
    """Trains and judges the variants of a plan; prints them as a Markdown table."""
    from t2i_core.settings import get_settings
    from t2i_core.training.compare import compare, table

    done = compare(arguments.plan, data_of(arguments), arguments.out, cache=get_settings().cache, only=arguments.only)
    print(table(done))
