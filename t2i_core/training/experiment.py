"""Experiments: the same model trained several times on one budget each, with one switch after the other turned on, and
one report with what came of it."""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from t2i_core.data.domain import find_files
from t2i_core.data.training_set import load_examples
from t2i_core.errors import InputError
from t2i_core.generate.sampler import to_images
from t2i_core.images import atomic_write
from t2i_core.models.dcgan import DcganGenerator, draw_codes, draw_noise
from t2i_core.training.curves import draw_curves
from t2i_core.training.dcgan import DcganRecipe, drawn, read_dcgan_recipe, train_dcgan
from t2i_core.training.features import as_pixels
from t2i_core.training.health import Line, diagnose, read_metrics
from t2i_core.training.loop import LoopConfig
from t2i_core.training.metrics import frechet_distance
from t2i_core.training.score import Encoder, Lite2

JUDGED = 500  # pictures that the Fréchet distance is taken on
RESULT = "result.json"
CURVES = ("generator", "discriminator", "diversity")

# Each adds to the one before.
SHOES: Mapping[str, Mapping[str, Mapping[str, object]]] = {
    "1 as first published": {
        "network": {"spherical": False},
        "game": {"loss": "minimax", "smooth": False, "waits": False, "decay": 0.0},
    },
    "2 spherical noise, modified loss": {"network": {"spherical": True}, "game": {"loss": "bce"}},
    "3 label smoothing, weight decay": {"game": {"smooth": True, "decay": 1e-4}},
    "4 discriminator waits": {"game": {"waits": True}},
}


@dataclass(frozen=True)
class Result:
    """What came of one run. frechet: against held-out pictures, on Lite2 features; waited: share of steps."""

    name: str
    steps: int
    frechet: float
    diversity: float
    generator: float
    discriminator: float
    waited: float
    health: str


def variants(recipe: DcganRecipe) -> dict[str, DcganRecipe]:
    """The four recipes, by name."""
    found, network, game = {}, recipe.network, recipe.game
    for name, changes in SHOES.items():
        network = replace(network, **changes.get("network", {}))  # type: ignore[arg-type]
        game = replace(game, **changes.get("game", {}))  # type: ignore[arg-type]
        found[name] = replace(recipe, name=name, network=network, game=game)
    return found


def run_experiment(
    data: Sequence[Path],
    out: Path,
    *,
    minutes: float | None,
    cache: Path,
    overrides: Sequence[str] = (),
    encoder: Encoder | None = None,
) -> list[Result]:
    """Trains the four, `minutes` of processor time in all (their recipe's without it), and writes the report. What is
    finished in the folder `out` is kept. Raises InputError for a budget that is none."""
    recipe = read_dcgan_recipe("shoes-dcgan", overrides)
    if minutes is not None:
        if not minutes > 0:
            raise InputError("The experiments need a budget above zero minutes.")
        loop = LoopConfig(**{**vars(recipe.loop), "minutes": None, "steps": None, "cpu_minutes": minutes / len(SHOES)})
        recipe = replace(recipe, loop=loop)
    encoder = encoder or Lite2()
    results = []
    for name, variant in variants(recipe).items():
        run = out / name.partition(" ")[0]
        results.append(_finished(run) or _play(variant, data, run, cache, encoder))
    write_report(results, out)
    return results


def _finished(run: Path) -> Result | None:
    try:
        return Result(**json.loads((run / RESULT).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _play(recipe: DcganRecipe, data: Sequence[Path], run: Path, cache: Path, encoder: Encoder) -> Result:
    generator = train_dcgan(recipe, data, run, cache=cache, resume=(run / "run.json").exists())
    lines = read_metrics(run)
    assert isinstance(generator, DcganGenerator)
    result = Result(
        name=recipe.name,
        steps=int(lines[-1]["step"]) if lines else 0,
        frechet=round(distance(generator, recipe, data, cache, encoder), 1),
        diversity=_last(lines, "diversity"),
        generator=_last(lines, "generator"),
        discriminator=_last(lines, "discriminator"),
        waited=round(float(np.mean([line.get("waits", 0.0) for line in lines] or [0.0])), 3),
        health=diagnose(lines).words,
    )
    draw_curves(lines, CURVES).save(run / "curves.png")
    atomic_write(run / RESULT, json.dumps(asdict(result)).encode())
    return result


def distance(
    generator: DcganGenerator, recipe: DcganRecipe, data: Sequence[Path], cache: Path, encoder: Encoder
) -> float:
    """The Fréchet distance of fresh pictures to held-out real ones."""
    files = find_files(recipe.domain.files, data)
    real = load_examples(recipe.domain, files, held_out=True, size=recipe.network.image_size, cache=cache)
    random = torch.Generator().manual_seed(1)
    count = min(JUDGED, len(real))
    noise, codes = draw_noise(recipe.network, count, random), draw_codes(recipe.network, count, random)
    made = as_pixels(to_images(drawn(generator.cpu(), noise, codes)))
    return frechet_distance(encoder(np.asarray(real.images[:count])), encoder(made))


def write_report(results: Sequence[Result], out: Path) -> Path:
    """report.html in the folder `out`, with a sheet and curves of each run."""
    rows = "".join(
        f"<tr><td>{html.escape(one.name)}</td><td>{one.steps:,}</td><td>{one.frechet}</td><td>{one.diversity}</td>"
        f"<td>{one.generator}</td><td>{one.discriminator}</td><td>{one.waited}</td><td>{html.escape(one.health)}</td></tr>"
        for one in results
    )
    sheets = "".join(_section(one, out) for one in results)
    page = PAGE.format(rows=rows, sheets=sheets)
    atomic_write(out / "report.html", page.encode())
    return out / "report.html"


def _section(result: Result, out: Path) -> str:
    folder = result.name.partition(" ")[0]
    sheets = sorted((out / folder / "sheets").glob("step-*.png"))
    pictures = [f"{folder}/sheets/{sheets[-1].name}"] if sheets else []
    pictures += [f"{folder}/curves.png"]
    images = "".join(f'<p><img src="{source}" alt="{html.escape(result.name)}"></p>' for source in pictures)
    return f"<h2>{html.escape(result.name)}</h2>{images}"


def _last(lines: Sequence[Line], name: str) -> float:
    """The mean of the last lines."""
    found = [line[name] for line in lines[-5:] if name in line]
    return round(float(np.mean(found)), 3) if found else float("nan")


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>DCGAN on shoes: four experiments</title>
<style>body{{font-family:sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}}img{{max-width:100%}}
td,th{{padding:.3rem .6rem;text-align:left;border-bottom:1px solid #ddd;vertical-align:top}}</style></head><body>
<h1>DCGAN on shoes: four experiments on equal budgets</h1>
<p>Each adds to the one before. FD: Fréchet distance of fresh pictures to held-out ones, lower is better.
Losses and diversity: means of the last lines of the run's metrics.</p>
<table><tr><th>experiment</th><th>steps</th><th>FD</th><th>diversity</th><th>G loss</th><th>D loss</th><th>waited</th>
<th>health</th></tr>{rows}</table>{sheets}</body></html>
"""
