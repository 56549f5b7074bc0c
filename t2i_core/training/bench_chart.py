"""A training benchmark as a picture: images a second against batch size, and what a step is spent on."""

from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from t2i_core.images import Font
from t2i_core.training.bench import PARTS, Point, TrainingBench
from t2i_core.training.bench_words import series

SIZE = 1200  # pixels across
INK, FAINT = (28, 37, 39), (221, 227, 227)
COLOURS = ("#0f766e", "#d97706", "#2563eb", "#b91c1c", "#7c3aed", "#4d7c0f", "#be185d", "#525252")
PART_COLOURS = dict(zip(PARTS, ("#d97706", "#2dd4bf", "#0f766e", "#64748b"), strict=True))
LEFT, RIGHT, TOP, PLOT = 90, 30, 60, 380
LINE = 34  # height of a series below the plot


class Series(NamedTuple):
    """One line of the legend: a machine with a number of processes."""

    name: str
    colour: str
    points: list[Point]

    @property
    def best(self) -> Point:
        return max(self.points, key=lambda point: point.speed)


def series_of(benches: Sequence[TrainingBench]) -> list[Series]:
    """What the chart compares, in the order in which it was given."""
    pairs = [(bench, count) for bench in benches for count in sorted({p.processes for p in bench.points})]
    return [
        Series(series(bench, count), COLOURS[place % len(COLOURS)], bench.of(count))
        for place, (bench, count) in enumerate(pairs)
    ]


def chart(benches: Sequence[TrainingBench]) -> Image.Image:
    """Bars of images a second, a group a batch size; below them each series' fastest step, by its parts."""
    lines = series_of(benches)
    height = TOP + PLOT + 90 + LINE * len(lines) + 60
    image = Image.new("RGB", (SIZE, height), "white")
    draw = ImageDraw.Draw(image)
    title = f"Training {benches[0].recipe}: images a second by batch size"
    draw.text((LEFT, TOP / 2), title, INK, _font(24), anchor="lm")
    _bars(draw, lines)
    _shares(draw, lines, TOP + PLOT + 70)
    return image


def _bars(draw: ImageDraw.ImageDraw, lines: Sequence[Series]) -> None:
    batches = sorted({point.batch for line in lines for point in line.points})
    top = _round_up(max(point.speed for line in lines for point in line.points))
    floor, font = TOP + PLOT, _font(16)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = floor - share * (PLOT - 20)
        draw.line((LEFT, y, SIZE - RIGHT, y), FAINT, 1)
        draw.text((LEFT - 10, y), f"{share * top:g}", INK, font, anchor="rm")
    room = (SIZE - LEFT - RIGHT) / len(batches)
    width = min(70.0, 0.8 * room / len(lines))
    for place, batch in enumerate(batches):
        middle = LEFT + (place + 0.5) * room
        draw.text((middle, floor + 18), f"batch {batch}", INK, font, anchor="mm")
        for number, line in enumerate(lines):
            speed = next((point.speed for point in line.points if point.batch == batch), 0.0)
            if not speed:
                continue  # not measured, or did not fit
            x = middle + (number - len(lines) / 2) * width
            y = floor - speed / top * (PLOT - 20)
            draw.rectangle((x + 2, y, x + width - 2, floor), line.colour)
            draw.text((x + width / 2, y - 10), _short(speed), INK, _font(13), anchor="mm")


def _shares(draw: ImageDraw.ImageDraw, lines: Sequence[Series], top: float) -> None:
    font, begin = _font(15), LEFT + 440
    span = SIZE - RIGHT - begin
    x = float(begin)
    for part, colour in PART_COLOURS.items():
        draw.rectangle((x, top - 22, x + 14, top - 8), colour)
        draw.text((x + 20, top - 15), part, INK, font, anchor="lm")
        x += 50 + font.getlength(part)
    for place, line in enumerate(lines):
        y, at = top + 6 + place * LINE, float(begin)
        draw.rectangle((LEFT, y + 4, LEFT + 16, y + 20), line.colour)
        draw.text(
            (LEFT + 24, y + 12), _fitting(f"{line.name}, batch {line.best.batch}", font, 400), INK, font, anchor="lm"
        )
        for part, colour in PART_COLOURS.items():
            wide = line.best.share(part) * span
            draw.rectangle((at, y, at + wide, y + 24), colour)
            if wide > 44:
                draw.text((at + wide / 2, y + 12), f"{line.best.share(part):.0%}", "white", font, anchor="mm")
            at += wide


def _short(speed: float) -> str:
    return f"{speed:.0f}" if speed >= 100 else f"{speed:.3g}"


def _fitting(text: str, font: Font, room: float) -> str:
    while font.getlength(text) > room and len(text) > 12:  # what tells machines apart stands at either end
        middle = len(text) // 2
        text = f"{text[: middle - 1].rstrip('…')}…{text[middle + 1 :].lstrip('…')}"
    return text


def _round_up(value: float) -> float:
    """The next number above that four lines divide well."""
    unit = 10.0 ** (len(str(int(max(value, 1)))) - 1)
    return next(step * unit for step in (1, 2, 4, 6, 8, 10, 20) if step * unit >= value)


def _font(size: int) -> Font:
    return ImageFont.load_default(size=size)
