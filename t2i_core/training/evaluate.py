"""How good a picture model is: its pictures of held-out items beside the real ones.

Every number of a model stands beside what real pictures reach, because neither the classifiers nor a Fréchet distance
of some thousand pictures are perfect on real ones either.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from t2i_core.data.domains import find_domain
from t2i_core.data.training_set import Examples, load_examples
from t2i_core.errors import DataError, InputError
from t2i_core.generate.matcher import Matcher
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import MAX_PROMPT, MAX_SEED, GenerateRequest
from t2i_core.generate.sampler import Progress
from t2i_core.images import atomic_write, contact_sheet, png_bytes
from t2i_core.training.evaluation import Copies, Evaluation, Floor, Judged
from t2i_core.training.features import Pixels, Vectors, as_images, as_pixels
from t2i_core.training.matching_report import Share, label_of, r_precision
from t2i_core.training.metrics import Nearest, frechet_distance, kernel_distance, nearest, overlap
from t2i_core.training.score import Encoder, Judge, Labels, labels_of, make_judge, some
from t2i_core.weights import list_models

USUAL_COUNT = 2000
MATCHED = 500  # pictures whose texts are looked for
SHOWN = 24  # pairs on a sheet: these closest ones, and as many others


def evaluate_pictures(
    model: str | Path,
    data: Sequence[Path],
    *,
    cache: Path,
    out: Path,
    count: int | None = None,
    seed: int = 0,
    encoder: Encoder | None = None,
    on_step: Progress | None = None,
) -> Evaluation:
    """Draws `count` held-out items twice and judges the pictures. The same seed gives the same numbers.

    count: without it 2,000, or as many as there are
    data: parquet files, those the model was trained on
    cache: folder for prepared examples, features and classifiers, which take ten minutes the first time
    out: folder for `made-*.png` and `nearest-*.png`; the second kind shows training pictures beside generated ones
    Raises InputError for a count the held-out items do not give, WeightsError and DataError for what is missing.
    """
    started = time.perf_counter()
    pipe = TextToImage.from_pretrained(model)
    domain = find_domain(pipe.domain)
    held_out, training = (
        load_examples(domain, data, held_out=h, size=pipe.image_size, cache=cache) for h in (True, False)
    )
    items = _chosen(held_out, count, seed)
    count = len(items)
    judge = make_judge(training, cache, encoder)
    real = judge.encoder(items.images)
    matcher = find_matcher(pipe.domain)
    trial = _Trial(judge, matcher, training, items, real, nearest(real, judge.training), out)
    asked = {way: [ask(items, row, pipe, seed) for row in range(count)] for way, ask in WAYS.items()}
    judged = {
        way: trial.judge(way, draw(pipe, requests, _half(on_step, half)), _labels(items, requests, pipe))
        for half, (way, requests) in enumerate(asked.items())
    }
    sampling = pipe.sampling_of(asked["title"][0])
    return Evaluation(
        model=pipe.name,
        count=count,
        seed=seed,
        num_steps=sampling.num_steps,
        guidance=sampling.guidance,
        features=judge.encoder.key,
        training_pictures=len(training),
        floor=_floor(real, judge.training, seed, trial.matched(np.asarray(items.images))),
        **judged,
        measures=list(domain.measures),
        sheets=[str(out / f"{kind}-{way}.png") for way in WAYS for kind in ("made", "nearest")],
        seconds=time.perf_counter() - started,
    )


def everything_known(items: Examples, row: int, pipe: TextToImage, seed: int) -> GenerateRequest:
    """A request with the item's title, its labels, and what was measured on its picture."""
    attributes = items.attributes(row, pipe.space)
    return GenerateRequest(items.items[row].title[:MAX_PROMPT], attributes, seed=_seed(seed, row))


def title_alone(items: Examples, row: int, pipe: TextToImage, seed: int) -> GenerateRequest:
    """A request as a user types it: the parser finds the attributes, and nothing is known of the picture."""
    return GenerateRequest(items.items[row].title[:MAX_PROMPT], seed=_seed(seed, row))


WAYS: dict[str, Callable[[Examples, int, TextToImage, int], GenerateRequest]] = {
    "everything": everything_known,
    "title": title_alone,
}


def draw(pipe: TextToImage, requests: Sequence[GenerateRequest], on_step: Progress | None = None) -> Pixels:
    """The requests' pictures as uint8 [N, 3, H, W]."""
    return as_pixels([picture.image for picture in pipe.generate_many(requests, on_step)])


@dataclass(frozen=True)
class _Trial:
    """What both ways of asking are judged against. real: features of the items' own pictures."""

    judge_: Judge
    matcher: Matcher | None
    training: Examples
    items: Examples
    real: Vectors
    real_nearest: Nearest
    out: Path

    def judge(self, way: str, made: Pixels, labels: Labels) -> Judged:
        """Judges the pictures and lays out their sheets."""
        rows = self.judge_.encoder(made)
        near = nearest(rows, self.judge_.training)
        _write_sheet(self.out / f"made-{way}.png", as_images(made[:64]))
        _write_pairs(self.out / f"nearest-{way}.png", made, self.training.images, near)
        score = self.judge_.score_rows(rows, made, self.real, self.items, labels)
        real_accuracy = self.judge_.accuracies(self.real, labels)
        return Judged(
            score=score,
            overlap=overlap(self.real, rows),
            asked={name: sum(v is not None for v in asked) for name, asked in self.judge_.known(labels).items()},
            real_accuracy=real_accuracy,
            accuracy_ratio={name: score.accuracy[name] / share for name, share in real_accuracy.items() if share},
            copies=_copies(near, self.real_nearest),
            r_precision=self.matched(made),
        )

    def matched(self, pictures: Pixels) -> Share | None:
        """How often the items' own titles are found by pictures of theirs; None without a matcher, or where there are
        too few to choose from."""
        items, domain = self.items.items[:MATCHED], self.items.domain
        if self.matcher is None:
            return None
        try:
            labels = [label_of(item, domain) for item in items]
            return r_precision(self.matcher, pictures[:MATCHED], [item.title for item in items], labels)
        except DataError:
            return None


def _chosen(held_out: Examples, count: int | None, seed: int) -> Examples:
    titled = held_out.taken([row for row, item in enumerate(held_out.items) if item.title])
    count = min(USUAL_COUNT, len(titled)) if count is None else count
    if not 2 <= count <= len(titled):
        raise InputError(f"count must be a whole number from 2 to {len(titled):,}, the held-out items; got {count}.")
    return some(titled, count, seed)


def _labels(items: Examples, requests: Sequence[GenerateRequest], pipe: TextToImage) -> Labels:
    """What the data call each item, where the request asks for that attribute at all."""
    asked = [pipe.resolve(request) for request in requests]
    return {
        name: [label if name in said else None for label, said in zip(column, asked, strict=True)]
        for name, column in labels_of(items).items()
    }


def find_matcher(domain: str) -> Matcher | None:
    """The domain's own matcher, or None where its weights are not here."""
    name = f"damsm-{domain}"
    return Matcher.from_pretrained(name) if name in list_models("damsm") else None


def _floor(real: Vectors, training: Vectors, seed: int, matched: Share | None) -> Floor:
    others = training[np.random.default_rng(seed).permutation(len(training))[: len(real)]]
    return Floor(frechet_distance(real, others), kernel_distance(real, others), overlap(real, others), matched)


def _copies(made: Nearest, real: Nearest) -> Copies:
    limit = float(np.percentile(real.distance, 1))
    return Copies(
        median=float(np.median(made.distance)),
        nearest_percent=float(np.percentile(made.distance, 1)),
        real_median=float(np.median(real.distance)),
        real_nearest_percent=limit,
        closer=float((made.distance < limit).mean()),
    )


def _write_pairs(path: Path, made: Pixels, training: Pixels, near: Nearest) -> None:
    """Generated pictures, each with its nearest training picture on its right: the closest of all first."""
    order = near.distance.argsort()
    rows = [*order[:SHOWN], *np.sort(order[SHOWN:])[:SHOWN]]
    pairs = [image for row in rows for image in as_images(np.stack([made[row], training[near.index[row]]]))]
    lines = -(-len(pairs) // 8)
    labels = ["closest" if line < SHOWN // 4 else "others" for line in range(lines)]
    columns = ["made", "training"] * 4
    _write(path, contact_sheet(pairs, 8, row_labels=labels, column_labels=columns, scale=2))


def _write_sheet(path: Path, images: Sequence[Image.Image]) -> None:
    _write(path, contact_sheet(images, 8, scale=2))


def _write(path: Path, sheet: Image.Image) -> None:
    atomic_write(path, png_bytes(sheet, {}))


def _seed(seed: int, row: int) -> int:
    return (seed + row) % (MAX_SEED + 1)


def _half(on_step: Progress | None, half: int) -> Progress | None:
    return None if on_step is None else lambda done, total: on_step(done + half * total, 2 * total)
