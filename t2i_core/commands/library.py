"""What the commands about the models at hand do."""

import argparse


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
