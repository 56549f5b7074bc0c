"""Experiments: runs on equal budgets that differ in one thing, and one report with what came of them."""

import html
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from torch import nn

from t2i_core.images import atomic_write
from t2i_core.training.curves import side_by_side
from t2i_core.training.features import as_pixels
from t2i_core.training.health import Line, diagnose, read_metrics
from t2i_core.training.metrics import frechet_distance
from t2i_core.training.score import Encoder, Lite2, some
from t2i_core.training.trials import Trial

JUDGED = 500  # pictures that the Fréchet distance is taken on, at most
RESULT, CURVES = "result.json", "curves.png"
TOLD = ("generator", "discriminator", "diversity")


@dataclass(frozen=True)
class Result:
    """What came of one run. frechet: of pictures for held-out examples against those, on Lite2 features; losses and
    diversity: means of the last lines of its metrics; waited: share of steps that the discriminator left out."""

    name: str
    steps: int
    frechet: float
    diversity: float
    generator: float
    discriminator: float
    waited: float
    health: str

    def __str__(self) -> str:
        told = f"{self.steps:>6} steps   FD {self.frechet:8.1f}   diversity {self.diversity:.3f}"
        return f"{self.name:<34} {told}   {self.health}"


def run_experiment(trials: Sequence[Trial], out: Path, *, title: str, encoder: Encoder | None = None) -> list[Result]:
    """Trains and judges what is not yet finished in the folder `out`, and writes report.html there."""
    results = []
    for trial in trials:
        run = out / folder_of(trial.name)
        results.append(_finished(run) or _judged(trial, run, encoder or Lite2()))
    write_report(results, out, title)
    return results


def folder_of(name: str) -> str:
    """The folder of a run: its name's first word."""
    return name.partition(" ")[0]


def _short(name: str) -> str:
    """What tells a run from the others of its experiment, short enough for a graph's legend."""
    return folder_of(name).rpartition("-")[2][-12:]


def _finished(run: Path) -> Result | None:
    try:
        return Result(**json.loads((run / RESULT).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _judged(trial: Trial, run: Path, encoder: Encoder) -> Result:
    model = trial.train(run)
    lines = read_metrics(run)
    result = Result(
        name=trial.name,
        steps=int(lines[-1]["step"]) if lines else 0,
        frechet=round(distance(trial, model, encoder), 1),
        diversity=_last(lines, "diversity"),
        generator=_last(lines, "generator"),
        discriminator=_last(lines, "discriminator"),
        waited=round(float(np.mean([line.get("waits", 0.0) for line in lines] or [0.0])), 3),
        health=diagnose(lines).words,
    )
    atomic_write(run / RESULT, json.dumps(asdict(result)).encode())
    return result


def distance(trial: Trial, model: nn.Module, encoder: Encoder) -> float:
    """The Fréchet distance of pictures drawn for held-out examples to those themselves."""
    asked = some(trial.held_out(), JUDGED)
    return frechet_distance(encoder(np.asarray(asked.images)), encoder(as_pixels(trial.draw(model, asked))))


def write_report(results: Sequence[Result], out: Path, title: str) -> Path:
    """report.html in the folder `out`: a table, the runs' curves in one picture, and the last sheet of each."""
    out.mkdir(parents=True, exist_ok=True)
    curves = {one.name: read_metrics(out / folder_of(one.name)) for one in results if _told(out, one)}
    side_by_side({_short(name): lines for name, lines in curves.items()}, TOLD).save(out / CURVES)
    page = PAGE.format(
        title=html.escape(title),
        rows="".join(map(_row, results)),
        curves=CURVES,
        sheets="".join(_section(one, out) for one in results),
    )
    atomic_write(out / "report.html", page.encode())
    return out / "report.html"


def _told(out: Path, result: Result) -> bool:
    return (out / folder_of(result.name) / "metrics.jsonl").is_file()


def _row(one: Result) -> str:
    cells = (one.name, f"{one.steps:,}", one.frechet, one.diversity, one.generator, one.discriminator, one.waited)
    return "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in (*cells, one.health)) + "</tr>"


def _section(result: Result, out: Path) -> str:
    name, folder = html.escape(result.name), folder_of(result.name)
    sheets = sorted((out / folder / "sheets").glob("step-*.png"))
    image = f'<p><img src="{folder}/sheets/{sheets[-1].name}" alt="{name}"></p>' if sheets else ""
    return f"<h2>{name}</h2>{image}"


def _last(lines: Sequence[Line], name: str) -> float:
    """The mean of the last lines."""
    found = [line[name] for line in lines[-5:] if name in line]
    return round(float(np.mean(found)), 3) if found else 0.0


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font-family:sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem}}img{{max-width:100%}}
td,th{{padding:.3rem .6rem;text-align:left;border-bottom:1px solid #ddd;vertical-align:top}}</style></head><body>
<h1>{title}</h1>
<p>All on equal budgets. FD: Fréchet distance of pictures drawn for held-out examples to those, lower is better. Losses
and diversity: means of the last lines of a run's metrics.</p>
<table><tr><th>run</th><th>steps</th><th>FD</th><th>diversity</th><th>G loss</th><th>D loss</th><th>waited</th>
<th>health</th></tr>{rows}</table>
<p><img src="{curves}" alt="losses and diversity of all runs"></p>{sheets}</body></html>
"""
