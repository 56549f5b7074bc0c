"""How fast a model draws and how much memory it takes, measured in a process that does nothing else."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import torch

from t2i_core.errors import InputError, T2IError
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.generate.variations import vary

PROMPT = "Nike Men Red Running Shoes"
BATCH = 16
SIDE = 5  # of the grid
MAX_REPEATS = 1000


@dataclass(frozen=True)
class GenerateBench:
    """What one process measured. Times in seconds, memory in MB (a million bytes)."""

    model: str
    image_size: int
    num_steps: int
    guidance: float
    threads: int
    repeats: int
    load_seconds: float  # imports left out, weights read and verified
    one_p50: float
    one_p95: float
    pictures_per_second: float  # in batches of 16
    grid_seconds: float  # 5 x 5
    loaded_memory: float  # resident once the model is loaded, before it draws
    peak_memory: float

    def __str__(self) -> str:
        return "\n".join(
            (
                f"{self.model}: {self.image_size} px, {self.num_steps} steps, guidance {self.guidance:g}, "
                f"{self.threads} threads",
                f"  load              {self.load_seconds:8.2f} s",
                f"  one picture, p50  {self.one_p50:8.3f} s",
                f"  one picture, p95  {self.one_p95:8.3f} s   ({self.repeats} pictures)",
                f"  batch of {BATCH}       {self.pictures_per_second:8.1f} pictures/s",
                f"  {SIDE}x{SIDE} grid          {self.grid_seconds:8.2f} s",
                f"  memory, loaded    {self.loaded_memory:8.0f} MB",
                f"  memory, peak      {self.peak_memory:8.0f} MB",
            )
        )


def bench_generate(model: str, *, repeats: int = 20) -> GenerateBench:
    """Measures a model in a fresh Python process, so that the memory is its own.

    Raises InputError for a number of repeats out of range, and the process's own message where it fails.
    """
    if not 1 <= repeats <= MAX_REPEATS:
        raise InputError(f"repeats must be a whole number from 1 to {MAX_REPEATS:,}; got {repeats}.")
    command = [sys.executable, "-m", "t2i_core.generate.bench", model, str(repeats)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode == 2:
        raise T2IError(done.stderr.strip().splitlines()[-1])
    if done.returncode:
        raise RuntimeError(f"the measuring process ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return GenerateBench(**json.loads(done.stdout.splitlines()[-1]))


def measure_generate(model: str, repeats: int) -> GenerateBench:
    """The same in this process; its memory is then that of everything the process has done."""
    started = time.perf_counter()
    pipe = TextToImage.from_pretrained(model)
    load_seconds = time.perf_counter() - started
    loaded_memory = resident_memory()
    request = GenerateRequest(prompt=PROMPT, model=pipe.name)
    pipe.generate(request)  # the first picture pays for torch's own preparations
    singles = [_seconds(partial(pipe.generate, GenerateRequest(PROMPT, seed=seed))) for seed in range(repeats)]
    batches = [_seconds(partial(pipe.generate, GenerateRequest(PROMPT, count=BATCH))) for _ in range(3)]
    sampling = pipe.sampling_of(request)
    return GenerateBench(
        model=model,
        image_size=pipe.image_size,
        num_steps=sampling.num_steps,
        guidance=sampling.guidance,
        threads=torch.get_num_threads(),
        repeats=repeats,
        load_seconds=load_seconds,
        one_p50=float(np.percentile(singles, 50)),
        one_p95=float(np.percentile(singles, 95)),
        pictures_per_second=BATCH / float(np.median(batches)),
        grid_seconds=_seconds(partial(_grid, pipe, request)),
        loaded_memory=loaded_memory,
        peak_memory=peak_memory(),
    )


def resident_memory() -> float:
    """MB this process holds now; the most it has held where the system does not tell."""
    return _status("VmRSS") or _most_resident()


def peak_memory() -> float:
    """The most MB this process has held at once."""
    # Linux's ru_maxrss survives exec: a process started by a large one would inherit that one's peak.
    return _status("VmHWM") or _most_resident()


def _status(field: str) -> float | None:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:  # not Linux
        return None
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(field)), None)


def _most_resident() -> float:
    import resource  # absent on Windows, where Linux's /proc is too: there is no number to give

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


def _grid(pipe: TextToImage, request: GenerateRequest) -> None:
    rows, columns = pipe.space.choices[:2]
    sides = [(choice.name, list(islice(cycle(choice.values), SIDE))) for choice in (rows, columns)]
    vary(pipe, request, sides[0], sides[1]).sheet()


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main(model: str, repeats: str) -> int:
    """The measuring process: one line of JSON, or one line that says what was wrong and exit code 2."""
    try:
        print(json.dumps(asdict(measure_generate(model, int(repeats)))))
    except T2IError as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
