"""What a run's metrics say of its health, in words.

The rules are those a person applies to loss graphs. Each looks at medians over thirds of the newest lines, because
single lines are noisy: over 60 lines of 20 steps, a flow's loss moves by 2 % from one third to the next by chance.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import median

from t2i_core.errors import InputError

Line = Mapping[str, float]

METRICS = "metrics.jsonl"  # in a run: one line of means every few steps
FEWEST = 12  # lines of metrics before anything but divergence is judged
RECENT = 60  # the newest lines that are judged
EXPLODED = 3.0  # a loss so many times its lowest third's has diverged
CLIMBED, FELL = 1.25, 0.8  # what counts as rising and falling from the first to the last third
BELIEVED = 0.01  # share under which a discriminator that hardly believes a picture leaves minimax no slope
LOST = 0.5  # share of the widest diversity under which pictures have become alike
LITTLE = 0.005  # a loss that fell by less from the second third to the last stands still


class State(StrEnum):
    """How a run does. `sick` ones do not recover by themselves."""

    STARTING = "starting"
    HEALTHY = "healthy"
    PLATEAU = "plateau"
    OVERPOWERED = "discriminator overpowers"
    COLLAPSED = "mode collapse"
    DIVERGED = "diverged"

    @property
    def sick(self) -> bool:
        return self in (State.OVERPOWERED, State.COLLAPSED, State.DIVERGED)


@dataclass(frozen=True)
class Health:
    """A run's state, the step it was judged at, and a sentence that says what is seen and what to do."""

    state: State
    step: int
    words: str


def diagnose(lines: Sequence[Line]) -> Health:
    """The health of a run from its metrics, oldest first: the worst that the newest lines show.

    Read are `loss`, and of adversarial runs `generator`, `discriminator` (losses) and `diversity` (how far the
    pictures of a fixed batch are from one another).
    """
    step = int(lines[-1]["step"]) if lines else 0
    recent = lines[-RECENT:]
    if (found := _diverged(lines)) is not None:
        return Health(State.DIVERGED, step, found)
    if len(recent) < FEWEST:
        return Health(State.STARTING, step, "Too young to judge.")
    for state, rule in ((State.COLLAPSED, _collapsed), (State.OVERPOWERED, _overpowered), (State.PLATEAU, _plateau)):
        if (words := rule(lines if rule is _collapsed else recent)) is not None:
            return Health(state, step, words)
    return Health(State.HEALTHY, step, "Healthy: nothing in the losses asks for attention.")


def read_metrics(run: Path) -> list[Line]:
    """The lines of a run's metrics.jsonl; one that a killed process left unfinished is passed over.

    Raises InputError for a folder without metrics.
    """
    try:
        text = (run / METRICS).read_text()
    except OSError as problem:
        raise InputError(f"{run} holds no metrics.jsonl. Give the folder of a run: t2i train … --out RUN") from problem
    lines = [_parsed(line) for line in text.splitlines()]
    return [line for line in lines if "step" in line]


def _parsed(line: str) -> dict[str, float]:
    try:
        return {name: float(value) for name, value in json.loads(line).items()}
    except (ValueError, AttributeError, TypeError):
        return {}


def _diverged(lines: Sequence[Line]) -> str | None:
    strange = [[name for name, value in line.items() if not math.isfinite(value)] for line in lines[-2:]]
    if len(strange) == 2 and all(strange):  # once may be a single bad batch, whose step the loop leaves out
        what = " and ".join(strange[-1][:2])
        return f"Diverged: {what} at step {lines[-1]['step']:.0f} is no number. Lower the learning rate and go back."
    losses = _column(lines, "loss")
    if len(losses) >= FEWEST and "generator" not in lines[-1]:  # an adversarial loss has no lowest point to leave
        lowest = min(median(part) for part in _thirds(losses[-RECENT:]))
        if median(losses[-3:]) > EXPLODED * lowest > 0:
            return f"Diverged: the loss is {median(losses[-3:]) / lowest:.1f} times what it was. Go back."
    return None


def _collapsed(lines: Sequence[Line]) -> str | None:
    spread = _column(lines, "diversity")
    if len(spread) < FEWEST:
        return None
    widest = max(median(spread[start : start + 4]) for start in range(len(spread) - 3))
    share = median(spread[-4:]) / widest if widest > 0 else 1.0
    if share >= LOST:
        return None
    return f"Mode collapse: a fixed batch is {share:.0%} as diverse as it has been. It draws the same picture for all."


def _overpowered(lines: Sequence[Line]) -> str | None:
    return _unbelieved(_column(lines, "generator")) or _outrun(lines)


def _unbelieved(losses: Sequence[float]) -> str | None:
    """Of a generator that lowers log(1 - D): where D is near 0, the slope is D itself (arXiv 1406.2661)."""
    if len(losses) < FEWEST or max(losses) > 0:
        return None  # no minimax
    believed = 1 - math.exp(median(_thirds(losses)[2]))
    if believed >= BELIEVED:
        return None
    return (
        f"The discriminator overpowers the generator: it takes its pictures for real by {believed:.1%}, where the "
        'minimax loss has no slope to learn from. Go back, and take the modified loss (game.loss = "bce").'
    )


def _outrun(lines: Sequence[Line]) -> str | None:
    ratios = [_ratio(_column(lines, name)) for name in ("generator", "discriminator")]
    if None in ratios:
        return None
    climbed, fell = ratios
    assert climbed is not None
    assert fell is not None
    if climbed < CLIMBED or fell > FELL:
        return None
    return (
        f"The discriminator overpowers the generator: its loss fell to {fell:.0%} while the generator's climbed to "
        f"{climbed:.0%}. Such a run does not recover: go back, and weaken the discriminator."
    )


def _plateau(lines: Sequence[Line]) -> str | None:
    losses = _column(lines, "loss")
    if len(losses) < RECENT or "generator" in lines[-1] or lines[-1].get("lr", 0) < lines[0].get("lr", 0):
        return None  # too few lines, a loss that means nothing, or a rate that is falling already
    _, middle, last = (median(part) for part in _thirds(losses))
    if last < (1 - LITTLE) * middle:
        return None
    return "Standing still: the loss no longer falls at this learning rate. Let the rate fall, or stop."


def _column(lines: Sequence[Line], name: str) -> list[float]:
    return [line[name] for line in lines if name in line]


def _thirds(values: Sequence[float]) -> tuple[Sequence[float], Sequence[float], Sequence[float]]:
    size = len(values) // 3
    return values[:size], values[size : len(values) - size], values[len(values) - size :]


def _ratio(values: Sequence[float]) -> float | None:
    """The last third's median over the first third's; None where there is too little to compare."""
    if len(values) < FEWEST:
        return None
    first, _, last = (median(part) for part in _thirds(values))
    return last / first if first > 0 else None
