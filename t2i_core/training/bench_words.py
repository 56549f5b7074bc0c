"""A training benchmark in words and figures: a machine's table, several machines side by side, and what slows it."""

from collections.abc import Sequence
from itertools import pairwise

from t2i_core.training.bench import MADE_UP, PARTS, Point, TrainingBench

SLOWED = 0.5  # share of a step from which on the data are the bottleneck
FELT = 0.15  # ... from which on they are worth a look
ENOUGH = 1.05  # a batch twice as large that gains less is not worth its memory
GOOD_SCALING = 0.7  # of the ideal


def heading(bench: TrainingBench) -> str:
    """The machine and what it trained, on one line."""
    pictures = "made-up pictures" if bench.data == MADE_UP else f"pictures of {bench.data}"
    cores = f" ({bench.cores} cores)" if bench.device == "cpu" else ""
    return f"{bench.recipe} on {bench.machine}{cores}, {pictures} of {bench.image_size} px"


def table(bench: TrainingBench) -> str:
    """Images a second and the shares of a step, a line a point."""
    lines = [heading(bench), "  processes   batch   images/s    data  forward  backward  optimizer    memory"]
    for point in sorted(bench.points, key=lambda one: (one.processes, one.batch)):
        lines.append(f"  {point.processes:9d} {point.batch:7d} " + _figures(point))
    return "\n".join(lines)


def _figures(point: Point) -> str:
    if not point.fits:
        return "  did not fit into the memory"
    shares = "".join(f"{point.share(part):>{width}.0%}" for part, width in zip(PARTS, (8, 9, 10, 11), strict=True))
    return f"{point.speed:10.1f}{shares}" + (f"{point.memory:7.0f} MB" if point.memory is not None else "         –")


def side_by_side(benches: Sequence[TrainingBench]) -> str:
    """Images a second of several machines: a line a batch size, a column for each number of processes."""
    columns = [(bench, count) for bench in benches for count in sorted({p.processes for p in bench.points})]
    batches = sorted({point.batch for bench in benches for point in bench.points})
    names = [series(bench, count) for bench, count in columns]
    lines = ["images/s  " + " ".join(f"{name:>{len(name) + 2}}" for name in names)]
    for batch in batches:
        speeds = [next((p.speed for p in bench.of(count) if p.batch == batch), 0.0) for bench, count in columns]
        cells = [f"{speed:.1f}" if speed else "–" for speed in speeds]
        joined = " ".join(f"{c:>{len(name) + 2}}" for c, name in zip(cells, names, strict=True))
        lines.append(f"batch {batch:<4d}{joined}")
    return "\n".join(lines)


def series(bench: TrainingBench, count: int) -> str:
    """What a line of the chart is called: the machine and how many processes."""
    return f"{bench.machine}, {count} process{'es' * (count > 1)}"


def verdict(bench: TrainingBench) -> str:
    """What limits this machine, the best setting, and what more processes and larger batches bring."""
    if not bench.best.speed:
        return "No batch fitted into the memory: try smaller ones."
    return " ".join(
        part for part in (_bottleneck(bench.best), _fastest(bench), _batches(bench), _scaling(bench)) if part
    )


def _bottleneck(point: Point) -> str:
    share = point.share("data")
    if share >= SLOWED:
        return f"Data loading is the bottleneck: {share:.0%} of a step waits for the batch."
    dominant = max(PARTS[1:], key=point.share)
    words = f"The model is the bottleneck: its {_names(dominant)} takes {point.share(dominant):.0%} of a step"
    if share >= FELT:
        return f"{words}, but {share:.0%} waits for the batch, and faster data loading would gain that."
    return f"{words}, and data loading {share:.0%}."


def _names(part: str) -> str:
    return {"forward": "forward pass", "backward": "backward pass", "optimizer": "optimizer"}[part]


def _fastest(bench: TrainingBench) -> str:
    best = bench.best
    count = f"{best.processes} process{'es' * (best.processes > 1)}"
    return f"Fastest: {best.speed:.0f} images/s with {count} and batches of {best.batch}."


def _batches(bench: TrainingBench) -> str:
    """From which batch size on a larger one gains little."""
    fitting = [point for point in bench.of(bench.best.processes) if point.fits]
    for smaller, larger in pairwise(fitting):
        if larger.speed < ENOUGH * smaller.speed and smaller is not fitting[-1]:
            return f"Batches above {smaller.batch} gain less than {ENOUGH - 1:.0%}."
    return ""


def _scaling(bench: TrainingBench) -> str:
    """What several processes bring over one, at their own best batch."""
    one = max((point.speed for point in bench.of(1)), default=0.0)
    most = max(point.processes for point in bench.points)
    many = max((point.speed for point in bench.of(most)), default=0.0)
    if most == 1 or not one or not many:
        return ""
    gain = many / one
    if gain < 1:
        return f"{most} processes are slower than one here ({gain:.2f} times as fast): leave it at one."
    judged = (
        "" if bench.device == "cpu" or gain >= GOOD_SCALING * most else ": the exchange of gradients costs the rest"
    )
    return f"{most} processes train {gain:.2f} times as fast as one{judged}."
