"""How near a model's one-step pictures come to those of its flow, on the same requests and seeds."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from t2i_core.data.domains import find_domain
from t2i_core.data.training_set import load_examples
from t2i_core.errors import InputError, WeightsError
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.sampler import Progress
from t2i_core.images import atomic_write, contact_sheet, jpeg_bytes
from t2i_core.training.evaluate import draw, title_alone
from t2i_core.training.features import Pixels, as_images
from t2i_core.training.metrics import Overlap, frechet_distance, overlap
from t2i_core.training.score import Encoder, Score, make_judge, some

USUAL_COUNT = 500
TIMED = 20
COLUMNS, ROWS = 12, 3  # of pairs on the sheet
GOAL = 1.5  # times the flow's Fréchet distance


@dataclass(frozen=True)
class Way:
    """One way of drawing. milliseconds: a picture alone, the median of TIMED; passes: of the network, for one."""

    score: Score
    overlap: Overlap
    milliseconds: float
    passes: int

    def __str__(self) -> str:
        near = f"precision {self.overlap.precision:.2f}  recall {self.overlap.recall:.2f}"
        return f"{self.score}  {near}  {self.milliseconds:.0f} ms a picture ({self.passes} passes)"


@dataclass(frozen=True)
class InstantReport:
    """Both ways, asked by titles alone. likeness: mean absolute difference of a pixel between the two, of 255, and
    between the flow's pictures of different requests, beside it."""

    model: str
    real: float
    flow: Way
    instant: Way
    ratio: float
    likeness: float
    unlike: float
    sheet: str

    def __str__(self) -> str:
        lines = (
            f"{self.model}: asked by titles of held-out items; real pictures among themselves: FD {self.real:.1f}",
            f"  flow     {self.flow}",
            f"  instant  {self.instant}",
            f"  FD {self.ratio:.2f} times the flow's (goal {GOAL}); a pixel differs by {self.likeness:.0f} of 255 from"
            f" the flow's picture of the same request and seed, by {self.unlike:.0f} from that of another",
            f"  sheet: {self.sheet}",
        )
        return "\n".join(lines)


def evaluate_instant(
    model: str | Path,
    data: Sequence[Path],
    *,
    cache: Path,
    out: Path,
    count: int | None = None,
    seed: int = 0,
    encoder: Encoder | None = None,
    on_step: Progress | None = None,
) -> InstantReport:
    """Draws `count` held-out items both ways, without later stages. The same seed gives the same numbers.

    out: folder for `instant-MODEL.jpg`: rows of the flow's pictures, under each the one-step pictures of the same

    Raises WeightsError for a model without an instant generator, InputError for a count that makes no sense.
    """
    pipe = TextToImage.from_pretrained(model).unrefined()
    if not pipe.is_instant:
        raise WeightsError(f"{pipe.name} has no instant generator. Train one: t2i train instant-{pipe.domain}")
    domain = find_domain(pipe.domain)
    held_out, training = (
        load_examples(domain, data, held_out=h, size=pipe.image_size, cache=cache) for h in (True, False)
    )
    if count is not None and not 2 <= count <= len(held_out):
        raise InputError(f"count must be a whole number from 2 to {len(held_out):,}, the held-out items; got {count}.")
    items = some(held_out, count or USUAL_COUNT, seed)
    judge = make_judge(training, cache, encoder)
    real = judge.encoder(items.images)
    asked = [title_alone(items, row, pipe, seed) for row in range(len(items))]
    pictures, ways = [], []
    for steps in (pipe.sampling.num_steps, 1):
        requests = [replace(request, num_steps=steps) for request in asked]
        made = draw(pipe, requests, on_step)
        rows = judge.encoder(made)
        score = judge.score_rows(rows, made, real, items)
        passes = steps if steps == 1 or pipe.sampling.guidance == 1 else 2 * steps
        ways.append(Way(score, overlap(real, rows), milliseconds(partial(pipe.generate, requests[0])), passes))
        pictures.append(made)
    flow, instant = ways
    sheet = out / f"instant-{pipe.name}.jpg"
    atomic_write(sheet, jpeg_bytes(_sheet(*pictures)))
    others = judge.training[np.random.default_rng(seed).permutation(len(judge.training))[: len(real)]]
    return InstantReport(
        model=pipe.name,
        real=frechet_distance(real, others),
        flow=flow,
        instant=instant,
        ratio=instant.score.frechet / flow.score.frechet,
        likeness=_apart(pictures[0], pictures[1]),
        unlike=_apart(pictures[0], np.roll(pictures[0], 1, axis=0)),
        sheet=str(sheet),
    )


def _apart(one: Pixels, other: Pixels) -> float:
    """The mean absolute difference of pixels, of 255."""
    return float(np.abs(one.astype(np.int16) - other).mean())


def _sheet(flow: Pixels, instant: Pixels) -> Image.Image:
    """The first pictures in pairs of rows, the flow's above."""
    rows, labels = [], []
    for start in range(0, min(len(flow), COLUMNS * ROWS), COLUMNS):
        part = slice(start, start + COLUMNS)
        rows += [as_images(flow[part]), as_images(instant[part])]
        labels += ["all steps", "one step"]
    shown = [image for row in rows if len(row) == len(rows[0]) for image in row]
    return contact_sheet(shown, len(rows[0]), row_labels=labels[: len(shown) // len(rows[0])])


def milliseconds(draw_one: Callable[[], object], times: int = TIMED) -> float:
    """How long drawing one picture takes: the median of `times`, the first time left out."""
    taken = []
    for _ in range(times + 1):
        started = time.perf_counter()
        draw_one()
        taken.append(time.perf_counter() - started)
    return 1000 * float(np.median(taken[1:]))
