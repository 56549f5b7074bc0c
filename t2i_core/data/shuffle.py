"""Text shuffling: many honest wordings of one picture, so that a model learns words and not their order."""

from collections.abc import Mapping
from random import Random

from t2i_core.data.domain import Item


def shuffled_title(item: Item, random: Random) -> str:
    """A title a seller might have typed: words kept, dropped or reordered, labels mixed in.

    Half of the time the title in its own order; otherwise the words of the title and some of the labels, shuffled.
    """
    if random.random() < 0.5:
        return item.title
    parts = item.title.split()
    parts = [word for word in parts if random.random() > 0.15] or parts
    parts += [label for label in item.labels.values() if random.random() < 0.3]
    random.shuffle(parts)
    return " ".join(parts)


def plain_title(labels: Mapping[str, str]) -> str:
    """The short query a buyer types: gender, colour and category alone."""
    return " ".join(labels[name] for name in ("gender", "colour", "category") if name in labels)
