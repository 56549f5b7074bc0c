"""Loss graphs as pictures: a panel a quantity, drawn with nothing but Pillow."""

from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw, ImageFont

from t2i_core.training.health import Line

WIDTH, HEIGHT, MARGIN, LEGEND = 420, 220, 44, 140
INK, RULE, LINES = "#222222", "#dddddd", ("#b3261e", "#1f6f8b", "#6a994e", "#8a5a9e")


def draw_curves(lines: Sequence[Line], names: Sequence[str]) -> Image.Image:
    """A panel side by side for each quantity of a run's metrics that has at least two values."""
    return side_by_side({"": lines}, names)


def side_by_side(runs: Mapping[str, Sequence[Line]], names: Sequence[str]) -> Image.Image:
    """The same for several runs, in one panel a quantity, each in a colour of its own."""
    panels = [_panel(runs, name) for name in names]
    picture = Image.new("RGB", (WIDTH * max(1, len(panels)), HEIGHT), "white")
    for number, panel in enumerate(panels):
        picture.paste(panel, (number * WIDTH, 0))
    return picture


def _panel(runs: Mapping[str, Sequence[Line]], name: str) -> Image.Image:
    panel = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen, font = ImageDraw.Draw(panel), ImageFont.load_default(12)
    pen.text((MARGIN, 6), name, INK, font)
    curves = {run: [(line["step"], line[name]) for line in lines if name in line] for run, lines in runs.items()}
    values = sorted(value for curve in curves.values() for _, value in curve)
    if len(values) < 2:
        return panel
    low, high = min(0.0, values[len(values) // 100]), values[-1 - len(values) // 50]  # one wild step hides nothing
    high = high if high > low else low + 1
    last = max(step for curve in curves.values() for step, _ in curve)
    for share in (0.0, 0.5, 1.0):
        y = _y(low + share * (high - low), low, high)
        pen.line((MARGIN, y, WIDTH - 8, y), RULE)
        pen.text((4, y - 7), f"{low + share * (high - low):.3g}", INK, font)
    pen.text((WIDTH - 80, HEIGHT - 18), f"step {last:.0f}", INK, font)
    for number, (run, curve) in enumerate(curves.items()):
        colour = LINES[number % len(LINES)]
        points = [(MARGIN + (WIDTH - 8 - MARGIN) * step / last, _y(value, low, high)) for step, value in curve]
        if len(points) > 1:
            pen.line(points, colour, 2)
        pen.text((LEGEND + number * (WIDTH - LEGEND) // max(3, len(curves)), 6), run, colour, font)
    return panel


def _y(value: float, low: float, high: float) -> float:
    share = min(1.0, max(0.0, (value - low) / (high - low)))
    return HEIGHT - 22 - share * (HEIGHT - 50)
