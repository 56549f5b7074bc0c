"""What the commands about titles do."""

import argparse

from t2i_core.commands.shared import data_of


def similar(arguments: argparse.Namespace) -> None:
    """Prints the known titles nearest to a text, each after its score."""
    from t2i_core.text.doc2vec import Doc2VecModel
    from t2i_core.weights import locate

    for found in Doc2VecModel.from_folder(locate(arguments.model)).similar(arguments.text, arguments.count):
        print(f"{found.score:6.3f}  {found.title}")


def train_titles(arguments: argparse.Namespace) -> None:
    """Trains the titles model; prints its folder."""
    from t2i_core.training.titles import train_titles

    train_titles(data_of(arguments), arguments.out)
    print(arguments.out)
