"""The measuring process of `bench`: takes real training steps and times their parts. Its first rank prints the results,
one JSON object a line."""

import copy
import gc
import json
import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from typing import Any

import torch
from torch import Tensor, nn

from t2i_core.errors import T2IError
from t2i_core.jobs.launch import leave
from t2i_core.training.bench import PARTS, Point, cores
from t2i_core.training.bench_task import tasks_of
from t2i_core.training.loop import LoopConfig, Task, update_average
from t2i_core.training.machine import accelerator
from t2i_core.training.optimizer import MuonAdamW

WARM_UP = 3  # steps that pay for the libraries' own preparations
FEWEST, MOST = 3, 400  # timed steps


class Stepper:
    """Takes training steps as the loop does, and says how long each part took."""

    def __init__(self, network: nn.Module, loop: LoopConfig) -> None:
        self.accelerator = accelerator(loop.bf16)
        self.loop = loop
        self.raw = network.to(self.accelerator.device)
        self.ema = copy.deepcopy(self.raw).requires_grad_(False)
        self.optimizer = MuonAdamW(self.raw, lr=1e-6, betas=loop.betas, weight_decay=loop.weight_decay, muon=loop.muon)
        self.model = self.accelerator.prepare_model(self.raw)
        self._entered = 0.0
        self.model.register_forward_pre_hook(self._enter)

    def _enter(self, module: nn.Module, given: tuple[Tensor, ...]) -> None:
        """Called when a task has its batch and hands it to the network."""
        self._entered = self._now()

    def _now(self) -> float:
        kind = self.accelerator.device.type
        if kind != "cpu":
            torch.get_device_module(kind).synchronize()  # work is only queued there
        return time.perf_counter()

    def step(self, task: Task, number: int) -> tuple[float, float, float, float]:
        """Seconds for the data, forward, backward and the optimizer."""
        started = self._now()
        loss = task.loss(self.model, number, self.accelerator.process_index, self.accelerator.num_processes)["loss"]
        forward = self._now()
        self.accelerator.backward(loss)
        backward = self._now()
        torch.nn.utils.clip_grad_norm_(self.raw.parameters(), self.loop.clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        update_average(self.ema, self.raw, self.loop.ema, number)
        return self._entered - started, forward - self._entered, backward - forward, self._now() - backward


def measure(stepper: Stepper, task: Task, batch: int, seconds: float) -> Point:
    """A point: `seconds` of steps, after some that warm up. All processes take the same number of steps."""
    accelerator = stepper.accelerator
    cuda = accelerator.device.type == "cuda"
    if cuda:
        torch.cuda.reset_peak_memory_stats()
    warm = [sum(stepper.step(task, number)) for number in range(WARM_UP)]
    wanted = torch.tensor(seconds / max(min(warm), 1e-6), device=accelerator.device)
    steps = max(FEWEST, min(MOST, int(accelerator.reduce(wanted, "mean"))))
    timed = [stepper.step(task, WARM_UP + number) for number in range(steps)]
    parts = dict(zip(PARTS, (sum(part) / steps for part in zip(*timed, strict=True)), strict=True))
    memory = torch.cuda.max_memory_allocated() / 1e6 if cuda else None
    return Point(accelerator.num_processes, batch, steps, memory=memory, **parts)


def points(asked: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """What was asked for: first the facts of this machine, then a point a batch size."""
    data = [Path(path) for path in asked["data"]]
    torch.manual_seed(0)
    task_of, network, loop, side = tasks_of(asked["recipe"], asked["overrides"], data, Path(asked["cache"]))
    stepper = Stepper(network, loop)
    device = stepper.accelerator.device.type
    yield {"machine": machine(device), "cores": cores(), "device": device, "image_size": side}
    for batch in asked["batches"]:
        try:
            yield asdict(measure(stepper, task_of(batch), batch, asked["seconds"]))
        except torch.OutOfMemoryError:
            stepper.optimizer.zero_grad()
            gc.collect()
            torch.cuda.empty_cache()
            yield asdict(Point(stepper.accelerator.num_processes, batch, fits=False))
            if stepper.accelerator.num_processes > 1:
                return  # the others wait for this one's gradients: nothing more can be measured together


def machine(device: str) -> str:
    """What a person would call this machine's processor, or its graphics cards."""
    if device == "cuda":
        return f"{torch.cuda.device_count()} x {torch.cuda.get_device_name()}"
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not Linux
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def _end_with_the_asker() -> None:
    """Ends this process when the one that asked for it is gone, however that happened."""
    while os.read(0, 4096):
        pass
    os._exit(1)


@contextmanager
def _told(rank: str) -> Iterator[None]:
    """A failure that the user can mend goes out as a line of its own."""
    try:
        yield
    except T2IError as problem:
        if rank == "0":
            print(json.dumps({"problem": str(problem)}), flush=True)


def main(asked: str) -> None:
    Thread(target=_end_with_the_asker, daemon=True).start()
    rank = os.environ.get("RANK", "0")
    with _told(rank):
        for line in points(json.loads(asked)):
            if rank == "0":
                print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
    leave(0)
