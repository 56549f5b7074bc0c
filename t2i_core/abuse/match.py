"""Does the picture show what the title says? By the shipped matcher, asked about every category and every colour.

A title is compared through what it means: “Navy Blue Shirts” against the same words with each other colour, and with
each other category. A title whose category the matcher never learned is answered with “unknown”.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from PIL import Image

from t2i_core.abuse.verdict import Signal, Subject
from t2i_core.data.shuffle import plain_title
from t2i_core.errors import InputError
from t2i_core.generate.matcher import Matcher, Pixels
from t2i_core.text.attributes import AttributeSpace, Choice
from t2i_core.text.parser import TitleParser
from t2i_core.weights import locate, read_config

MOST_READ = 256  # lists of texts that are kept read: 1 MB each at most
MATCHER, WORDS = "damsm-products", "products"  # the models that judge, and that know the catalogue's words
ANY_COLOUR = frozenset({"Multi"})  # pictures of these have any

# Weights of the evidence in the log-odds that a title is wrong, where half are; fitted by
# `training.match_report.fit_match` on training products that the evaluation does not see.
CATEGORY = (-0.404, -0.775, -1.820)
COLOUR = (-1.019, -0.035, -3.325)


@dataclass(frozen=True)
class Evidence:
    """What the matcher says of a title's category or colour.

    share: log of its share among all of them; odds: log-odds of the words themselves
    best: the one that fits best
    """

    said: str
    share: float
    odds: float
    best: str

    def wrong(self, weights: Sequence[float]) -> float:
        """The probability that the title is wrong about it."""
        odds = weights[0] * self.share + weights[1] * self.odds + weights[2]
        return float(1 / (1 + np.exp(-np.clip(odds, -30, 30))))


class TitleJudge:
    """Compares titles with pictures."""

    def __init__(self, matcher: Matcher, space: AttributeSpace, brands: Sequence[str]) -> None:
        self.matcher = matcher
        self.parser = TitleParser.for_space(space, brands)
        self.categories, self.colours = _values(space, "category"), _values(space, "colour")
        self._read = lru_cache(maxsize=MOST_READ)(matcher.read)

    @classmethod
    def from_pretrained(cls) -> "TitleJudge":
        """Raises WeightsError where the shipped matcher or the products model's words are missing or damaged."""
        words: dict[str, Any] = read_config(locate(WORDS))
        space = AttributeSpace.from_json(words["attributes"])
        return cls(Matcher.from_pretrained(MATCHER), space, words["brands"])

    def judge(self, image: Image.Image, title: str) -> tuple[Evidence | None, Evidence | None]:
        """What speaks for the title's category and for its colour; None for what it does not name."""
        said = self.parser.parse(title).attributes
        category, colour = said.get("category"), said.get("colour")
        if category is None:
            return None, None
        pixels = self.matcher.pixels([image])
        kinds = self._among(pixels, self.categories, category, lambda kind: _query(kind, colour))
        if colour is None or colour in ANY_COLOUR:
            return kinds, None
        return kinds, self._among(pixels, self.colours, colour, lambda shade: _query(category, shade))

    def _among(self, pixels: Pixels, values: Sequence[str], said: str, query: Callable[[str], str]) -> Evidence:
        """How a title's value does among all that it could say instead."""
        odds = self.matcher.compare(self._read(tuple(map(query, values))), pixels)[0].astype(float)
        place = values.index(said)
        highest = odds.max()
        share = odds[place] - highest - np.log(np.exp(odds - highest).sum())
        return Evidence(said, float(share), float(odds[place]), values[int(odds.argmax())])


def match_signals(subject: Subject) -> Sequence[Signal]:
    """`match.category`, `match.colour` and `match.unknown`. Without a title there is nothing to compare: no signal."""
    judge = _judge()  # missing weights are said at once, not with the first title
    if not subject.title.strip():
        return []
    category, colour = judge.judge(subject.reduced, subject.title)
    return [
        _signal("match.category", category, CATEGORY),
        _signal("match.colour", colour, COLOUR),
        Signal("match.unknown", float(category is None)),
    ]


def _signal(rule: str, evidence: Evidence | None, weights: Sequence[float]) -> Signal:
    if evidence is None:
        return Signal(rule, 0.0)
    other = f"{evidence.best} rather than {evidence.said}" if evidence.best != evidence.said else ""
    return Signal(rule, evidence.wrong(weights), detail=other)


def _values(space: AttributeSpace, name: str) -> tuple[str, ...]:
    choice = space.get(name)
    if not isinstance(choice, Choice):
        raise InputError(f"{name} is no choice of the model that knows the catalogue's words.")
    return choice.values


def _query(category: str, colour: str | None) -> str:
    return plain_title({"category": category} | ({"colour": colour} if colour else {}))


@cache
def _judge() -> TitleJudge:
    return TitleJudge.from_pretrained()
