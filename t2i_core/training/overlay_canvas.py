"""A transparent layer over a photo, and what is written on it."""

import math
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw

from t2i_core.training.overlay_pieces import Colour, Point
from t2i_core.training.overlay_words import Face, Fonts, line, name

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
