"""The one training loop: budget, schedule, EMA, clipping, checkpoints, metrics and sample sheets for any task.

A task brings a model and the loss of a step. Batches depend on the seed and the step alone, so a run that was
killed goes on exactly where its last checkpoint stood.
"""

import copy
import json
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from accelerate import Accelerator
from PIL import Image
from torch import Tensor, nn

from t2i_core.errors import InputError
from t2i_core.images import atomic_write
from t2i_core.training import machine
from t2i_core.training.checkpoint import (
    Progress,
    best_exam,
    find_checkpoint,
    load_checkpoint,
    save_best,
    save_checkpoint,
)
from t2i_core.training.health import METRICS, diagnose, read_metrics
from t2i_core.training.opponent import Opponent
from t2i_core.training.optimizer import MuonAdamW

GO_ON, STOP, ROLL_BACK = "go on", "stop", "roll back"
MOST_SETBACKS = 3
EXAMS = "exams.jsonl"

Exam = Callable[[nn.Module], float]  # the loss on pictures that a run does not learn from

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoopConfig:
    """How a run is paced. Exactly one of `minutes`, `cpu_minutes` (of one process) and `steps` is its budget."""

    minutes: float | None = None
    cpu_minutes: float | None = None
    steps: int | None = None
    batch: int = 64
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.99)
    muon: float = 1.0  # learning rate of the convolutions under Muon, as a multiple of lr; 0: AdamW for all
    weight_decay: float = 0.01
    warmup: int = 200  # steps
    decay: float = 0.3  # share of the budget, at its end, over which the learning rate falls to `floor`
    floor: float = 0.03
    clip: float = 1.0
    ema: float = 0.999
    bf16: bool | None = None  # None: where the machine is fast at it
    compile: bool = False  # the network, by torch.compile: a minute of waiting, then faster steps on a GPU
    seed: int = 0
    log_every: int = 20
    on_trouble: str = "go on"  # or "stop", or "roll back" to the last healthy checkpoint, at half the learning rate
    checkpoint_minutes: float = 5.0
    sheet_minutes: float = 10.0


class Task(Protocol):
    """What is trained: a model, the loss of one step, and pictures to judge it by."""

    model: nn.Module

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        """The terms of a step's loss; `loss` is the one to minimise. Each of `world` processes takes its share."""

    def sheet(self, model: nn.Module) -> Image.Image:
        """A contact sheet from fixed seeds, so that two sheets of a run can be compared."""


class Budget:
    """Counts what a run may use: wall-clock minutes, processor minutes or steps. Goes on from `spent` seconds."""

    def __init__(self, config: LoopConfig, spent: float) -> None:
        given = [b for b in (config.minutes, config.cpu_minutes, config.steps) if b is not None]
        if len(given) != 1 or not given[0] > 0:
            raise InputError("Give a run one budget above zero: minutes, cpu_minutes or steps.")
        self.config = config
        self._clock: Callable[[], float] = time.process_time if config.cpu_minutes else time.monotonic
        self._start = self._clock() - spent

    @property
    def spent(self) -> float:
        return self._clock() - self._start

    def used(self, step: int) -> float:
        """The share of the budget that is used up, 0..1 and beyond."""
        if self.config.steps:
            return step / self.config.steps
        return self.spent / (60 * (self.config.minutes or self.config.cpu_minutes or math.inf))


def learning_rate(config: LoopConfig, step: int, used: float) -> float:
    """Warm-up, then constant, then a straight fall over the last `decay` of the budget.

    A constant middle lets a run be given more time later without having wasted any.
    """
    warm = min(1.0, (step + 1) / config.warmup) if config.warmup else 1.0
    left = min(1.0, max(0.0, 1 - used) / config.decay) if config.decay else 1.0
    return config.lr * warm * max(config.floor, left)


def train(
    task: Task,
    config: LoopConfig,
    run: Path,
    *,
    resume: bool = False,
    opponent: Opponent | None = None,
    exam: Exam | None = None,
) -> nn.Module:
    """Trains `task.model` in the folder `run` and returns its running average (EMA).

    opponent: the second player of a game, which the task steps inside its loss
    exam: is taken of the average with every checkpoint; the best one so far is kept beside the newest
    Raises InputError where `run` already holds a checkpoint and `resume` was not asked for.
    """
    if config.on_trouble not in (GO_ON, STOP, ROLL_BACK):
        raise InputError(f"on_trouble is “{GO_ON}”, “{STOP}” or “{ROLL_BACK}”, not “{config.on_trouble[:40]}”.")
    found = find_checkpoint(run)
    if found and not resume:
        raise InputError(f"{run} already holds a run. Continue it with --resume, or choose another folder.")
    run.mkdir(parents=True, exist_ok=True)
    accelerator = machine.accelerator(config.bf16, compiled=config.compile)
    torch.backends.cudnn.benchmark = True  # a run's batches are all of one shape
    raw = task.model.to(accelerator.device)
    ema = copy.deepcopy(raw).requires_grad_(False)
    optimizer = MuonAdamW(raw, lr=config.lr, betas=config.betas, weight_decay=config.weight_decay, muon=config.muon)
    if opponent is not None:
        opponent.join(accelerator)
    progress = load_checkpoint(found, raw, ema, optimizer, opponent) if found else Progress()
    model = accelerator.prepare_model(raw)
    budget = Budget(config, progress.spent)
    journal = Journal(run, task, config, accelerator.is_main_process, opponent, exam)
    journal.rewind(progress.step)
    while not _anyone(accelerator, budget.used(progress.step) >= 1):
        if config.on_trouble != GO_ON and _anyone(accelerator, journal.sick):
            setbacks = progress.setbacks + 1
            if found := find_checkpoint(run):
                progress = load_checkpoint(found, raw, ema, optimizer, opponent)
            if found is None or config.on_trouble == STOP or setbacks > MOST_SETBACKS:
                break
            progress.setbacks = setbacks
            journal.rewind(progress.step)
        rate = learning_rate(config, progress.step, budget.used(progress.step)) / 2**progress.setbacks
        optimizer.set_lr(rate)
        if opponent is not None:
            opponent.set_lr(rate)
        terms = task.loss(model, progress.step, accelerator.process_index, accelerator.num_processes)
        accelerator.backward(terms["loss"])
        norm = torch.nn.utils.clip_grad_norm_(raw.parameters(), config.clip)
        if torch.isfinite(norm):
            optimizer.step()
        optimizer.zero_grad()
        progress.step += 1
        progress.spent = budget.spent
        update_average(ema, raw, config.ema, progress.step)
        journal.note(progress, _over_all(accelerator, terms), float(norm), rate)
        journal.keep(progress, raw, ema, optimizer)
    journal.keep(progress, raw, ema, optimizer, finished=True)
    return ema


@torch.no_grad()
def update_average(ema: nn.Module, model: nn.Module, rate: float, step: int) -> None:
    """Moves the running average towards the model; young averages move faster."""
    share = 1 - min(rate, (1 + step) / (10 + step))
    averages: list[Tensor] = list(ema.parameters())
    values: list[Tensor] = list(model.parameters())
    torch._foreach_lerp_(averages, values, share)
    for average, value in zip(ema.buffers(), model.buffers(), strict=True):
        average.copy_(value)  # what a norm measured is an average already


class Journal:
    """Writes what a run did: metrics.jsonl, checkpoints and sheets, each at its own pace. Only rank 0 writes.

    It also watches the run's health, where the recipe wants that: `sick` says that the newest metrics are those of a
    run that will not recover, and of such a run no checkpoint is kept.
    """

    def __init__(
        self,
        run: Path,
        task: Task,
        config: LoopConfig,
        writes: bool,
        opponent: Opponent | None = None,
        exam: Exam | None = None,
    ) -> None:
        self.run, self.task, self.config, self.writes = run, task, config, writes
        self.opponent, self.exam = opponent, exam
        self._sums: dict[str, float] = {}
        self._saved = self._drawn = self._logged = time.monotonic()
        self.sick = False

    def rewind(self, step: int) -> None:
        """Forgets the metrics and exams of steps that are taken anew, and a line that a process was killed in."""
        self.sick = False
        for path in (self.run / METRICS, self.run / EXAMS):
            if self.writes and path.is_file():
                lines = [line for line in path.read_text().splitlines() if _step_of(line) <= step]
                atomic_write(path, "".join(line + "\n" for line in lines).encode())

    def note(self, progress: Progress, terms: dict[str, Tensor], norm: float, lr: float) -> None:
        """Adds a step; every `log_every` steps the means go out as one JSON line."""
        for name, value in {**{k: float(v.detach()) for k, v in terms.items()}, "grad_norm": norm}.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        if progress.step % self.config.log_every or not self.writes:
            return
        now = time.monotonic()
        line: dict[str, float] = {name: total / self.config.log_every for name, total in self._sums.items()}
        line |= {"step": progress.step, "lr": lr, "spent": progress.spent}
        line["images_per_second"] = self.config.log_every * self.config.batch / max(now - self._logged, 1e-9)
        with (self.run / METRICS).open("a") as out:
            out.write(json.dumps(line) + "\n")
        self._sums, self._logged = {}, now
        if self.config.on_trouble != GO_ON:
            self._watch()

    def keep(
        self,
        progress: Progress,
        model: nn.Module,
        ema: nn.Module,
        optimizer: MuonAdamW,
        finished: bool = False,
    ) -> None:
        """Saves a checkpoint and draws a sheet where it is time for them."""
        now = time.monotonic()
        if self.sick:
            return
        if self.writes and (finished or now - self._saved > 60 * self.config.checkpoint_minutes):
            save_checkpoint(self.run, model, ema, optimizer, progress, self.opponent)
            if self.exam is not None:
                self._examine(self.exam, ema, progress)
            self._saved = now
        if self.writes and (finished or now - self._drawn > 60 * self.config.sheet_minutes):
            folder = self.run / "sheets"
            folder.mkdir(exist_ok=True)
            self.task.sheet(ema).save(folder / f"step-{progress.step:07d}.png")
            self._drawn = now

    def _examine(self, exam: Exam, ema: nn.Module, progress: Progress) -> None:
        loss, before = exam(ema), best_exam(self.run)
        with (self.run / EXAMS).open("a") as out:
            out.write(json.dumps({"step": progress.step, "loss": loss}) + "\n")
        if loss < before:
            save_best(self.run, ema, progress, loss)

    def _watch(self) -> None:
        health = diagnose(read_metrics(self.run))
        self.sick = health.state.sick
        if self.sick:
            log.warning("%s (step %d)", health.words, health.step)
            event = {"step": health.step, "state": health.state, "words": health.words, "done": self.config.on_trouble}
            with (self.run / "health.jsonl").open("a") as out:
                out.write(json.dumps(event) + "\n")


def _step_of(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return math.inf


def _over_all(accelerator: Accelerator, terms: dict[str, Tensor]) -> dict[str, Tensor]:
    """The terms of the whole batch: their means over all processes."""
    if accelerator.num_processes == 1:
        return terms
    means = accelerator.reduce(torch.stack([value.detach().float() for value in terms.values()]), "mean")
    return dict(zip(terms, means, strict=True))


def _anyone(accelerator: Accelerator, here: bool) -> bool:
    """Whether it is so in any process; several must agree, or one would wait for the others forever."""
    anywhere = torch.tensor(float(here), device=accelerator.device)
    if accelerator.num_processes > 1:
        anywhere = accelerator.reduce(anywhere, "max")
    return bool(anywhere > 0)
