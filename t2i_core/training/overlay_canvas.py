"""A transparent layer over a photo and the pieces that overlays are put together from: text, shapes, codes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from t2i_core.training.overlay_words import Face, Fonts, line, name

Colour = tuple[int, int, int, int]
Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom

LOUD = ("#e60012", "#ff5000", "#ffd400", "#111111", "#0057b8", "#00a651", "#e91e63", "#7b1fa2", "#ff8a00", "#00bcd4")


@dataclass
class Canvas:
    """What is drawn on: a clear layer over a photo, where chance comes from, and the writer's font and script."""

    photo: Image.Image
    layer: Image.Image
    random: Random
    fonts: Fonts
    script: str
    face: Face

    @classmethod
    def over(cls, photo: Image.Image, random: Random, fonts: Fonts) -> "Canvas":
        latin = random.random() < 0.5
        script = "latin" if latin and "latin" in fonts.scripts else random.choice(fonts.scripts)
        return cls(photo, Image.new("RGBA", photo.size), random, fonts, script, fonts.face(random, script))

    @property
    def size(self) -> tuple[int, int]:
        return self.layer.size

    @property
    def side(self) -> float:
        """The mean of the sides: what sizes are shares of."""
        return math.sqrt(self.layer.width * self.layer.height)

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.layer)

    def line(self) -> str:
        return line(self.random, self.script)

    def another_face(self) -> None:
        """Goes on in another font: few designs keep to one."""
        self.face = self.fonts.face(self.random, self.script)

    def name(self) -> str:
        """A shop's name, in a font that has the letters."""
        return name(self.random)

    def put(self, piece: Image.Image, x: float, y: float) -> None:
        """Lays a piece over the layer, its top left corner at a point that may lie outside."""
        left, top = round(x), round(y)
        box = max(0, -left), max(0, -top), min(piece.width, self.size[0] - left), min(piece.height, self.size[1] - top)
        if box[0] < box[2] and box[1] < box[3]:
            self.layer.alpha_composite(piece, (max(0, left), max(0, top)), box)

    def text(
        self, text: str, height: float, colour: Colour, *, widest: float | None = None, edge: Colour | None = None
    ) -> Image.Image:
        """Lines of text as a piece, cut to its letters. widest: pixels it must fit; edge: a line around the letters."""
        face = (
            self.face if "latin" in self.face.scripts or not text.isascii() else self.fonts.face(self.random, "latin")
        )
        wide = _width(face, text, height)
        if widest is not None and wide > widest:
            height *= widest / wide
        stroke = max(1, round(height / 14)) if edge else 0
        font = face.font(height)
        box = ImageDraw.Draw(self.layer).multiline_textbbox((0, 0), text, font, stroke_width=stroke, align="center")
        piece = Image.new("RGBA", (max(1, math.ceil(box[2] - box[0])), max(1, math.ceil(box[3] - box[1]))))
        ImageDraw.Draw(piece).multiline_text(
            (-box[0], -box[1]), text, colour, font, stroke_width=stroke, stroke_fill=edge, align="center"
        )
        return piece

    def bright(self, alpha: int = 255) -> Colour:
        """A colour of advertising; now and then any colour."""
        if self.random.random() < 0.7:
            red, green, blue = _rgb(self.random.choice(LOUD))
        else:
            red, green, blue = (self.random.randrange(256) for _ in range(3))
        return red, green, blue, alpha

    def ink_on(self, ground: Colour, alpha: int = 255) -> Colour:
        """A colour that can be read on another."""
        dark = 0.3 * ground[0] + 0.59 * ground[1] + 0.11 * ground[2] < 140
        loud = self.bright(alpha)
        contrast = abs(_light(loud) - _light(ground))
        if contrast > 90 and self.random.random() < 0.4:
            return loud
        return (255, 255, 255, alpha) if dark else (20, 20, 20, alpha)

    def corner(self, piece: Image.Image, margin: float = 0.03) -> Point:
        """Where a piece goes that stands in a corner, or in the middle of the top or the bottom."""
        gap = margin * self.side
        across = self.random.choice(
            (gap, gap, (self.size[0] - piece.width) / 2) + (self.size[0] - gap - piece.width,) * 2
        )
        return across, self.random.choice((gap, self.size[1] - gap - piece.height))

    def anywhere(self, piece: Image.Image) -> Point:
        room = self.size[0] - piece.width, self.size[1] - piece.height
        return self.random.uniform(0, max(0, room[0])), self.random.uniform(0, max(0, room[1]))


def _width(face: Face, text: str, height: float) -> float:
    return max(face.font(height).getlength(row) for row in text.split("\n"))


def _light(colour: Colour) -> float:
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]


def _rgb(code: str) -> tuple[int, ...]:
    return tuple(int(code[place : place + 2], 16) for place in (1, 3, 5))


def stacked(pieces: Sequence[Image.Image], gap: float, *, left: bool = False) -> Image.Image:
    """Pieces below one another, centred or at the left."""
    width = max(piece.width for piece in pieces)
    whole = Image.new("RGBA", (width, round(sum(piece.height + gap for piece in pieces))))
    y = 0.0
    for piece in pieces:
        whole.paste(piece, (0 if left else (width - piece.width) // 2, round(y)))
        y += piece.height + gap
    return whole


def beside(left: Image.Image, right: Image.Image, gap: float) -> Image.Image:
    """Two pieces in a row."""
    whole = Image.new("RGBA", (round(left.width + gap + right.width), max(left.height, right.height)))
    whole.paste(left, (0, (whole.height - left.height) // 2))
    whole.paste(right, (round(left.width + gap), (whole.height - right.height) // 2))
    return whole


def centred(ground: Image.Image, piece: Image.Image) -> Image.Image:
    """A piece in the middle of another."""
    return pasted(ground, piece, (ground.width - piece.width) / 2, (ground.height - piece.height) / 2)


def pasted(ground: Image.Image, piece: Image.Image, x: float, y: float) -> Image.Image:
    whole = Image.new("RGBA", ground.size)
    whole.paste(piece, (round(x), round(y)))
    return Image.alpha_composite(ground, whole)


def turned(piece: Image.Image, degrees: float) -> Image.Image:
    return piece.rotate(degrees, Image.Resampling.BICUBIC, expand=True)


def faded(piece: Image.Image, opacity: float) -> Image.Image:
    """The piece, let through by 1 - opacity."""
    piece = piece.copy()
    piece.putalpha(piece.getchannel("A").point(lambda value: round(value * opacity)))
    return piece


def shadowed(piece: Image.Image, depth: float) -> Image.Image:
    """The piece over its own soft shadow."""
    margin = round(3 * depth) + 1
    ground = Image.new("RGBA", (piece.width + 2 * margin, piece.height + 2 * margin))
    shade = Image.new("RGBA", piece.size, (0, 0, 0, 130))
    shade.putalpha(piece.getchannel("A").point(lambda value: value // 2))
    ground.paste(shade, (round(margin + depth), round(margin + depth)))
    return pasted(ground.filter(ImageFilter.GaussianBlur(depth)), piece, margin, margin)


def polygon(size: tuple[float, float], points: Sequence[Point], fill: Colour) -> Image.Image:
    """A filled polygon with smooth edges; points in shares of the size."""
    big = Image.new("RGBA", (max(2, round(3 * size[0])), max(2, round(3 * size[1]))), (*fill[:3], 0))
    ImageDraw.Draw(big).polygon([(x * (big.width - 1), y * (big.height - 1)) for x, y in points], fill)
    return big.resize((max(1, round(size[0])), max(1, round(size[1]))), Image.Resampling.BOX)


def round_box(size: tuple[float, float], radius: float, fill: Colour, edge: Colour | None = None) -> Image.Image:
    """A rectangle whose corners are round by `radius` pixels: half the height makes a pill, half of a square a disc."""
    width, height = max(2, round(3 * size[0])), max(2, round(3 * size[1]))
    big = Image.new("RGBA", (width, height), (*fill[:3], 0))
    box = (0, 0, width - 1, height - 1)
    ImageDraw.Draw(big).rounded_rectangle(box, 3 * radius, fill, edge, max(3, round(height / 30)) if edge else 0)
    return big.resize((max(1, round(size[0])), max(1, round(size[1]))), Image.Resampling.BOX)


def star(radius: float, points: int, depth: float, fill: Colour) -> Image.Image:
    """A burst with `points` rays; depth: how far in the notches reach, as a share of the radius."""
    angles = [math.pi * index / points for index in range(2 * points)]
    reach = [0.5 * (1 - depth * (index % 2)) for index in range(2 * points)]
    corners = [(0.5 + r * math.sin(a), 0.5 - r * math.cos(a)) for r, a in zip(reach, angles, strict=True)]
    return polygon((2 * radius, 2 * radius), corners, fill)


def qr_like(side: float, random: Random) -> Image.Image:
    """Squares as a QR code has them; it says nothing."""
    count = random.choice((21, 25, 29, 33))
    modules = np.array([[random.random() < 0.5 for _ in range(count)] for _ in range(count)])
    finder = np.pad(np.pad(np.ones((3, 3), bool), 1), 1, constant_values=True)
    for rows, columns in ((slice(0, 7), slice(0, 7)), (slice(0, 7), slice(-7, None)), (slice(-7, None), slice(0, 7))):
        modules[rows, columns] = finder
    return _code(np.where(np.pad(modules, 2), 0, 255), (side, side))


def bars(size: tuple[float, float], random: Random) -> Image.Image:
    """Bars as a barcode has them; they say nothing."""
    widths = [random.randint(1, 4) for _ in range(random.choice((31, 45, 59)))]
    row = np.repeat(np.arange(len(widths)) % 2 * 255, widths)
    return _code(np.tile(np.pad(row, 6, constant_values=255), (2, 1)), size)


def _code(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.int_]]", size: tuple[float, float]) -> Image.Image:
    code = Image.fromarray(pixels.astype(np.uint8)).convert("RGBA")
    return code.resize((max(8, round(size[0])), max(8, round(size[1]))), Image.Resampling.BOX)
