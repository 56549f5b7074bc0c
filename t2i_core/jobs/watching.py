"""What somebody who watches a run wants to know: how far it is, how long it will take, its curves and its sheets."""

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from t2i_core.jobs.spec import JobSpec
from t2i_core.training.health import Line
from t2i_core.training.recipe import BUDGETS

SHEET = re.compile(r"step-(\d{7,12})\.png")
RECENT = 10  # lines whose median speed counts
MOST_POINTS = 500  # of a curve: more than a screen shows
ASIDE = ("step", "spent", "lr", "grad_norm", "images_per_second", "diversity")  # columns that are no loss


@dataclass(frozen=True)
class Pace:
    """How a run gets on. used: share of its budget, 0..1, None where it has none that is known; left: seconds until it
    is used up, None where that cannot be said yet; speed: images a second."""

    step: int
    used: float | None
    left: float | None
    speed: float | None
    spent: float


def pace(spec: JobSpec, recipe: str, lines: Sequence[Line]) -> Pace | None:
    """Of a run from its metrics; `recipe` is the recipe's text. None where it has no metrics yet."""
    if not lines:
        return None
    last, loop = lines[-1], loop_of(spec, recipe)
    step, spent = int(last["step"]), float(last.get("spent", 0.0))
    speeds = sorted(line["images_per_second"] for line in lines[-RECENT:] if line.get("images_per_second"))
    speed = speeds[len(speeds) // 2] if speeds else None
    used = _used(loop, step, spent)
    return Pace(step, used, _left(loop, step, spent, speed, lines), speed, spent)


def loop_of(spec: JobSpec, recipe: str) -> dict[str, float]:
    """The numbers of the recipe's loop as the job was asked to run it; of budgets the one that counts."""
    try:
        told = tomllib.loads(recipe).get("loop", {})
    except tomllib.TOMLDecodeError:
        told = {}
    loop = {str(name): value for name, value in told.items() if isinstance(value, (int, float))}
    minutes = [f"loop.minutes={spec.minutes}"] if spec.minutes is not None else []
    for name, value in _overruled([*spec.overrides, *minutes]):
        if name in BUDGETS:
            loop = {key: kept for key, kept in loop.items() if key not in BUDGETS}
        loop[name] = value
    return loop


def _overruled(overrides: Sequence[str]) -> list[tuple[str, float]]:
    found = []
    for override in overrides:
        key, _, value = override.partition("=")
        if key.strip().startswith("loop."):
            with suppress(ValueError):
                found.append((key.strip().removeprefix("loop."), float(value)))
    return found


def _used(loop: Mapping[str, float], step: int, spent: float) -> float | None:
    if loop.get("steps"):
        return min(1.0, step / loop["steps"])
    minutes = loop.get("minutes") or loop.get("cpu_minutes")
    return min(1.0, spent / (60 * minutes)) if minutes else None


def _left(
    loop: Mapping[str, float], step: int, spent: float, speed: float | None, lines: Sequence[Line]
) -> float | None:
    if loop.get("minutes"):
        return max(0.0, 60 * loop["minutes"] - spent)
    if speed is None:
        return None
    a_step = loop.get("batch", 64) / speed
    if loop.get("steps"):
        return max(0.0, (loop["steps"] - step) * a_step)
    if loop.get("cpu_minutes") and len(lines) > 1:
        burnt = (spent - lines[0].get("spent", 0.0)) / max(1.0, step - lines[0]["step"])  # of the budget, a step
        return max(0.0, 60 * loop["cpu_minutes"] - spent) / burnt * a_step if burnt > 0 else None
    return None


def losses_in(lines: Sequence[Line]) -> list[str]:
    """The names of the losses that a run tells, the one that is minimised first."""
    names = dict.fromkeys(name for line in lines[-1:] for name in line if name not in ASIDE)
    return sorted(names, key=lambda name: name != "loss")


def curve(lines: Sequence[Line], name: str, smoothing: float = 0.0) -> list[tuple[int, float]]:
    """Steps and values of one column, thinned out to what a screen shows.

    smoothing: 0 shows the values; up to 1, how much each point leans on those before it (an average that forgets
    exponentially, corrected for its start). Values that are no numbers are left out.
    """
    kept, weight, points = 0.0, 0.0, []
    for line in lines:
        value = line.get(name, math.nan)
        if not math.isfinite(value):
            continue
        kept, weight = smoothing * kept + (1 - smoothing) * value, smoothing * weight + 1 - smoothing
        points.append((int(line["step"]), kept / weight))
    stride = -(-len(points) // MOST_POINTS) or 1
    thinned = points[::stride]
    return thinned + points[-1:] if points and thinned[-1] != points[-1] else thinned


def sheets_of(run: Path) -> dict[int, Path]:
    """The run's sheets of sample pictures by step, oldest first."""
    try:
        found = [(SHEET.fullmatch(path.name), path) for path in (run / "sheets").iterdir()]
    except OSError:
        return {}
    return dict(sorted((int(name[1]), path) for name, path in found if name and not path.is_symlink()))


def in_words(seconds: float) -> str:
    """A length of time as a person says it: 45 s, 12 min, 3 h 20 min, 2 days 4 h."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min"
    return f"{hours // 24} days {hours % 24} h"
