"""How fast a long batch is checked, and whether its memory stays flat: what `t2i bench check` prints."""

import io
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from t2i_core.abuse.batch import run_batch
from t2i_core.abuse.check import AbuseChecker
from t2i_core.errors import InputError
from t2i_core.generate.bench import peak_memory, resident_memory

EARLY = 0.1  # of the batch is judged when memory is measured first: by then everything is loaded
MOST = 100_000
TITLES = ("Navy Blue Shirt", "Women Red Handbag", "Men Black Sports Shoes", "")


@dataclass(frozen=True)
class CheckBench:
    """A batch of drawn pictures. Memory in MB (a million bytes)."""

    count: int
    side: int
    read: bool
    workers: int
    pictures_per_second: float
    processor_seconds: float  # a picture, on all cores together
    early_memory: float
    final_memory: float
    peak_memory: float

    def __str__(self) -> str:
        how = "with reading" if self.read else "without reading"
        return "\n".join(
            (
                f"{self.count:,} drawn pictures of {self.side} px, {self.workers} at once, {how}",
                f"  pictures a second            {self.pictures_per_second:8.1f}",
                f"  processor seconds a picture  {self.processor_seconds:8.3f}",
                f"  memory after a tenth         {self.early_memory:8.0f} MB",
                f"  memory at the end            {self.final_memory:8.0f} MB",
                f"  memory, peak                 {self.peak_memory:8.0f} MB",
            )
        )


@dataclass(frozen=True)
class DrawnItem:
    """One picture of the batch, drawn when it is read: the batch itself takes no room."""

    number: int
    side: int

    @property
    def name(self) -> str:
        return f"{self.number:06}.jpg"

    @property
    def title(self) -> str:
        return TITLES[self.number % len(TITLES)]

    @property
    def stamp(self) -> str:
        return str(self.number)

    def read(self) -> bytes:
        """Something mottled on white, of another shape and colour each time."""
        random = np.random.default_rng(self.number)
        light = Image.fromarray(random.integers(20, 230, (6, 6, 3), dtype=np.uint8))
        width, height = (int(share * self.side) for share in random.uniform(0.5, 0.95, 2))
        canvas = Image.new("RGB", (self.side, self.side), "white")
        canvas.paste(light.resize((width, height), Image.Resampling.BICUBIC), (int(0.02 * self.side),) * 2)
        buffer = io.BytesIO()
        canvas.save(buffer, "JPEG", quality=92)
        return buffer.getvalue()


def bench_check(*, count: int = 5000, side: int = 1000, read: bool = False, workers: int = 2) -> CheckBench:
    """Checks `count` pictures as one batch in this process. Raises InputError for numbers out of range."""
    if not 10 <= count <= MOST or not 32 <= side <= 10_000 or not 1 <= workers <= 64:
        raise InputError(f"Give a count from 10 to {MOST:,}, a side from 32 to 10,000 and 1 to 64 workers.")
    checker = AbuseChecker.from_pretrained("amazon", read=read)
    memory: list[float] = []

    def watch(done: int, total: int) -> None:
        if done == round(EARLY * total):
            memory.append(resident_memory())

    drawing = _drawing_seconds(side)
    with tempfile.TemporaryDirectory() as folder:
        clock, processor = time.perf_counter(), time.process_time()
        file = Path(folder) / "results.jsonl"
        run_batch(checker, _items(count, side), file, total=count, workers=workers, on_step=watch)
        clock, processor = time.perf_counter() - clock, time.process_time() - processor
    drawn = drawing * count  # is no part of the check
    return CheckBench(
        count=count,
        side=side,
        read=read,
        workers=workers,
        pictures_per_second=round(count / max(clock * (1 - drawn / max(processor, drawn)), 1e-9), 2),
        processor_seconds=round((processor - drawn) / count, 4),
        early_memory=memory[0],
        final_memory=resident_memory(),
        peak_memory=peak_memory(),
    )


def _items(count: int, side: int) -> Iterator[DrawnItem]:
    return (DrawnItem(number, side) for number in range(count))


def _drawing_seconds(side: int, times: int = 8) -> float:
    """Processor seconds that drawing one picture of the batch takes."""
    took: list[float] = []
    for item in _items(times, side):
        started = time.process_time()
        item.read()
        took.append(time.process_time() - started)
    return float(np.median(took))
