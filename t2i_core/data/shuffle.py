"""Text shuffling: many honest wordings of one product, so that a model learns words and not their order."""

from random import Random

from t2i_core.data.catalogue import Product


def shuffled_title(product: Product, random: Random) -> str:
    """A title a seller might have typed: words kept, dropped or reordered, labels mixed in.

    Half of the time the title in its own order; otherwise the words of the title and some of the labels, shuffled.
    """
    if random.random() < 0.5:
        return product.title
    parts = product.title.split()
    parts = [word for word in parts if random.random() > 0.15] or parts
    labels = [product.brand, product.category, product.colour, product.gender, product.season, product.usage]
    parts += [label for label in labels if label and random.random() < 0.3]
    random.shuffle(parts)
    return " ".join(parts)


def plain_title(product: Product) -> str:
    """The short query a buyer types: gender, colour and category alone."""
    return " ".join(part for part in (product.gender, product.colour, product.category) if part)
