"""Holds what is asked for to what can be trained, before anything starts.

What comes from a browser is held to more: a recipe that is shipped, data and runs in the studio's own folders, and
settings that the recipe has, of the right kind. None of it is a path or a command of the visitor's own making.
"""

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from t2i_core.errors import InputError
from t2i_core.jobs.spec import JobSpec
from t2i_core.settings import Settings
from t2i_core.training.recipe import BUDGETS, kind_of, read_toml, shipped_recipes
from t2i_core.training.schema import Kind, Setting, Value, settings_of

READERS = {
    "patchflow": ("t2i_core.training.recipe", "read_recipe"),
    "refiner": ("t2i_core.training.refining", "read_refine_recipe"),
    "damsm": ("t2i_core.training.matching_recipe", "read_match_recipe"),
    "overlay": ("t2i_core.training.overlay", "read_overlay_recipe"),
    "adgan": ("t2i_core.training.adgan", "read_adgan_recipe"),
    "attngan": ("t2i_core.training.attngan", "read_attngan_recipe"),
    "dcgan": ("t2i_core.training.dcgan", "read_dcgan_recipe"),
    "instant": ("t2i_core.training.instant", "read_instant_recipe"),
    "parsing": ("t2i_core.training.body_recipe", "read_body_recipe"),
    "pose": ("t2i_core.training.body_recipe", "read_body_recipe"),
    "realism": ("t2i_core.training.realism", "read_realism_recipe"),
    "tacgan": ("t2i_core.training.tacgan", "read_tacgan_recipe"),
}
BODIES = ("pose", "parsing")
FROM_A_MODEL = ("patchflow", "refiner", *BODIES)  # kinds that may start from a model's weights
FROM_A_RUN = {"realism": "tacgan"}  # kinds that are made of another kind's run
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
FLAVOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,59}")
ON_THE_HUB = re.compile(rf"hf://datasets/{NAME.pattern}/{NAME.pattern}")  # for a place that sees no files here
WORDS = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,39}")
MOST_PROCESSES = 8
MONTH = 31 * 24 * 60.0  # minutes
LARGEST = {"batch": 4096, "image_size": 1024, "widths": 4096, "depth": 64}
MOST, LONGEST = 1_000_000, 16  # of any other number; of a list of them


def check(spec: JobSpec) -> JobSpec:
    """The job as it is, where its recipe can be read with its overrides and its numbers make sense; else InputError."""
    _check_numbers(spec.processes, spec.minutes, spec.timeout_minutes, spec.keep_minutes)
    if not spec.data:
        raise InputError("Say which data to train on.")
    budget = [] if spec.minutes is None else [f"loop.minutes={spec.minutes}"]
    kind, overrides = kind_of(spec.recipe), [*spec.overrides, *budget]
    if kind in READERS:
        module, reader = READERS[kind]
        getattr(import_module(module), reader)(spec.recipe, overrides)
        _check_start(kind, spec.init)
    else:
        read_toml(spec.recipe, overrides)
    return spec


def from_browser(
    settings: Settings,
    *,
    recipe: str,
    data: Sequence[str],
    run: str,
    overrides: Sequence[str] = (),
    minutes: float | None = None,
    init: str | None = None,
    processes: int = 1,
    flavor: str | None = None,
    timeout_minutes: float = 24 * 60,
    keep_minutes: float | None = None,
) -> JobSpec:
    """A job as a visitor may ask for it. Raises InputError for anything that is not one.

    recipe: a shipped one's name
    data: paths inside T2I_DATA or the folder of prepared data, or hf://datasets/owner/name
    run: a name, which becomes a folder among the studio's runs
    overrides: `section.key=value`; init: a model's bare name, or a run's where the recipe finishes one
    """
    if recipe not in shipped_recipes():
        raise InputError(f"There is no recipe “{recipe[:40]}”. Choose one of: {', '.join(shipped_recipes())}.")
    if init is not None and not NAME.fullmatch(init):
        raise InputError("A run can start from a model that the studio has: give its bare name.")
    if flavor is not None and not FLAVOR.fullmatch(flavor):
        raise InputError("A kind of machine is named in letters, digits, “-”, “_” and “.”.")
    spec = JobSpec(
        recipe=recipe,
        run=str(run_folder(settings, run)),
        data=tuple(path if ON_THE_HUB.fullmatch(path) else str(data_path(settings, path)) for path in data),
        overrides=tuple(checked_overrides(recipe, overrides)),
        minutes=minutes,
        init=str(run_folder(settings, init)) if init and kind_of(recipe) in FROM_A_RUN else init,
        processes=processes,
        flavor=flavor,
        timeout_minutes=timeout_minutes,
        keep_minutes=keep_minutes,
    )
    return check(spec)


def _check_start(kind: str, init: str | None) -> None:
    """Raises InputError for a kind that cannot start from this, or cannot start from nothing."""
    from t2i_core.training.checkpoint import kind_of_run  # brings torch

    if kind in FROM_A_RUN:
        wanted = FROM_A_RUN[kind]
        if init is None or kind_of_run(Path(init)) != wanted:
            raise InputError(f"This recipe is made of a {wanted}'s run. Train one first, and start from its run.")
    elif init is not None and kind not in FROM_A_MODEL:
        raise InputError("This recipe starts from nothing: leave out what it is to start from.")


def run_folder(settings: Settings, name: str) -> Path:
    """The folder of a run of that name. Raises InputError for a name that could lead elsewhere."""
    if not NAME.fullmatch(name) or ".." in name:
        raise InputError("A run is named in letters, digits, “-”, “_” and “.”, 60 at most.")
    folder = settings.runs / name
    if folder.resolve() != settings.runs.resolve() / name:
        raise InputError(f"The run {name} leads out of the studio's folder. Choose another name.")
    return folder


def data_folders(settings: Settings) -> list[Path]:
    """The folders whose data a visitor may train on."""
    return [folder for folder in (settings.data, settings.prepared) if folder is not None]


def data_path(settings: Settings, path: str) -> Path:
    """The file or folder that a path leads to, links and all. Raises InputError where that is not inside one of
    `data_folders`: in the same words whether it exists elsewhere or not."""
    try:
        found = Path(path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        found = None
    if found is None or not any(found.is_relative_to(folder.resolve()) for folder in data_folders(settings)):
        raise InputError(f"“{path[:80]}” is not in the studio's data folders. Choose one of the listed data sets.")
    return found


def checked_overrides(recipe: str, overrides: Sequence[str]) -> list[str]:
    """The overrides, written anew from what was understood of them. Raises InputError for a setting that the recipe
    does not have, and for a value of another kind or beyond reason."""
    known = {setting.key: setting for setting in [*settings_of(recipe), *_budgets()]}
    return [_checked(known, override) for override in overrides]


def _checked(known: Mapping[str, Setting], override: str) -> str:
    key, _, text = override.partition("=")
    setting = known.get(key.strip())
    if setting is None:
        raise InputError(f"The recipe has no setting “{key[:40]}”. It has: {', '.join(known)}.")
    try:
        read = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        read = {"value": text.strip()}
    if set(read) != {"value"}:
        raise InputError(f"{setting.key} takes one value.")
    return setting.override(_of_kind(setting, read["value"]))


def _of_kind(setting: Setting, value: object) -> Value:
    """The value, where the setting takes it."""
    match setting.kind, value:
        case Kind.SWITCH, bool():
            return value
        case Kind.CHOICE, str() if value in setting.options:
            return value
        case Kind.TEXT, str() if WORDS.fullmatch(value):
            return value
        case ((Kind.WHOLE | Kind.NUMBER), _) if _fits(setting, value, whole=setting.kind is Kind.WHOLE):
            assert isinstance(value, int | float)
            return value
        case Kind.NUMBERS, list() if (
            0 < len(value) <= LONGEST
            and setting.fixed in (None, len(value))
            and all(_fits(setting, one, whole=setting.whole) for one in value)
        ):
            return tuple(value)
    wanted = f"one of {', '.join(setting.options)}" if setting.options else f"a sensible {setting.kind}"
    raise InputError(f"{setting.key} takes {wanted}; got “{str(value)[:40]}”.")


def _fits(setting: Setting, value: object, *, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        return False
    return math.isfinite(value) and (0 if whole else -MOST) <= value <= LARGEST.get(setting.name, MOST)


def _budgets() -> list[Setting]:
    return [
        Setting("loop", name, Kind.WHOLE if name == "steps" else Kind.NUMBER, None, "", optional=True)
        for name in BUDGETS
    ]


def _check_numbers(processes: int, minutes: float | None, timeout: float, keep: float | None) -> None:
    if isinstance(processes, bool) or not isinstance(processes, int) or not 1 <= processes <= MOST_PROCESSES:
        raise InputError(f"A job takes 1 to {MOST_PROCESSES} processes, not {str(processes)[:20]}.")
    for name, given in (("budget", minutes), ("time limit", timeout), ("time between two kept checkpoints", keep)):
        if given is not None and not 0 < given <= MONTH:  # which no comparison with NaN is
            raise InputError(f"The {name} is above 0 and at most {MONTH:.0f} minutes, not {str(given)[:20]}.")
