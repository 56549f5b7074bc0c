"""How sellers lay things over photos. All that a detector is trained with; `overlay_judging` has others."""

import math
from collections.abc import Callable

from PIL import Image

from t2i_core.training.overlay_canvas import Canvas
from t2i_core.training.overlay_pieces import (
    bars,
    beside,
    centred,
    faded,
    pasted,
    polygon,
    qr_like,
    round_box,
    shadowed,
    stacked,
    star,
    turned,
)

Layout = Callable[[Canvas], None]


def corner_badge(canvas: Canvas) -> None:
    """A disc, a pill or a box with a few words, in a corner."""
    random, side = canvas.random, canvas.side
    fill = canvas.bright(random.choice((255, 255, 230, 190)))
    size = side * random.uniform(0.16, 0.36)
    words = "\n".join(canvas.line() for _ in range(random.choice((1, 1, 2))))
    text = canvas.text(words, size * random.uniform(0.15, 0.4), canvas.ink_on(fill), widest=0.8 * size)
    shape = random.choice(("disc", "box", "pill"))
    height = size if shape == "disc" else text.height * random.uniform(1.3, 2.2)
    radius = {"disc": size / 2, "pill": height / 2, "box": random.choice((0, 0, height / 8))}[shape]
    edge = canvas.ink_on(fill) if random.random() < 0.3 else None
    place(canvas, centred(round_box((size, height), radius, fill, edge), text))


def banner(canvas: Canvas) -> None:
    """A strip along the top or the bottom with a line or two."""
    random, (width, height) = canvas.random, canvas.size
    deep = height * random.uniform(0.07, 0.2)
    fill = canvas.bright(random.choice((255, 255, 220, 160)))
    strip = round_box((width, deep), 0, fill)
    strip = centred(
        strip, canvas.text(canvas.line(), deep * random.uniform(0.35, 0.65), canvas.ink_on(fill), widest=0.9 * width)
    )
    canvas.put(strip, 0, random.choice((0, height - deep, random.uniform(0, height - deep))))


def side_panel(canvas: Canvas) -> None:
    """A column at one side with facts below one another."""
    random, (width, height) = canvas.random, canvas.size
    wide = width * random.uniform(0.2, 0.36)
    fill = canvas.bright(random.choice((255, 235, 180)))
    ink = canvas.ink_on(fill)
    rows = [canvas.text(canvas.line(), wide / 5, ink, widest=0.85 * wide) for _ in range(random.randint(2, 6))]
    panel = centred(round_box((wide, height), 0, fill), stacked(rows, height * random.uniform(0.02, 0.08)))
    canvas.put(panel, random.choice((0.0, width - wide)), 0)


def tiled_watermark(canvas: Canvas) -> None:
    """A name again and again, slanted, so that one sees through it."""
    random, (width, height) = canvas.random, canvas.size
    words = random.choice((canvas.name(), canvas.line()))
    grey = random.choice((0, 60, 120, 160, 255))
    piece = canvas.text(words, canvas.side * random.uniform(0.035, 0.09), (grey, grey, grey, 255))
    piece = faded(turned(piece, random.choice((0, 25, 30, 45, -30))), random.uniform(0.22, 0.5))
    step_x, step_y = piece.width * random.uniform(1.15, 1.8), piece.height * random.uniform(1.2, 3)
    for row in range(math.ceil(height / step_y) + 1):
        for column in range(math.ceil(width / step_x) + 1):
            canvas.put(piece, (column - 0.5 * (row % 2)) * step_x, row * step_y)


def wide_watermark(canvas: Canvas) -> None:
    """One large name across the picture, half transparent."""
    random = canvas.random
    grey = random.choice((0, 90, 140, 190, 255))
    words = random.choice((canvas.name(), canvas.name(), canvas.line()))
    piece = canvas.text(words, canvas.side, (grey, grey, grey, 255), widest=canvas.side * random.uniform(0.75, 1.1))
    piece = faded(turned(piece, random.choice((0, 0, 20, 35, 45, -25))), random.uniform(0.25, 0.6))
    x, y = (canvas.size[0] - piece.width) / 2, (canvas.size[1] - piece.height) * random.uniform(0.3, 0.7)
    canvas.put(piece, x, y)


def corner_logo(canvas: Canvas) -> None:
    """A sign and a shop's name, small, in a corner."""
    random, side = canvas.random, canvas.side
    colour = random.choice((canvas.bright(), (30, 30, 30, 255), (120, 120, 120, 255)))
    text = canvas.text(canvas.name(), side * random.uniform(0.05, 0.1), colour, widest=0.45 * side)
    size = max(6, text.height * random.uniform(0.9, 1.8))
    sign = random.choice(
        (
            round_box((size, size), size / 2, colour),
            round_box((size, size), size / 5, (255, 255, 255, 0), colour),
            star(size / 2, random.randint(3, 8), 0.5, colour),
            polygon((size, size), [(0, 1), (0.5, 0), (1, 1)], colour),
        )
    )
    whole = random.choice((beside(sign, text, size / 4), stacked([sign, text], size / 6), text))
    place(canvas, faded(whole, random.choice((1, 1, 0.8, 0.6))))


def text_block(canvas: Canvas) -> None:
    """Free lines of several sizes and colours, at the side or over the product."""
    random, side = canvas.random, canvas.side
    rows = []
    for _ in range(random.randint(1, 5)):
        colour = canvas.bright() if random.random() < 0.6 else random.choice(((20, 20, 20, 255), (255, 255, 255, 255)))
        edge = canvas.ink_on(colour) if random.random() < 0.35 or min(colour[:3]) > 200 else None
        rows.append(canvas.text(canvas.line(), side * random.uniform(0.04, 0.15), colour, widest=0.8 * side, edge=edge))
        if random.random() < 0.3:
            canvas.another_face()
    block = stacked(rows, side * random.uniform(0.01, 0.04), left=random.random() < 0.5)
    canvas.put(turned(block, random.choice((0, 0, 0, 0, 8, -8, 90))), *canvas.anywhere(block))


def price_box(canvas: Canvas) -> None:
    """An old price, struck out, and a new one, large."""
    random, side = canvas.random, canvas.side
    fill = canvas.bright(random.choice((255, 240)))
    ink = canvas.ink_on(fill)
    whole, part = str(random.randint(1, 999)), random.choice(("", ".99", ".90", ",50", "0"))
    sign = random.choice(("$", "€", "£", "Rs", "$"))
    new = canvas.text(
        random.choice((f"{sign}{whole}{part}", f"{whole}{part} {sign}")), side * random.uniform(0.08, 0.16), ink
    )
    old = canvas.text(f"{sign}{random.randint(2, 1999)}", new.height * 0.5, ink)
    old = pasted(old, round_box((old.width, max(1, old.height / 8)), 0, ink), 0, old.height * 0.45)
    text = random.choice((stacked([old, new], 2), new, beside(old, new, new.height / 4)))
    ground = round_box((text.width * 1.25, text.height * 1.4), random.choice((0, text.height / 5)), fill)
    place(canvas, centred(ground, text))


def frame(canvas: Canvas) -> None:
    """A coloured line around everything and a word or two on it."""
    random, (width, height) = canvas.random, canvas.size
    thick = canvas.side * random.uniform(0.02, 0.07)
    colour = canvas.bright()
    for box in (
        (width, thick, 0, 0),
        (width, thick, 0, height - thick),
        (thick, height, 0, 0),
        (thick, height, width - thick, 0),
    ):
        canvas.put(round_box(box[:2], 0, colour), *box[2:])
    if random.random() < 0.7:
        label = canvas.text(canvas.line(), thick * random.uniform(1, 2.5), canvas.ink_on(colour), widest=0.7 * width)
        ground = round_box((label.width * 1.2, label.height * 1.4), 0, colour)
        canvas.put(centred(ground, label), (width - ground.width) / 2, random.choice((0, height - ground.height)))


def code(canvas: Canvas) -> None:
    """A QR code or a barcode, often with a line that asks to scan it."""
    random, side = canvas.random, canvas.side
    size = side * random.uniform(0.14, 0.32)
    piece = qr_like(size, random) if random.random() < 0.7 else bars((size * 1.4, size * 0.6), random)
    if random.random() < 0.6:
        piece = stacked([piece, canvas.text(canvas.line(), size / 6, (20, 20, 20, 255), widest=size)], size / 20)
    place(canvas, piece)


def facts(canvas: Canvas) -> None:
    """A list with dots or ticks, as descriptions have them."""
    random, side = canvas.random, canvas.side
    colour = canvas.bright() if random.random() < 0.5 else (30, 30, 30, 255)
    height = side * random.uniform(0.035, 0.07)
    rows = []
    for _ in range(random.randint(2, 6)):
        dot = round_box((height, height), random.choice((height / 2, 0)), canvas.bright())
        rows.append(beside(dot, canvas.text(canvas.line(), height, colour, widest=0.5 * side), height / 2))
    block = stacked(rows, height * random.uniform(0.3, 1), left=True)
    canvas.put(block, *canvas.anywhere(block))


def measures(canvas: Canvas) -> None:
    """Arrows along the product with lengths in centimetres."""
    random, (width, height) = canvas.random, canvas.size
    colour = random.choice(((200, 30, 30, 255), (30, 30, 30, 255), canvas.bright()))
    thick = max(1, round(canvas.side / random.uniform(90, 200)))
    label = canvas.text(
        random.choice(("{} cm", "{}cm", '{}"', "{} mm")).format(random.randint(5, 120)), canvas.side * 0.06, colour
    )
    x, y = width * random.uniform(0.03, 0.12), height * random.uniform(0.88, 0.97)
    canvas.draw.line([(x, height * 0.1), (x, height * 0.8)], colour, thick)
    canvas.draw.line([(width * 0.15, y), (width * 0.9, y)], colour, thick)
    for at in ((x, height * 0.1), (x, height * 0.8), (width * 0.15, y), (width * 0.9, y)):
        canvas.draw.ellipse([at[0] - 2 * thick, at[1] - 2 * thick, at[0] + 2 * thick, at[1] + 2 * thick], colour)
    canvas.put(turned(label, 90), x + thick * 2, height * 0.4)
    canvas.put(label, width * 0.4, y - label.height - 2 * thick)


def sticker(canvas: Canvas) -> None:
    """A turned label with a shadow, anywhere."""
    random, side = canvas.random, canvas.side
    fill = canvas.bright()
    text = canvas.text(canvas.line(), side * random.uniform(0.05, 0.12), canvas.ink_on(fill), widest=0.5 * side)
    ground = round_box((text.width * 1.3, text.height * 1.7), random.choice((0, text.height / 3)), fill)
    piece = turned(shadowed(centred(ground, text), side / 90), random.uniform(-25, 25))
    canvas.put(piece, *canvas.anywhere(piece))


def inset(canvas: Canvas) -> None:
    """A part of the photo, enlarged, in a disc or a box with a line around it."""
    random, (width, height) = canvas.random, canvas.size
    size = canvas.side * random.uniform(0.22, 0.4)
    part = size / random.uniform(1.5, 3)
    x, y = random.uniform(0.2, 0.6) * width, random.uniform(0.2, 0.6) * height
    detail = canvas.photo.resize((round(size), round(size)), box=(x, y, min(x + part, width), min(y + part, height)))
    shape = round_box((size, size), random.choice((size / 2, 0, size / 8)), (255, 255, 255, 255))
    piece = detail.convert("RGBA")
    piece.putalpha(shape.getchannel("A").resize(piece.size))
    ring = round_box((size * 1.06, size * 1.06), random.choice((size * 0.53, 0)), canvas.bright())
    place(canvas, centred(ring, piece))


def place(canvas: Canvas, piece: Image.Image) -> None:
    """In a corner mostly, else anywhere."""
    if canvas.random.random() < 0.75:
        canvas.put(piece, *canvas.corner(piece, canvas.random.choice((0, 0.02, 0.05))))
    else:
        canvas.put(piece, *canvas.anywhere(piece))


TRAINING: tuple[Layout, ...] = (
    corner_badge, banner, side_panel, tiled_watermark, wide_watermark, corner_logo, text_block, price_box, frame, code,
    facts, measures, sticker, inset,
)  # fmt: skip
