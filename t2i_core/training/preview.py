"""A first look at a recipe's data, quick enough for a page: which files, how many rows, some pictures, what is wrong.

It reads the start of each file alone; training itself reads everything, and refuses what it cannot use.
"""

import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from PIL import Image

from t2i_core.data.domain import Domain, Item, find_files
from t2i_core.data.domains import find_domain
from t2i_core.data.shards import CATALOGUE, IMAGES
from t2i_core.errors import DataError
from t2i_core.training.recipe import kind_of, read_toml

LOOKED_AT = 256  # pictures at the start of each file
SHOWN = 12
FEW = 500  # pictures under which a model learns them by heart
MOST_FILES = 200  # that a folder's list shows
SHARD = re.compile(rf"({CATALOGUE}|{IMAGES})-\d+\.parquet")
WITHOUT_DOMAIN = ("adgan", "overlay", "pose", "parsing")  # kinds of models that read files of their own


@dataclass(frozen=True)
class Preview:
    """files: their rows by name; samples: some items with their pictures; labels: the commonest values of each label
    among those looked at; problems: what a person should know before training on them."""

    files: Mapping[str, int]
    samples: tuple[Item, ...] = ()
    labels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return sum(self.files.values())


def sources_of(recipe: str) -> list[tuple[Domain, tuple[str, ...]]]:
    """The kinds of pictures a recipe learns from, and the names of the files of each. None for a recipe that reads
    files of its own. Raises InputError for a recipe that cannot be read."""
    content = read_toml(recipe)
    if kind_of(recipe) in WITHOUT_DOMAIN:
        return []
    domains = content.get("domains")
    one = {str(content.get("domain", "products")): content.get("data", [])}
    named: dict[str, Any] = domains if isinstance(domains, dict) else one
    found = [(find_domain(name), tuple(map(str, files))) for name, files in named.items()]
    return [(domain, files or domain.files) for domain, files in found]


def places_in(folder: Path) -> list[Path]:
    """What can be chosen as data below a folder: itself, the folders in it that hold parquet files, and those files.
    The shards of prepared data are one thing."""
    below = [place for place in _entries(folder) if place.is_dir() and not place.is_symlink()]
    holding = [place for place in below if _parquet(place)]
    files = [one for place in (folder, *holding) if not is_prepared(place) for one in _parquet(place)]
    return [folder, *holding, *files][:MOST_FILES]


def is_prepared(folder: Path) -> bool:
    """Whether `t2i prepare` wrote the folder."""
    return any(SHARD.fullmatch(path.name) for path in _parquet(folder))


def preview(recipe: str, place: Path) -> Preview:
    """A look at what a recipe would read from a file or a folder.

    Raises DataError where files are missing, or are not of the recipe's kind.
    """
    files: dict[str, int] = {}
    samples: list[Item] = []
    problems: list[str] = []
    labels: dict[str, Counter[str]] = {}
    for domain, names in sources_of(recipe):
        for path in find_files(names, [place]):
            files[path.name] = _rows_of(path)
            items = list(islice(domain.read(path), LOOKED_AT))
            problems += _problems(path.name, items)
            samples += _some(items)
            for name in domain.choices:
                labels.setdefault(name, Counter()).update(i.labels[name] for i in items if name in i.labels)
    if files and sum(files.values()) < FEW:
        problems.append(f"{sum(files.values())} pictures are few: a model learns them by heart. Thousands are better.")
    common = {name: dict(counts.most_common(8)) for name, counts in labels.items() if counts}
    return Preview(files, tuple(_spread(samples)), common, tuple(problems))


def _rows_of(path: Path) -> int:
    try:
        return int(pq.ParquetFile(path).metadata.num_rows)
    except (OSError, ValueError) as problem:
        raise DataError(f"{path.name} cannot be read as a parquet file: {problem}") from problem


def _problems(name: str, items: Sequence[Item]) -> list[str]:
    """What is wrong with the first items of a file, in sentences."""
    if not items:
        return [f"{name} holds no picture that this recipe learns from."]
    bad = sum(not _opens(item) for item in items)
    untitled = sum(not item.title.strip() for item in items)
    twice = len(items) - len({item.id for item in items})
    told = [
        (bad, "have no picture that opens, and the training would stop at them"),
        (untitled, "have no title"),
        (twice, "bear an id that another row has"),
    ]
    return [f"{name}: {count} of the first {len(items)} rows {what}." for count, what in told if count]


def _opens(item: Item) -> bool:
    if item.image is None:
        return False
    try:
        with Image.open(io.BytesIO(item.image)) as image:
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
    return True


def _some(items: Sequence[Item]) -> list[Item]:
    return [item for item in _spread(items) if _opens(item)]


def _spread(items: Sequence[Item]) -> Sequence[Item]:
    """A few of them, from all over."""
    return items[:: max(1, len(items) // SHOWN)][:SHOWN]


def _parquet(folder: Path) -> list[Path]:
    return [path for path in _entries(folder) if path.suffix == ".parquet"]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
