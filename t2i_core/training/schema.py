"""What a recipe lets one set, as a form can ask for it: names, kinds, values and help, read off the dataclasses that
the recipe fills."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from t2i_core.errors import InputError
from t2i_core.training.recipe import BUDGETS, GIVEN_BY_DATA, kind_of, read_toml, section_of
from t2i_core.training.schema_help import HELP

LOOP = "t2i_core.training.loop:LoopConfig"
SECTIONS: Mapping[str, Mapping[str, str]] = {
    "patchflow": {
        "network": "t2i_core.models.patchflow:PatchFlowConfig",
        "flow": "t2i_core.training.flow:FlowConfig",
    },
    "refiner": {
        "network": "t2i_core.models.refiner:RefinerConfig",
        "flow": "t2i_core.training.refining:RefineConfig",
    },
    "damsm": {"network": "t2i_core.models.damsm:DamsmConfig"},
    "overlay": {"network": "t2i_core.models.overlay:OverlayConfig"},
    "tacgan": {"network": "t2i_core.models.tacgan:TacGanConfig", "game": "t2i_core.training.game:GameConfig"},
    "attngan": {"network": "t2i_core.models.attngan:AttnGanConfig", "game": "t2i_core.training.attngan:AttnGameConfig"},
    "dcgan": {"network": "t2i_core.models.dcgan:DcganConfig", "game": "t2i_core.training.dcgan:DcganGameConfig"},
    "instant": {"distil": "t2i_core.training.instant_game:DistilConfig", "game": "t2i_core.training.game:GameConfig"},
    "adgan": {
        "network": "t2i_core.models.adgan:AdganConfig",
        "weights": "t2i_core.training.adgan_losses:LossWeights",
        "seen": "t2i_core.training.adgan:SeenConfig",
    },
    "pose": {"network": "t2i_core.models.pose:PoseConfig"},
    "parsing": {"network": "t2i_core.models.parsing:ParsingConfig"},
}
OPTIONS = {
    "on_trouble": ("go on", "stop", "roll back"),
    "backbone": ("unet", "transformer"),
    "eye": ("own", "lite0"),
    "game.loss": ("bce", "lsgan"),
}
DATA_DECIDE = {  # by kind, besides what is left out everywhere
    "tacgan": {"network.classes", "network.text_dim"},
    "attngan": {"network.words_dim"},
    "adgan": {"network.parts"},
}
LEFT_OUT = {*BUDGETS, *GIVEN_BY_DATA, "text_vectors"}  # asked for elsewhere, or decided by the data

Value = bool | int | float | str | tuple[float, ...] | None


class Kind(StrEnum):
    """What a setting takes."""

    SWITCH = "switch"
    WHOLE = "whole number"
    NUMBER = "number"
    NUMBERS = "numbers"
    CHOICE = "choice"
    TEXT = "text"


@dataclass(frozen=True)
class Setting:
    """One thing that can be set. value: what the recipe says, or else the default; optional: None leaves it to the
    studio; whole: whether NUMBERS are whole ones; fixed: how many NUMBERS it takes, None: any."""

    section: str
    name: str
    kind: Kind
    value: Value
    help: str
    options: tuple[str, ...] = ()
    optional: bool = False
    whole: bool = False
    fixed: int | None = None

    @property
    def key(self) -> str:
        """`section.name`, as `t2i train --set` takes it."""
        return f"{self.section}.{self.name}"

    def override(self, value: Value) -> str:
        """The words after `--set` that give it this value. None cannot be said: it is what a recipe leaves out."""
        return f"{self.key}={_toml(value)}"

    def read(self, text: str) -> tuple[float, ...]:
        """“128, 160” as numbers. Raises InputError where it is something else, or another number of them."""
        try:
            read = tuple(int(part) if self.whole else float(part) for part in text.replace(",", " ").split())
        except ValueError as problem:
            sort = "whole numbers" if self.whole else "numbers"
            raise InputError(f"{self.name} takes {sort} with commas between them; got “{text[:40]}”.") from problem
        if not read or self.fixed not in (None, len(read)):
            raise InputError(f"{self.name} takes {self.fixed or 'one or more'} numbers; got “{text[:40]}”.")
        return read


def settings_of(recipe: str) -> list[Setting]:
    """Everything a recipe lets one set but its budget, section by section.

    Of a kind of model whose settings nobody listed, the loop and what the recipe's file itself says can be set.
    Raises InputError for a recipe that cannot be read.
    """
    content, kind = read_toml(recipe), kind_of(recipe)
    listed = SECTIONS.get(kind, {})
    found: list[Setting] = []
    for section in dict.fromkeys([*listed, *_sections_in(content), "loop"]):
        told = section_of(content, section)
        where = LOOP if section == "loop" else listed.get(section)
        found += _described(section, _imported(where), told) if where else _as_written(section, told)
    return [setting for setting in found if setting.key not in DATA_DECIDE.get(kind, ())]


def changed(settings: Sequence[Setting], values: Mapping[str, Value]) -> list[str]:
    """The overrides that turn a recipe into one with these values, by `section.name`; those it has anyway are left
    out."""
    told = ((setting, values.get(setting.key, setting.value)) for setting in settings)
    return [setting.override(value) for setting, value in told if value is not None and value != setting.value]


def _sections_in(content: Mapping[str, object]) -> list[str]:
    return [name for name, value in content.items() if isinstance(value, dict) and name not in ("domains", "photos")]


def _imported(where: str) -> type:
    module, name = where.split(":")
    found: type = getattr(import_module(module), name)
    return found


def _described(section: str, cls: type, told: Mapping[str, object]) -> list[Setting]:
    types = get_type_hints(cls)
    found = (
        _setting(section, field.name, types[field.name], told.get(field.name, field.default))
        for field in fields(cls)
        if field.name not in LEFT_OUT
    )
    return [setting for setting in found if setting is not None]


def _as_written(section: str, told: Mapping[str, object]) -> list[Setting]:
    found = (_setting(section, name, _type_of(value), value) for name, value in told.items() if name not in LEFT_OUT)
    return [setting for setting in found if setting is not None]


def _type_of(value: object) -> object:
    """The annotation that a value in a file stands for."""
    if isinstance(value, list) and value and all(isinstance(one, (int, float)) for one in value):
        return tuple[int, ...] if all(isinstance(one, int) for one in value) else tuple[float, ...]
    return type(value)


def _setting(section: str, name: str, annotation: object, value: object) -> Setting | None:
    """None for a type that no widget stands for."""
    kind: Any = annotation
    inner = [one for one in get_args(kind) if one is not NoneType]
    optional = get_origin(kind) in (Union, UnionType) and len(inner) == 1
    kind = inner[0] if optional else kind
    about = HELP.get(f"{section}.{name}", HELP.get(name, ""))
    if get_origin(kind) is tuple:
        parts = get_args(kind)
        if not set(parts) <= {int, float, Ellipsis} or not isinstance(value, (list, tuple)):
            return None
        fixed = None if Ellipsis in parts else len(parts)
        return Setting(section, name, Kind.NUMBERS, tuple(value), about, whole=int in parts, fixed=fixed)
    simple = {bool: Kind.SWITCH, int: Kind.WHOLE, float: Kind.NUMBER, str: Kind.TEXT}
    if kind not in simple or not isinstance(value, (bool, int, float, str, NoneType)):
        return None
    if options := OPTIONS.get(f"{section}.{name}", OPTIONS.get(name)):
        return Setting(section, name, Kind.CHOICE, str(value), about, options=options)
    number = float(value) if kind is float and value is not None else value
    return Setting(section, name, simple[kind], number, about, optional=optional)


def _toml(value: Value) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, str) else repr(value)
