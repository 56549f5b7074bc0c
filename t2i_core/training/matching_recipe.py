"""The recipe of a matcher: which pictures and texts, what network, how long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from t2i_core.data.domain import Domain
from t2i_core.data.domains import find_domain
from t2i_core.data.training_set import Examples
from t2i_core.errors import InputError
from t2i_core.generate.matcher import KIND
from t2i_core.models.damsm import DamsmConfig
from t2i_core.training.loop import LoopConfig
from t2i_core.training.recipe import fill_section, kind_of, only_known, read_toml, section_of


@dataclass(frozen=True)
class MatchRecipe:
    """What `t2i train` reads for a matcher. `network` lacks only the vocabulary, which the data decide.

    framed: pixels a side of the pictures
    pictures: how many of the training pictures to learn from; 0 takes all
    drop: share of a text's pieces that a step leaves out
    hard: a label, e.g. category, that the pictures of a batch share in every second epoch: harder to tell apart
    """

    name: str
    domain: Domain
    vocab_size: int
    framed: int
    network: Mapping[str, object]
    loop: LoopConfig
    pictures: int = 0
    drop: float = 0.1
    hard: str = ""

    def chosen(self, examples: Examples) -> Examples:
        """Those with a text, and no more than the recipe asks for."""
        titled = [row for row, item in enumerate(examples.items) if item.title]
        order = np.random.default_rng(self.loop.seed).permutation(titled)[: self.pictures or None]
        return examples.taken(sorted(order.tolist()))


def read_match_recipe(source: str | Path, overrides: Sequence[str] = ()) -> MatchRecipe:
    """A recipe from a file, or by the name of a shipped one, with `section.key=value` overrides.

    Raises InputError for a recipe that is no matcher's, or holds a key nobody knows.
    """
    if kind_of(source) != KIND:
        raise InputError(f'{source} is not the recipe of a matcher: a TOML file with model = "{KIND}".')
    content: dict[str, Any] = read_toml(source, overrides)
    only_known("recipe", content, {"model", *(field.name for field in fields(MatchRecipe))})
    network = section_of(content, "network")
    only_known("network", network, {field.name for field in fields(DamsmConfig)} - {"vocab_size"})
    try:
        return MatchRecipe(
            name=str(content["name"]),
            domain=find_domain(str(content["domain"])),
            vocab_size=int(content["vocab_size"]),
            framed=int(content["framed"]),
            network=network,
            loop=fill_section(LoopConfig, "loop", content),
            pictures=int(content.get("pictures", 0)),
            drop=float(content.get("drop", 0.1)),
            hard=str(content.get("hard", "")),
        )
    except KeyError as problem:
        raise InputError(f"The recipe lacks {problem}.") from problem
