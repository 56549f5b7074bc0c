"""A profile: the numbers of one marketplace's rules, and how strictly each rule is held."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Profile:
    """The rules of one marketplace.

    min_side, zoom_side, max_side: pixels of the longest side; min_width, min_height: of each side
    formats: Pillow's names; background: “white”, or “any”; fill: share of the picture the product takes at least
    thresholds: overrule a rule's own; off: rules that do not count
    """

    name: str = "default"
    title: str = "General"
    min_side: int = 100
    zoom_side: int = 0
    max_side: int = 0
    max_megapixels: float = 64
    max_megabytes: float = 16
    formats: tuple[str, ...] = ()
    background: str = "any"
    fill: float = 0.0
    thresholds: Mapping[str, float] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
