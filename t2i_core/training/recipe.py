"""A recipe: one TOML file that names network, data, loss and budget of a run."""

import math
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from t2i_core.data.domain import Domain
from t2i_core.data.domains import find_domain
from t2i_core.errors import InputError
from t2i_core.models.patchflow import PatchFlowConfig
from t2i_core.training.flow import SHIFT, FlowConfig
from t2i_core.training.loop import LoopConfig

T = TypeVar("T")
Config = TypeVar("Config")
FOLDER = Path(__file__).parent / "recipes"
BUDGETS = ("minutes", "cpu_minutes", "steps")
GIVEN_BY_DATA = {"choices", "numbers", "vocab_size"}


@dataclass(frozen=True)
class Recipe:
    """What `t2i train` reads. `network` lacks only what the data decide: choices, numbers, vocabulary.

    data: the names of the parquet files; those of the domain where the file names none
    text: "pieces" are learned with the pictures; "doc2vec" takes the vectors of weights/titles
    matcher: a DAMSM model whose tokenizer and text encoder the network starts from
    trunk: a picture model of any domain whose way of drawing the network starts from
    teacher: a DAMSM model that tells how well pictures match their texts, where `flow.damsm` is above 0; without one,
        the matcher. One that is not the matcher leaves the matcher free to judge what was learned.
    shift: how much of drawing is spent near the noise; its last steps draw texture, and specks as well
    """

    name: str
    domain: Domain
    data: tuple[str, ...]
    vocab_size: int
    network: Mapping[str, object]
    flow: FlowConfig
    loop: LoopConfig
    text: str = "pieces"
    matcher: str | None = None
    trunk: str | None = None
    teacher: str | None = None
    shift: float = SHIFT


def read_recipe(source: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """A recipe from a file, or by the name of a shipped one, with `section.key=value` overrides.

    Raises InputError for a recipe that is missing, is not TOML, or holds a key nobody knows.
    """
    return _recipe(read_toml(source, overrides))


def built(network: Callable[[Config], T], config: Config) -> T:
    """The network that a recipe describes, new. Raises InputError for one that cannot be."""
    try:
        return network(config)
    except (ValueError, TypeError, RuntimeError, ArithmeticError) as problem:
        raise InputError(f"The recipe's network cannot be built: {problem}.") from problem


def read_toml(source: str | Path, overrides: Sequence[str] = ()) -> dict[str, object]:
    """What a recipe's file holds, whatever kind of model it is for.

    Raises InputError for a recipe that is missing or is not TOML.
    """
    try:
        content = tomllib.loads(recipe_text(source))
    except tomllib.TOMLDecodeError as problem:
        raise InputError(f"{source} is not a TOML file: {problem}.") from problem
    for override in overrides:
        _apply(content, override)
    return content


def read_kind(source: str | Path, overrides: Sequence[str], kind: str, article: str, recipe: type) -> dict[str, Any]:
    """What the recipe of one kind of model holds.

    article: the kind in words, e.g. “a TAC-GAN”; recipe: the dataclass whose fields the file may have
    Raises InputError for a recipe of another kind, or a key nobody knows.
    """
    content: dict[str, Any] = read_toml(source, overrides)
    if content.get("model") != kind:
        raise InputError(f'{source} is not the recipe of {article}: a TOML file with model = "{kind}".')
    only_known("recipe", content, {"model", *(field.name for field in fields(recipe))})
    return content


@contextmanager
def complete() -> Iterator[None]:
    """Says in words what a recipe that is being filled in lacks, or what of its network does not fit together."""
    try:
        yield
    except KeyError as problem:
        raise InputError(f"The recipe lacks {problem}.") from problem
    except ValueError as problem:
        raise InputError(f"The recipe's network does not fit together: {problem}.") from problem


def recipe_text(source: str | Path) -> str:
    """A recipe's file as it stands. Raises InputError where it is missing or is no text."""
    path = Path(source)
    if not path.suffix and not path.exists():
        path = FOLDER / f"{source}.toml"
    try:
        return path.read_text()
    except OSError as problem:
        raise InputError(f"There is no recipe {source}. Shipped recipes: {', '.join(shipped_recipes())}.") from problem
    except UnicodeDecodeError as problem:
        raise InputError(f"{path} is not a TOML file: {problem}.") from problem


def shipped_recipes() -> list[str]:
    """The names of the recipes that come with the studio."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def kind_of(source: str | Path) -> str:
    """The kind of model a recipe trains: patchflow unless it says otherwise."""
    return str(read_toml(source).get("model", "patchflow"))


def fill_section(cls: type[T], name: str, content: Mapping[str, object]) -> T:
    """A section of a recipe as the dataclass it configures. Raises InputError for a key nobody knows."""
    return _fill(cls, name, section_of(content, name))


def section_of(content: Mapping[str, object], name: str) -> dict[str, object]:
    """A section of a recipe; an empty one where it has none."""
    section = content.get(name, {})
    if not isinstance(section, dict):
        raise InputError(f"[{name}] in a recipe must be a section.")
    return section


def only_known(name: str, given: Mapping[str, object], known: set[str]) -> None:
    """Raises InputError for keys of a section that are not among the known ones."""
    if strangers := sorted(set(given) - known):
        raise InputError(f"[{name}] does not know {', '.join(strangers)}. It knows: {', '.join(sorted(known))}.")


def _apply(content: dict[str, object], override: str) -> None:
    name, found, value = override.partition("=")
    if not found:
        raise InputError(f"--set takes section.key=value, e.g. loop.batch=32; got “{override[:60]}”.")
    *sections, key = name.strip().split(".")
    place = content
    for section in sections:
        inner = place.setdefault(section, {})
        if not isinstance(inner, dict):
            raise InputError(f"“{section}” in “{name}” is not a section of the recipe.")
        place = inner
    if key in BUDGETS:  # a run has one budget: the one given here replaces the recipe's
        for other in BUDGETS:
            place.pop(other, None)
    try:
        place[key] = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        place[key] = value.strip()


def _recipe(content: dict[str, object]) -> Recipe:
    only_known("recipe", content, {"model", *(f.name for f in fields(Recipe))})
    network = section_of(content, "network")
    only_known("network", network, {f.name for f in fields(PatchFlowConfig)} - GIVEN_BY_DATA)
    domain = find_domain(str(content.get("domain", "products")))
    try:
        return Recipe(
            name=str(content["name"]),
            domain=domain,
            data=tuple(content.get("data", domain.files)),  # type: ignore[arg-type]
            vocab_size=int(str(content.get("vocab_size", 4000))),
            network={k: tuple(v) if isinstance(v, list) else v for k, v in network.items()},
            flow=fill_section(FlowConfig, "flow", content),
            loop=fill_section(LoopConfig, "loop", content),
            text=str(content.get("text", "pieces")),
            matcher=str(content["matcher"]) if "matcher" in content else None,
            trunk=str(content["trunk"]) if "trunk" in content else None,
            teacher=str(content["teacher"]) if "teacher" in content else None,
            shift=_positive(content.get("shift", Recipe.shift)),
        )
    except KeyError as problem:
        raise InputError(f"The recipe lacks {problem}.") from problem
    except ValueError as problem:
        raise InputError(f"vocab_size and shift in a recipe are numbers: {problem}.") from problem


def _positive(value: object) -> float:
    number = float(str(value))
    if not 0 < number < math.inf:
        raise ValueError(f"{number:g} is not above 0")
    return number


def _fill(cls: type[T], name: str, values: dict[str, object]) -> T:
    only_known(name, values, {f.name for f in fields(cls)})  # type: ignore[arg-type]
    tidy = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return cls(**tidy)
