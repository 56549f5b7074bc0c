"""Finds a model's latent directions by drawing with it, and keeps those that do what they are named after.

No training data is needed. Pictures of many seeds are drawn for the model's most typical requests; how each looks is
regressed on the low-frequency waves of the noise it came from, among pictures of the same request (cf. InterFaceGAN,
arXiv 1907.10786, which does so with the latent of a GAN). Two kinds of unnamed directions come with them: those waves
that change the pictures most (the singular vectors of a regression; cf. SeFa, arXiv 2007.06600), and the principal
components of what requests ask for (cf. GANSpace, arXiv 2004.02546). Each is then judged on seeds it was not found on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from t2i_core.generate.directions import FILE, KEY, Direction, Directions, to_waves
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.generate.sampler import Progress
from t2i_core.images import contact_sheet
from t2i_core.training.latents import (
    WAVES,
    Candidate,
    Sample,
    condition_candidates,
    noise_candidates,
    typical_requests,
)
from t2i_core.training.looks import LEAST_SPREAD, LOOKS, Array, measure_looks
from t2i_core.weights import amend_folder

FITTED, JUDGED = 60, 2  # pictures of each kind
FITTED_FROM, JUDGED_FROM = 1_000_000, 2_000_000  # seeds
MOVES = (-2.0, -1.0, 1.0, 2.0)
LEAST_CORRELATION = 0.5
LEAST_CHANGE = 8.0  # of 255, the mean of all pixels, two in three of them background: less is hard to see on a sheet
MOST_STYLES = 4


@dataclass(frozen=True)
class Verdict:
    """What a candidate did on fresh seeds: correlation and slope of every look, [L], and the change of pixels."""

    correlations: Array
    slopes: Array
    change: float


def find_directions(pipe: TextToImage, *, fitted: int = FITTED, on_step: Progress | None = None) -> Directions:
    """The directions of a model that hold on fresh seeds. The same model gives the same ones.

    fitted: pictures drawn of each kind of request to find them, without a second stage, which adds details and time
    alone. `on_step(done, total)` hears of every batch of work.
    """
    pipe = pipe.unrefined()
    asked = typical_requests(pipe.space)
    sample = _drawn(pipe, asked, fitted, on_step)
    candidates = [*noise_candidates(sample), *condition_candidates(pipe)]
    names = tuple(map(str, range(len(candidates))))
    listed = tuple(Direction(name, one.kind) for name, one in zip(names, candidates, strict=True))
    moved = pipe.along(Directions(listed, tuple(one.vector for one in candidates)))
    verdicts = []
    for place, name in enumerate(names):
        verdicts.append(_judged(moved, asked, name, sample.means))
        if on_step:
            on_step(place + 1, len(names))
    return keep(candidates, verdicts)


def _drawn(pipe: TextToImage, asked: Sequence[GenerateRequest], count: int, on_step: Progress | None) -> Sample:
    waves, looks, small = [], [], []
    for kind, request in enumerate(asked):
        singles = [replace(request, seed=FITTED_FROM + kind * count + place) for place in range(count)]
        waves += [to_waves(pipe.noise(single), WAVES).flatten().numpy() for single in singles]
        images = [picture.image for picture in pipe.generate_many(singles)]
        looks.append(_looks(pipe, images))
        small += [np.asarray(image.resize((16, 16), Image.Resampling.BOX), float).ravel() for image in images]
        if on_step:
            on_step(kind + 1, len(asked))
    kinds = np.repeat(np.arange(len(asked)), count)
    return Sample(np.array(waves, float), np.concatenate(looks), np.array(small), kinds)


def _looks(pipe: TextToImage, images: Sequence[Image.Image]) -> Array:
    """[N, L]. Only models of products on a plain background offer what is measured in such pictures."""
    return np.stack([measure_looks(image, plain=pipe.space.width > 0) for image in images])


def _judged(pipe: TextToImage, asked: Sequence[GenerateRequest], name: str, means: Array) -> Verdict:
    """What a move along one direction of `pipe` does. means: how each kind of request looks where nothing is moved."""
    seeds = range(JUDGED_FROM, JUDGED_FROM + JUDGED)
    kinds = [kind for kind in range(len(asked)) for _ in seeds for _ in MOVES]
    singles = [
        replace(request, seed=seed + JUDGED * kind, moves={name: move})
        for kind, request in enumerate(asked)
        for seed in seeds
        for move in MOVES
    ]
    images = [picture.image for picture in pipe.generate_many(singles)]
    looks = _looks(pipe, images) - means[kinds]
    moves = np.tile(MOVES, len(images) // len(MOVES))
    slopes = moves @ looks / (moves @ moves)
    spread = looks.std(0)
    correlations = slopes * moves.std() / np.where(spread > LEAST_SPREAD, spread, np.inf)
    pixels = np.array([np.asarray(image, float) for image in images])
    change = np.abs(pixels[3 :: len(MOVES)] - pixels[0 :: len(MOVES)]).mean()
    return Verdict(correlations, slopes, float(change))


def keep(candidates: Sequence[Candidate], verdicts: Sequence[Verdict]) -> Directions:
    """The candidates that do what they are named after, best first; then a few that visibly change pictures, as styles.

    A style that moves a look nobody else is named after gets its name; the others say in a note what they also move.
    """
    named: dict[int, tuple[Direction, torch.Tensor]] = {}
    styles: list[tuple[Direction, torch.Tensor]] = []
    for candidate, verdict in sorted(zip(candidates, verdicts, strict=True), key=_strength):
        look = int(np.abs(verdict.correlations).argmax()) if candidate.look is None else candidate.look
        correlation = float(verdict.correlations[look])
        if abs(correlation) >= LEAST_CORRELATION and look not in named:
            named[look] = _named(candidate, look, verdict)
        elif verdict.change >= LEAST_CHANGE and len(styles) < MOST_STYLES:
            styles.append(_style(candidate, f"Style {len(styles) + 1}", look, verdict))
    kept = [*named.values(), *styles]
    return Directions(tuple(direction for direction, _ in kept), tuple(vector for _, vector in kept))


def _strength(pair: tuple[Candidate, Verdict]) -> tuple[bool, float]:
    candidate, verdict = pair
    if candidate.look is None:
        return True, -verdict.change
    return False, -abs(float(verdict.correlations[candidate.look]))


def _named(candidate: Candidate, place: int, verdict: Verdict) -> tuple[Direction, torch.Tensor]:
    look, turn = LOOKS[place], float(np.sign(verdict.correlations[place]))
    correlation, slope = abs(float(verdict.correlations[place])), abs(float(verdict.slopes[place]))
    direction = Direction(
        look.name,
        candidate.kind,
        look.low,
        look.high,
        measured=look.name,
        correlation=round(correlation, 3),
        slope=round(slope, 4),
        change=round(verdict.change, 2),
        note=f"In pictures of other seeds a step of 1 adds {slope:.2g} of {look.name} (correlation {correlation:.2f}).",
    )
    return direction, turn * candidate.vector


def _style(candidate: Candidate, name: str, place: int, verdict: Verdict) -> tuple[Direction, torch.Tensor]:
    correlation = float(verdict.correlations[place])
    note = f"Changes a pixel by {verdict.change:.0f} of 255 on average from -2 to 2."
    if abs(correlation) >= 0.3:
        note += f" Moves {LOOKS[place].name} too (correlation {correlation:.2f})."
    direction = Direction(name, candidate.kind, "one way", "the other", change=round(verdict.change, 2), note=note)
    return direction, candidate.vector


def sheet(pipe: TextToImage, *, kinds: int = 3, scale: int = 1) -> Image.Image:
    """A row of pictures a direction, moved from -2 to 2 in each of a few kinds of request, from one seed each."""
    moves = (-2, -1, 0, 1, 2)
    asked = typical_requests(pipe.space)
    shown = [asked[len(asked) * place // kinds] for place in range(kinds)]
    singles = [
        replace(request, seed=JUDGED_FROM - 1 - place, moves={direction.name: move})
        for direction in pipe.directions
        for place, request in enumerate(shown)
        for move in moves
    ]
    pictures = [picture.image for picture in pipe.generate_many(singles)]
    rows = [direction.name for direction in pipe.directions]
    return contact_sheet(
        pictures,
        len(moves) * kinds,
        row_labels=rows,
        column_labels=[f"{move:+d}" for move in moves] * kinds,
        scale=scale,
    )


def write_directions(path: Path, directions: Directions, out: Path) -> Path:
    """Writes the model of the folder `path` with these directions to `out`, which may be the same folder; gives `out`.

    Everything else stays as it is, the card too. Raises OutputError where that is impossible.
    """
    out = out.resolve()  # a link to a folder keeps leading to it
    amend_folder(path, out, {KEY: directions.to_json()}, {FILE: directions.to_bytes() if len(directions) else None})
    return out
