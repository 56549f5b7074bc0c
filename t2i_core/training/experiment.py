"""Experiments: runs on equal budgets that differ in one thing, and one report with what came of them."""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import nn

from t2i_core.errors import InputError
from t2i_core.images import atomic_write, jpeg_bytes
from t2i_core.training.curves import side_by_side
from t2i_core.training.features import as_pixels
from t2i_core.training.health import METRICS, Line, diagnose, read_metrics
from t2i_core.training.metrics import frechet_distance
from t2i_core.training.score import Encoder, Lite2, some
from t2i_core.training.trials import Trial

JUDGED = 500  # pictures that the Fréchet distance is taken on, at most
RESULT, REAL, CURVES, OVERVIEW = "result.json", "real.json", "curves.png", "overview.jpg"
TOLD = ("generator", "discriminator", "diversity")
REALS = "real training pictures"
STRIP, LEFT = 70, 112  # pixels: of a sheet in the overview, and left of it


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


@dataclass(frozen=True)
class Report:
    """What came of all runs. real: the Fréchet distance that as many training pictures reach."""

    results: Sequence[Result]
    real: float

    def __str__(self) -> str:
        return "\n".join([*map(str, self.results), f"{REALS:<34} {'':>12}   FD {self.real:8.1f}"])


def run_experiment(trials: Sequence[Trial], out: Path, *, title: str, encoder: Encoder | None = None) -> Report:
    """Trains and judges what is not yet finished in the folder `out`, and writes report.html there."""
    results = []
    for trial in trials:
        run = out / folder_of(trial.name)
        results.append(_finished(run) or _judged(trial, run, encoder or Lite2()))
    report = Report(results, _kept_real(out) or _real(trials[0], out, encoder or Lite2()))
    write_report(report, out, title)
    return report


def folder_of(name: str) -> str:
    """The folder of a run: its name's first word."""
    return name.partition(" ")[0]


def _short(name: str) -> str:
    """What tells a run from the others of its experiment, short enough for a graph's legend."""
    return folder_of(name).rpartition("-")[2][-12:]


def _finished(run: Path) -> Result | None:
    try:
        kept = Result(**json.loads((run / RESULT).read_text()))
        return replace(kept, health=diagnose(read_metrics(run)).words)
    except (OSError, ValueError, TypeError, InputError):
        return None


def _kept_real(out: Path) -> float | None:
    try:
        return float(json.loads((out / REAL).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _real(trial: Trial, out: Path, encoder: Encoder) -> float:
    asked = some(trial.held_out(), JUDGED)
    others = some(trial.training(), len(asked))
    found = round(frechet_distance(*(encoder(np.asarray(side.images)) for side in (asked, others))), 1)
    atomic_write(out / REAL, json.dumps(found).encode())
    return found


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


def write_report(report: Report, out: Path, title: str) -> Path:
    """report.html in the folder `out`: a table, the runs' curves in one picture, and the last sheet of each; and
    overview.jpg, the curves above a strip of each sheet."""
    out.mkdir(parents=True, exist_ok=True)
    told = {one.name: read_metrics(out / folder_of(one.name)) for one in report.results if _told(out, one)}
    curves = side_by_side({_short(name): lines for name, lines in told.items()}, TOLD)
    curves.save(out / CURVES)
    strips = {_short(one.name): sheets[-1] for one in report.results if (sheets := _sheets(out, one))}
    atomic_write(out / OVERVIEW, jpeg_bytes(_overview(curves, strips), 70))
    page = PAGE.format(
        title=html.escape(title),
        rows="".join(map(_row, report.results)),
        reals=REALS,
        real=report.real,
        curves=CURVES,
        sheets="".join(_section(one, out) for one in report.results),
    )
    atomic_write(out / "report.html", page.encode())
    return out / "report.html"


def _told(out: Path, result: Result) -> bool:
    return (out / folder_of(result.name) / METRICS).is_file()


def _row(one: Result) -> str:
    cells = (one.name, f"{one.steps:,}", one.frechet, one.diversity, one.generator, one.discriminator, one.waited)
    return "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in (*cells, one.health)) + "</tr>"


def _section(result: Result, out: Path) -> str:
    name, folder, sheets = html.escape(result.name), folder_of(result.name), _sheets(out, result)
    image = f'<p><img src="{folder}/sheets/{sheets[-1].name}" alt="{name}"></p>' if sheets else ""
    return f"<h2>{name}</h2>{image}"


def _sheets(out: Path, result: Result) -> list[Path]:
    """Those of a run, oldest first."""
    return sorted((out / folder_of(result.name) / "sheets").glob("step-*.png"))


def _overview(curves: Image.Image, sheets: Mapping[str, Path]) -> Image.Image:
    """The curves, and below them the top of each run's sheet beside the run's short name."""
    picture = Image.new("RGB", (curves.width, curves.height + STRIP * len(sheets)), "white")
    picture.paste(curves)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    for number, (name, path) in enumerate(sheets.items()):
        top = curves.height + STRIP * number
        with Image.open(path) as sheet:
            picture.paste(sheet.crop((0, 0, min(sheet.width, curves.width - LEFT), STRIP - 4)), (LEFT, top))
        pen.text((LEFT - 8, top + STRIP // 2), name, "black", font, anchor="rm")
    return picture


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
<th>health</th></tr>{rows}<tr><td>{reals}</td><td></td><td>{real}</td></tr></table>
<p><img src="{curves}" alt="losses and diversity of all runs"></p>{sheets}</body></html>
"""
