"""Words told to a person inside a sentence."""

from collections.abc import Sequence

MOST = 12


def few_of(words: Sequence[str]) -> str:
    """The words one after the other, the first twelve of many: “red, blue, green, …”."""
    return ", ".join([*words[:MOST], *(["…"] if len(words) > MOST else [])])
