"""Product pictures drawn by code: something textured on white, as a camera would take it, and what sellers do to it."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from t2i_core.abuse.profile import Profile, find_profile
from t2i_core.abuse.verdict import Signal, Subject
from t2i_core.images import FileFacts

AMAZON = find_profile("amazon")


def photo(size: tuple[int, int] = (1000, 1000), seed: int = 0, fill: float = 0.9) -> Image.Image:
    """A knitted thing with sharp edges and an uneven light, in the middle of pure white."""
    rng = np.random.default_rng(seed)
    width, height = (round(side * fill) for side in size)
    light = Image.fromarray(rng.integers(60, 200, (5, 5, 3), dtype=np.uint8)).resize((width, height), 3)
    knit = rng.normal(0, 12, (height, width, 1)).repeat(3, axis=2)
    thing = Image.fromarray((np.asarray(light) + knit).clip(0, 235).astype(np.uint8))
    outline = Image.new("L", (width, height))
    corners = [(0.2, 0), (0.8, 0), (1, 0.3), (0.85, 0.4), (0.8, 1), (0.2, 1), (0.15, 0.4), (0, 0.3)]
    ImageDraw.Draw(outline).polygon([(x * (width - 1), y * (height - 1)) for x, y in corners], fill=255)
    canvas = Image.new("RGB", size, "white")
    canvas.paste(thing, ((size[0] - width) // 2, (size[1] - height) // 2), outline)
    return canvas


def scene(size: tuple[int, int] = (600, 600), seed: int = 0) -> Image.Image:
    """A busy photo without a plain ground."""
    rng = np.random.default_rng(seed)
    blurred = Image.fromarray(rng.integers(20, 220, (14, 14, 3), dtype=np.uint8)).resize(size, 3)
    return Image.fromarray((np.asarray(blurred) + rng.normal(0, 6, (*size[::-1], 3))).clip(0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **({"quality": 92} if kind == "JPEG" else {}) | options)
    return buffer.getvalue()


def subject(image: Image.Image, profile: Profile = AMAZON, title: str = "", file_size: int = 200_000) -> Subject:
    return Subject(image, FileFacts("JPEG", "RGB", image.size), file_size, title, profile)


def score(signals: Sequence[Signal], rule: str) -> float:
    """The highest score of a rule that was judged."""
    return max(signal.score for signal in signals if signal.rule == rule)


def bordered(image: Image.Image, share: float = 0.02, colour: str = "red", margin: int = 0) -> Image.Image:
    framed = image.copy()
    box = (margin, margin, image.width - 1 - margin, image.height - 1 - margin)
    ImageDraw.Draw(framed).rectangle(box, outline=colour, width=max(1, round(share * image.width)))
    return framed


def badged(image: Image.Image, *, round_one: bool = True) -> Image.Image:
    badge = image.copy()
    pen, side = ImageDraw.Draw(badge), image.width
    box = (0.78 * side, 0.02 * side, 0.97 * side, 0.21 * side)
    (pen.ellipse if round_one else pen.rectangle)(box, fill="#d01010")
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    pen.text(middle, "-50%", "white", ImageFont.load_default(side // 16), anchor="mm")
    return badge


def watermarked(image: Image.Image, opacity: int = 26) -> Image.Image:
    layer = Image.new("RGBA", image.size)
    pen, step, font = ImageDraw.Draw(layer), image.width // 4, ImageFont.load_default(image.width // 16)
    for row, y in enumerate(range(0, image.height, step)):
        for x in range(-step, image.width, step):
            pen.text((x + row % 2 * step // 2, y), "STOCK", (90, 90, 90, opacity), font)
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


def blurred(image: Image.Image, radius: float) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(radius))


def enlarged(image: Image.Image, times: int, how: Image.Resampling = Image.Resampling.BICUBIC) -> Image.Image:
    """A thumbnail shown as if it was a large picture."""
    small = image.resize((image.width // times, image.height // times), Image.Resampling.BOX)
    return small.resize(image.size, how)
