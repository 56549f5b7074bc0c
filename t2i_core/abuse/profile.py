"""A profile: the numbers of one marketplace's rules, and how strictly each rule is held."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from t2i_core.abuse.rules import RULES
from t2i_core.errors import InputError
from t2i_core.images import atomic_write

SHIPPED = Path(__file__).with_name("profiles.toml")
GENERAL = "general"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,39}")
MAX_FILE = 100_000  # bytes; a profile has one or two thousand


@dataclass(frozen=True)
class Later:
    """Sizes a marketplace has announced, and from when they hold."""

    date: date
    min_width: int = 0
    min_height: int = 0


@dataclass(frozen=True)
class Profile:
    """The rules of one marketplace. A number that is 0 asks for nothing.

    min_, zoom_, max_longest: pixels of the longest side; formats: Pillow's names, none: any will do
    white: the background must be; fill: share of the longest side that the product takes at least
    thresholds: by rule, in place of the rule's own; off: rules that never count
    """

    name: str = GENERAL
    title: str = "General"
    min_width: int = 0
    min_height: int = 0
    min_longest: int = 0
    zoom_longest: int = 0
    max_longest: int = 0
    max_megapixels: float = 0
    max_megabytes: float = 0
    formats: tuple[str, ...] = ()
    white: bool = False
    fill: float = 0.0
    later: Later | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict)
    off: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check(self)

    def threshold(self, rule: str) -> float:
        """The score from which on a rule counts as broken."""
        return self.thresholds.get(rule, RULES[rule].threshold)

    def on(self, day: date) -> "Profile":
        """The profile as it holds on a day: what was announced for then has taken effect."""
        if self.later is None or day < self.later.date:
            return self
        width, height = max(self.min_width, self.later.min_width), max(self.min_height, self.later.min_height)
        return replace(self, min_width=width, min_height=height, later=None)

    def with_thresholds(self, thresholds: Mapping[str, float]) -> "Profile":
        """The same numbers, held more or less strictly."""
        return replace(self, thresholds={**self.thresholds, **thresholds})

    def with_only_numbers(self) -> "Profile":
        """What judges look at: the marketplace's numbers, without how strictly they are held."""
        return replace(self, thresholds={}, off=())

    def to_toml(self) -> str:
        """As a profile file holds it."""
        lines = [f"{name} = {_toml(value)}" for name, value in asdict(self).items() if name not in _APART and value]
        if self.later:
            sides = f"min_width = {self.later.min_width}, min_height = {self.later.min_height}"
            lines.append(f"later = {{ date = {self.later.date}, {sides} }}")
        held = [f'"{rule}" = {threshold:g}' for rule, threshold in sorted(self.thresholds.items())]
        return "\n".join([*lines, *(["[thresholds]"] if held else []), *held]) + "\n"

    def save(self, path: Path) -> Path:
        """Writes the profile file whole or not at all. Raises OutputError where that is impossible."""
        atomic_write(path, self.to_toml().encode())
        return path


_APART = ("name", "later", "thresholds")


def shipped_profiles() -> dict[str, Profile]:
    """The profiles of `profiles.toml` by name."""
    tables = tomllib.loads(SHIPPED.read_text("utf-8"))
    return {name: _profile(name, table, tables) for name, table in tables.items()}


def find_profile(name: str, folder: Path | None = None) -> Profile:
    """A shipped profile by name, one saved in `folder`, or a TOML file.

    Raises InputError for a name that is none of these, and for a file that is no profile.
    """
    shipped = shipped_profiles()
    if name in shipped:
        return shipped[name]
    for path in (Path(name), *([folder / f"{name}.toml"] if folder and Path(name).name == name else [])):
        if _is_file(path):
            return read_profile(path)
    raise InputError(f"There is no profile “{name[:80]}”. Choose {', '.join(shipped)}, or name a TOML file.")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name no file can have
        return False


def saved_profiles(folder: Path) -> list[str]:
    """The names of the profiles saved in a folder."""
    return sorted(path.stem for path in folder.glob("*.toml") if NAME.fullmatch(path.stem))


def save_profile(profile: Profile, name: str, folder: Path) -> Profile:
    """Saves a profile under a name of its own. Raises InputError for a name that is taken by a marketplace's, or that
    is no plain word."""
    name = name.strip()
    if not NAME.fullmatch(name):
        raise InputError("A profile's name has up to 40 letters, digits, spaces, - and _.")
    if name in shipped_profiles():
        raise InputError(f"“{name}” is a marketplace's own profile. Choose another name.")
    named = replace(profile, name=name, title=name)
    named.save(folder / f"{name}.toml")
    return named


def read_profile(path: Path) -> Profile:
    """The profile in a TOML file. Raises InputError, naming what is wrong in it."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise InputError(f"{path} is too large to be a profile.")
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as problem:  # TOML and encoding errors are ValueErrors
        raise InputError(f"{path} cannot be read as a profile: {problem}") from problem
    return _profile(path.stem, table, tomllib.loads(SHIPPED.read_text("utf-8")))


def _profile(name: str, table: Mapping[str, Any], tables: Mapping[str, Any], depth: int = 0) -> Profile:
    base = table.get("base")
    values = {key: value for key, value in table.items() if key != "base"}
    if base is not None and (base not in tables or depth > 3):
        raise InputError(f"The profile “{name[:60]}” builds on “{str(base)[:60]}”. Choose {', '.join(tables)}.")
    start = _profile(str(base), tables[base], tables, depth + 1) if base is not None else Profile()
    unknown = values.keys() - {one.name for one in fields(Profile)} - {"name"}
    if unknown:
        raise InputError(f"The profile “{name[:60]}” has a line nobody knows: {', '.join(sorted(unknown))[:200]}.")
    try:
        values |= {key: tuple(values[key]) for key in ("formats", "off") if key in values}
        if "later" in values:
            values["later"] = Later(**values["later"])
        return replace(start, **(values | {"name": name}))
    except (TypeError, ValueError, AttributeError) as problem:
        raise InputError(f"The profile “{name[:60]}” has a value of the wrong kind: {problem}") from problem


def _check(profile: Profile) -> None:
    for one in ("min_width", "min_height", "min_longest", "zoom_longest", "max_longest", "max_megapixels"):
        if not 0 <= float(getattr(profile, one)) <= 1e6:
            raise ValueError(f"{one} = {getattr(profile, one)}")
    if not 0 <= profile.fill <= 1:
        raise ValueError(f"fill = {profile.fill}, which should lie between 0 and 1")
    for rule, threshold in profile.thresholds.items():
        if rule not in RULES or not 0 <= threshold <= 1:
            raise ValueError(f"the threshold {rule[:60]} = {threshold}; thresholds of known rules lie between 0 and 1")
    strangers = [rule for rule in profile.off if rule not in RULES]
    if strangers:
        raise ValueError(f"off names a rule nobody knows: {strangers[0][:60]}")


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
    return f"{value:g}" if isinstance(value, float) else str(value)
