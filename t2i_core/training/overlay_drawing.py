"""Photos as shops have them, clean or with something laid over: what the overlay detector learns from and is judged by.

Clean ones are no plain studio photos alone: prints are put on garments, which bend and shade them, backgrounds change,
and every picture is cropped, shrunk and saved as shops do. An overlay is drawn before the shrinking, so that it is no
sharper than the product it lies over.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter
from scipy.ndimage import binary_erosion, map_coordinates

from t2i_core.data.measure import object_box, object_mask
from t2i_core.training.overlay_canvas import Canvas
from t2i_core.training.overlay_layouts import Layout
from t2i_core.training.overlay_pieces import round_box, stacked, star
from t2i_core.training.overlay_words import Fonts

Mask = NDArray[np.bool_]
Pixels = NDArray[np.float32]

DRAWN = 336  # pixels of the longest side, while something is drawn on it
SEEN = 20  # steps that a pixel must change by, to count as covered
LEAST, MOST = 0.004, 0.6  # of the picture is covered: less is no overlay to a person, more leaves no product
OUTSIDE = 0.2  # of an overlay at least lies beside the product: what lies on it alone may be its print
TRIES = 8


@dataclass(frozen=True)
class Drawn:
    """A picture, where something was laid over it ([H, W], none: nowhere), and by which layouts."""

    picture: Image.Image
    covered: Mask
    layouts: tuple[str, ...] = ()


def clean(photo: Image.Image, random: Random, fonts: Fonts, *, print_share: float = 0.4) -> Drawn:
    """The photo as a shop might have it, with nothing laid over. print_share: how many get a print on the product."""
    staged = _staged(photo, random, fonts, print_share)
    return _saved(staged, np.zeros((staged.height, staged.width), bool), (), photo.size, random)


def overlaid(photo: Image.Image, random: Random, fonts: Fonts, layouts: Sequence[Layout]) -> Drawn:
    """The photo with one to three things laid over it, so that a person sees them."""
    staged = _staged(photo, random, fonts, 0.2)
    product = object_mask(np.asarray(staged))
    plain = product.mean() < 0.9
    for attempt in range(TRIES):
        chosen = random.sample(layouts, min(len(layouts), random.choice((1, 1, 1, 2, 2, 3))))
        canvas = Canvas.over(staged, random, fonts)
        for layout in chosen:
            layout(canvas)
            canvas.another_face()
        whole = Image.alpha_composite(staged.convert("RGBA"), canvas.layer).convert("RGB")
        covered = _changed(staged, whole)
        outside = not plain or (covered & ~product).sum() >= OUTSIDE * covered.sum()
        if (LEAST <= covered.mean() <= MOST and outside) or attempt == TRIES - 1:
            break
    return _saved(whole, covered, tuple(layout.__name__ for layout in chosen), photo.size, random)


def _changed(before: Image.Image, after: Image.Image) -> Mask:
    step = np.asarray(after).astype(np.int16) - np.asarray(before)
    red, green, blue = np.moveaxis(np.abs(step) > SEEN, 2, 0)
    return np.asarray(red | green | blue)


def _staged(photo: Image.Image, random: Random, fonts: Fonts, print_share: float) -> Image.Image:
    """Cropped, enlarged, before another background, with a print: all that happens before an overlay."""
    photo = _cropped(photo.convert("RGB"), random)
    scale = DRAWN / max(photo.size)
    size = (max(16, round(photo.width * scale)), max(16, round(photo.height * scale)))
    staged = photo.resize(size, Image.Resampling.BICUBIC)
    if random.random() < print_share:
        staged = printed(staged, random, fonts)
    return _before_another(staged, random) if random.random() < 0.35 else staged


def _cropped(photo: Image.Image, random: Random) -> Image.Image:
    """Mirrored or not; a margin added, or the rim cut off."""
    if random.random() < 0.5:
        photo = photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    chance = random.random()
    width, height = photo.size
    if chance < 0.35 and _on_white(photo):  # margins: the product stands smaller, and anywhere
        more = [round(random.uniform(0, 0.3) * side) for side in (width, width, height, height)]
        wider = Image.new("RGB", (width + more[0] + more[1], height + more[2] + more[3]), photo.getpixel((0, 0)))
        wider.paste(photo, (more[0], more[2]))
        return wider
    if chance < 0.6:
        cut = [random.uniform(0, 0.15) * side for side in (width, height, width, height)]
        return photo.crop((round(cut[0]), round(cut[1]), round(width - cut[2]), round(height - cut[3])))
    return photo


def _on_white(photo: Image.Image) -> bool:
    right, bottom = photo.width - 1, photo.height - 1
    rim = [(0, 0), (right, 0), (0, bottom), (right, bottom), (right // 2, 0), (0, bottom // 2)]
    return all(min(photo.getpixel(place)) > 225 for place in rim)  # type: ignore[arg-type]


def _before_another(photo: Image.Image, random: Random) -> Image.Image:
    """Multiplied with a colour, or one that runs into another, now and then with a grain: white becomes that."""
    ends = [[random.uniform(120, 255) for _ in range(3)] for _ in range(2)]
    if random.random() < 0.3:
        ends[1] = ends[0]
    height, width = photo.height, photo.width
    angle = random.uniform(0, 2 * math.pi)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    share = (0.5 + 0.35 * (np.cos(angle) * x + np.sin(angle) * y))[..., None]
    ground = share * np.array(ends[0]) + (1 - share) * np.array(ends[1])
    if random.random() < 0.4:
        noise = np.random.default_rng(random.getrandbits(32)).normal(
            0, random.uniform(4, 30), (height // 8, width // 8)
        )
        coarse = Image.fromarray(noise.astype(np.float32)).resize((width, height), Image.Resampling.BICUBIC)
        ground = ground + np.asarray(coarse)[..., None]
    mixed = np.asarray(photo) * ground.clip(0, 255) / 255
    return Image.fromarray(mixed.astype(np.uint8))


def printed(photo: Image.Image, random: Random, fonts: Fonts) -> Image.Image:
    """A print on the product, bent as cloth bends it, in the light that falls on it, and nowhere beside it."""
    pixels = np.asarray(photo).astype(np.float32)
    mask = object_mask(np.asarray(photo))
    left, top, right, bottom = object_box(mask)
    if not 0.12 < mask.mean() < 0.9:
        return photo
    width = (right - left) * random.uniform(0.25, 0.6)
    piece = _bent(_print(Canvas.over(photo, random, fonts), width), random)
    layer = Image.new("RGBA", photo.size)
    x = (left + right - piece.width) / 2 + random.uniform(-0.08, 0.08) * (right - left)
    y = top + (bottom - top) * random.uniform(0.2, 0.55) - piece.height / 4
    layer.paste(piece, (round(x), round(y)))
    inside = Image.fromarray(binary_erosion(mask, iterations=5)).convert("L").filter(ImageFilter.BoxBlur(2))
    ink = np.asarray(layer).astype(np.float32)
    alpha = ink[..., 3:] * np.asarray(inside, np.float32)[..., None] / 255**2 * random.uniform(0.7, 1)
    light = pixels.mean(axis=2, keepdims=True)
    shade = 0.35 + 0.65 * light / max(40.0, float(np.percentile(light[mask], 85)))
    mixed = pixels * (1 - alpha) + ink[..., :3] * np.clip(shade, 0, 1.1) * alpha
    return Image.fromarray(mixed.clip(0, 255).astype(np.uint8))


def _print(canvas: Canvas, width: float) -> Image.Image:
    """Words, a sign, or both."""
    random, colour = canvas.random, canvas.bright()
    rows = [
        canvas.text(random.choice((canvas.name(), canvas.line())), width / 3, canvas.bright(), widest=width)
        for _ in range(random.choice((0, 1, 1, 2, 3)))
    ]
    if not rows or random.random() < 0.4:
        sign = star(width / 3, random.randint(3, 12), random.uniform(0, 0.6), colour)
        rows.insert(0, random.choice((sign, round_box((width / 2, width / 2), random.choice((0, width / 4)), colour))))
    return stacked(rows, width / 20).rotate(random.uniform(-15, 15), Image.Resampling.BICUBIC, expand=True)


def _bent(piece: Image.Image, random: Random) -> Image.Image:
    """The piece with waves through it, a little blurred."""
    height, width = piece.height, piece.width
    y, x = np.mgrid[-10 : height + 10, -10 : width + 10].astype(np.float32)
    for _ in range(2):
        depth, length, turn = random.uniform(2, 8), random.uniform(50, 220), random.uniform(0, math.pi)
        wave = depth * np.sin((np.cos(turn) * x + np.sin(turn) * y) * 2 * math.pi / length + random.uniform(0, 6))
        y, x = y + np.cos(turn) * wave, x - np.sin(turn) * wave
    flat = np.asarray(piece)
    warped = [map_coordinates(flat[..., channel], (y, x), order=1) for channel in range(4)]
    image = Image.fromarray(np.stack(warped, axis=2), "RGBA")
    return image.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.1)))


def _saved(whole: Image.Image, covered: Mask, layouts: tuple[str, ...], size: tuple[int, int], random: Random) -> Drawn:
    """Shrunk to about the size that the photo had, its light changed a little, and saved as a JPEG."""
    longest = max(size) * random.uniform(0.8, 1)
    scale = min(1.0, longest / max(whole.size))
    small = whole.resize(
        (max(8, round(whole.width * scale)), max(8, round(whole.height * scale))), Image.Resampling.BOX
    )
    if random.random() < 0.4:
        small = ImageEnhance.Brightness(small).enhance(random.uniform(0.85, 1.1))
        small = ImageEnhance.Contrast(small).enhance(random.uniform(0.85, 1.15))
    if random.random() < 0.7:
        stored = io.BytesIO()
        small.save(stored, "JPEG", quality=random.randint(45, 95))
        small = Image.open(stored).convert("RGB")
    return Drawn(small, covered, layouts)
