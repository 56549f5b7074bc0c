"""What a trained InfoGAN's codes do: each slider's pictures are measured, and it is named after what it moves most."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from t2i_core.generate.codes import KIND, MEANINGS, CodePainter, CodeRequest, config_of
from t2i_core.images import contact_sheet, jpeg_bytes
from t2i_core.models.dcgan import DcganGenerator
from t2i_core.models.layers import count_parameters
from t2i_core.training.checkpoint import averaged, progress_of
from t2i_core.training.looks import LEAST_SPREAD, LOOKS, measure_looks
from t2i_core.training.notes import with_notes
from t2i_core.weights import write_folder

SEEDS = 24  # pictures a place of a slider
PLACES = (-1.0, -0.5, 0.0, 0.5, 1.0)
LEAST_CORRELATION = 0.3
SHEET = "sheet.jpg"

CARD = """---
license: other
license_name: research-and-education-only
tags: [image-generation, gan, infogan, dcgan, shoes]
---
# {name}: sliders that the model found by itself

    t2i codes {name} --kind 2 --slider 0.8 --out made

A DCGAN with InfoGAN's codes, {parameters:.2f} million parameters, trained {steps:,} steps ({minutes:.0f} minutes of one
core) on the training pictures of the domain “{domain}”, with no label at all. Beside its noise it was given one of
{kinds} kinds and {sliders} numbers, and its discriminator had to read them back off the pictures.

![Kinds and sliders]({sheet})

Each row: one kind, one slider from -1 to 1, three seeds.

## Measured
What each slider moves most, over {seeds} seeds of every kind (`t2i export RUN --out weights/{name}` measures and writes
it):

{meanings}

## Limits
It is small and was trained for minutes: pictures are softer and less varied than those of the flow of the same domain.
A kind is no category of a shop; it is whatever told pictures apart best.
"""


def export_codes(run: Path, out: Path) -> Path:
    """Writes a run's averaged generator as a model's folder, with what its codes were measured to do. The notes
    of a card that lies in `out` stay."""
    found, tensors = averaged(run)
    told = json.loads((run / "run.json").read_text())
    told["trained"] = progress_of(found)
    network = DcganGenerator(config_of(told["network"]))
    network.load_state_dict(tensors)
    painter = CodePainter(network, name=told["name"])
    told[MEANINGS] = meanings_of(painter)
    card = card_of(painter, told)
    sheet = jpeg_bytes(sheet_of(painter))
    write_folder(out, told, tensors, {**with_notes(card, out), SHEET: sheet})
    return out


def meanings_of(painter: CodePainter) -> list[str]:
    """A sentence a slider."""
    return [_meaning(painter, slider) for slider in range(painter.config.continuous)]


def _meaning(painter: CodePainter, slider: int) -> str:
    kinds = range(1, max(1, painter.config.categories) + 1)
    measured = np.array(
        [
            [[measure_looks(image, plain=True) for image in _drawn(painter, kind, slider, place)] for place in PLACES]
            for kind in kinds
        ]
    )  # [kinds, places, seeds, looks]
    moved = measured - measured.mean(1, keepdims=True)  # of each seed by itself
    places = np.array(PLACES)[None, :, None, None]
    slopes = (places * moved).mean((0, 1, 2)) / np.square(PLACES).mean()
    spread = measured.std((0, 1, 2))
    correlations = slopes * np.std(PLACES) / np.where(spread > LEAST_SPREAD, spread, np.inf)
    strongest = int(np.abs(correlations).argmax())
    look, correlation = LOOKS[strongest], float(correlations[strongest])
    if abs(correlation) < LEAST_CORRELATION:
        return f"changes details; nothing measured follows it (most: {look.name}, correlation {correlation:+.2f})"
    low, high = (look.low, look.high) if correlation > 0 else (look.high, look.low)
    return f"from {low} to {high} (correlation with {look.name} {abs(correlation):.2f})"


def _drawn(painter: CodePainter, kind: int, slider: int, place: float, count: int = SEEDS) -> list[Image.Image]:
    sliders = (0.0,) * slider + (place,)
    return painter.draw(CodeRequest(seed=0, count=count, kind=kind, sliders=sliders))


def sheet_of(painter: CodePainter, seeds: int = 3) -> Image.Image:
    """A row a kind and slider: each slider's places, for a few seeds side by side."""
    images: list[Image.Image] = []
    rows: list[str] = []
    for kind in range(1, max(1, painter.config.categories) + 1):
        for slider in range(max(1, painter.config.continuous)):
            walks = [_drawn(painter, kind, slider, place, seeds) for place in PLACES]  # [places][seeds]
            images += [walk[seed] for seed in range(seeds) for walk in walks]
            rows.append(f"kind {kind}, slider {slider + 1}")
    labels = [f"{place:+g}" for place in PLACES] * seeds
    return contact_sheet(images, len(PLACES) * seeds, row_labels=rows, column_labels=labels)


def card_of(painter: CodePainter, told: dict[str, object]) -> str:
    """README.md of the model."""
    trained = told["trained"]
    assert isinstance(trained, dict)
    lines: Sequence[str] = told[MEANINGS]  # type: ignore[assignment]
    return CARD.format(
        name=painter.name,
        parameters=count_parameters(painter.network) / 1e6,
        steps=trained["step"],
        minutes=trained["spent"] / 60,
        domain=told["domain"],
        kinds=painter.config.categories,
        sliders=painter.config.continuous,
        sheet=SHEET,
        seeds=SEEDS,
        meanings="\n".join(f"- slider {number}: {line}" for number, line in enumerate(lines, 1))
        or "It has no sliders.",
    )


__all__ = ["KIND", "export_codes", "meanings_of", "sheet_of"]
