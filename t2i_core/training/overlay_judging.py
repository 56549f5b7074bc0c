"""How sellers lay things over photos, in ways that no detector is trained with: what it is judged by."""

from PIL import Image

from t2i_core.training.overlay_canvas import Canvas
from t2i_core.training.overlay_layouts import Layout, place
from t2i_core.training.overlay_pieces import (
    Colour,
    centred,
    faded,
    pasted,
    polygon,
    round_box,
    shadowed,
    stacked,
    star,
    turned,
)


def ribbon(canvas: Canvas) -> None:
    """A strip across a corner."""
    random, side = canvas.random, canvas.side
    fill, deep = canvas.bright(), side * random.uniform(0.07, 0.13)
    text = canvas.text(canvas.line(), deep * 0.55, canvas.ink_on(fill), widest=0.42 * side)
    strip = centred(round_box((side * 1.1, deep), 0, fill), text)
    left = random.random() < 0.5
    piece = turned(strip, 45 if left else -45)
    middle = side * random.uniform(0.16, 0.24)
    x = middle if left else canvas.size[0] - middle
    canvas.put(piece, x - piece.width / 2, middle - piece.height / 2)


def burst(canvas: Canvas) -> None:
    """A star with many rays and a discount in it."""
    random = canvas.random
    fill, radius = canvas.bright(), canvas.side * random.uniform(0.11, 0.2)
    rows = [
        canvas.text(canvas.line(), radius * 0.4, canvas.ink_on(fill), widest=1.2 * radius)
        for _ in range(random.choice((1, 2)))
    ]
    place(
        canvas,
        centred(star(radius, random.randint(10, 24), random.uniform(0.12, 0.3), fill), stacked(rows, radius / 12)),
    )


def bubble(canvas: Canvas) -> None:
    """A speech bubble."""
    random, side = canvas.random, canvas.side
    fill: Colour = random.choice(((255, 255, 255, 255), canvas.bright()))
    edge: Colour = (60, 60, 60, 255)
    text = canvas.text(canvas.line(), side * random.uniform(0.05, 0.09), canvas.ink_on(fill), widest=0.45 * side)
    size = text.width * 1.3, text.height * 2.2
    body = centred(round_box(size, size[1] / 2, fill, edge), text)
    piece = stacked([body, polygon((size[1] / 2, size[1] / 3), [(0, 0), (1, 0), (0.2, 1)], edge)], -1)
    canvas.put(piece, *canvas.anywhere(piece))


def stamp(canvas: Canvas) -> None:
    """A ring with words, turned, as a rubber stamp leaves it."""
    random, side = canvas.random, canvas.side
    colour, size = canvas.bright(), side * random.uniform(0.26, 0.45)
    ring = centred(
        round_box((size, size), size / 2, (255, 255, 255, 0), colour),
        round_box((size * 0.8, size * 0.8), size * 0.4, (255, 255, 255, 0), colour),
    )
    text = canvas.text(canvas.line(), size * 0.22, colour, widest=0.95 * size)
    piece = faded(turned(centred(ring, text), random.uniform(-30, 30)), random.uniform(0.65, 1))
    canvas.put(piece, *canvas.anywhere(piece))


def chips(canvas: Canvas) -> None:
    """A row of pills at the bottom."""
    random, (width, height) = canvas.random, canvas.size
    count, fill = random.choice((2, 3, 4)), canvas.bright(random.choice((255, 220)))
    wide = width * 0.92 / count
    y = height * random.uniform(0.84, 0.92)
    for index in range(count):
        text = canvas.text(canvas.line(), height * 0.045, canvas.ink_on(fill), widest=wide * 0.8)
        pill = centred(round_box((wide * 0.94, height * 0.07), height * 0.035, fill), text)
        canvas.put(pill, width * 0.04 + index * wide, y)


def caption(canvas: Canvas) -> None:
    """White words over a shade that grows towards the bottom."""
    random, (width, height) = canvas.random, canvas.size
    deep = round(height * random.uniform(0.2, 0.35))
    shade = Image.linear_gradient("L").resize((width, deep)).point(lambda value: round(value * 0.85))
    ground = Image.new("RGBA", (width, deep), random.choice(((0, 0, 0, 255), canvas.bright())))
    ground.putalpha(shade)
    canvas.put(ground, 0, height - deep)
    rows = [
        canvas.text(canvas.line(), deep * 0.22, (255, 255, 255, 255), widest=0.9 * width)
        for _ in range(random.choice((1, 2)))
    ]
    words = stacked(rows, deep * 0.06)
    canvas.put(words, (width - words.width) / 2, height - words.height - deep * 0.08)


def hang_tag(canvas: Canvas) -> None:
    """A price tag with a hole, hung at an angle."""
    random, side = canvas.random, canvas.side
    fill = canvas.bright()
    text = canvas.text(canvas.line(), side * random.uniform(0.06, 0.1), canvas.ink_on(fill), widest=0.36 * side)
    wide, high = text.width * 1.5 + text.height, text.height * 2
    nose = min(0.3, text.height / wide)
    tag = polygon((wide, high), [(nose, 0), (1, 0), (1, 1), (nose, 1), (0, 0.5)], fill)
    hole = round_box((high / 6, high / 6), high / 12, (255, 255, 255, 255))
    tag = pasted(
        pasted(tag, hole, wide * 0.08, high * 0.42), text, wide * nose + text.height * 0.3, (high - text.height) / 2
    )
    place(canvas, turned(shadowed(tag, side / 120), random.uniform(-30, 30)))


def date_stamp(canvas: Canvas) -> None:
    """A shop's address or a date, plain and small, at the bottom."""
    random, side = canvas.random, canvas.side
    words = random.choice(
        (
            f"20{random.randint(15, 29)}/{random.randint(1, 12)}/{random.randint(1, 28)}",
            f"{canvas.name()} - {canvas.name()}.com",
        )
    )
    colour = random.choice(((255, 140, 0, 255), (40, 40, 40, 255), (140, 140, 140, 255), (220, 30, 30, 255)))
    piece = canvas.text(words, side * random.uniform(0.04, 0.07), colour, widest=0.7 * side)
    canvas.put(
        piece,
        canvas.size[0] - piece.width - side * 0.04,
        canvas.size[1] - piece.height - side * random.uniform(0.02, 0.06),
    )


JUDGING: tuple[Layout, ...] = (ribbon, burst, bubble, stamp, chips, caption, hang_tag, date_stamp)
