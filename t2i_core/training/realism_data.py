"""Pictures that the realism judge learns from and is measured on: shop photos, and everything that is none."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from t2i_core.data.catalogue import is_held_out
from t2i_core.data.domain import find_files
from t2i_core.data.domains import find_domain
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.training.cache import cached, fingerprint
from t2i_core.training.features import as_pixels
from t2i_core.training.overlay_data import photos
from t2i_core.weights import locate, read_config

Pictures = list[Image.Image]

SHOPS: Mapping[str, int] = {  # photos of a file at most, to learn from
    "products_192.parquet": 2500,
    "products_80.parquet": 700,
    "amazon_tops.parquet": 500,
    "shoes.parquet": 1000,
    "guitars.parquet": 1000,
}
HELD_OUT_SHOPS: Mapping[str, int] = {  # to be measured on
    "products_192.parquet": 400,
    "products_80.parquet": 200,
    "amazon_tops.parquet": 200,
    "shoes.parquet": 100,
    "guitars.parquet": 100,
}
OTHER_THINGS: Mapping[str, int] = {"birds.parquet": 500, "people.parquet": 500, "anime.parquet": 500}
HELD_OUT_THINGS: Mapping[str, int] = {"birds.parquet": 150, "people.parquet": 150, "anime.parquet": 150}
PAINTERS = ("products", "shoes", "guitars")  # the shipped models whose pictures are told from photos


def shop_photos(data: Sequence[Path], counts: Mapping[str, int], *, held_out: bool) -> dict[str, Pictures]:
    """Photos by the file they are from."""
    return {
        file: [photo.open() for photo in photos(data, {file: count}, held_out=held_out)]
        for file, count in counts.items()
        if count
    }


def painted(name: str, data: Sequence[Path], count: int, *, held_out: bool, cache: Path) -> Pictures:
    """Pictures as users get them of a shipped model, for titles of one side of the split, each with its own seed."""
    folder = locate(name)
    domain = find_domain(str(read_config(folder).get("domain", name)))
    wanted = [item for item in domain.items(find_files(domain.files[:1], data)) if is_held_out(item.id) == held_out]
    titles = [item.title for item in Random(0).sample(wanted, min(count, len(wanted)))]
    first = 1_000_000 * (1 + held_out)
    requests = [GenerateRequest(prompt=title, seed=first + number) for number, title in enumerate(titles)]
    key = fingerprint(repr(read_config(folder)["files"]), repr(requests))

    def make() -> dict[str, torch.Tensor]:
        drawn = TextToImage.from_pretrained(folder).generate_many(requests)
        return {"pictures": torch.from_numpy(as_pixels([picture.image for picture in drawn])).contiguous()}

    stored = cached(cache / f"painted-{name}-{key}.safetensors", make)["pictures"].numpy()
    return [Image.fromarray(pixels.transpose(1, 2, 0)) for pixels in stored]


def noises(count: int, seed: int) -> Pictures:
    """Grain, colour ramps and blotches."""
    return [_noise(Random(f"noise {seed} {number}")) for number in range(count)]


def screens(count: int, seed: int) -> Pictures:
    """Screenshots: windows with a bar, a list, paragraphs, buttons, perhaps a chart."""
    return [_screen(Random(f"screen {seed} {number}")) for number in range(count)]


def _noise(random: Random) -> Image.Image:
    draw = np.random.default_rng(random.getrandbits(32))
    cells = random.choice((2, 4, 8, 24, 128))
    low, high = sorted((random.randint(0, 255), random.randint(0, 255)))
    pixels = draw.integers(low, high + 1, (cells, cells, random.choice((1, 3)))).repeat(3, axis=2)[..., :3]
    smooth = random.choice((Image.Resampling.NEAREST, Image.Resampling.BICUBIC))
    return Image.fromarray(pixels.astype(np.uint8)).resize((160, 160), smooth)


def _screen(random: Random) -> Image.Image:
    width, height = random.choice(((480, 300), (300, 480), (400, 400)))
    dark = random.random() < 0.3
    ground, ink = ((30, 30, 34), (220, 220, 220)) if dark else ((255, 255, 255), (40, 40, 40))
    accent = tuple(random.randint(20, 220) for _ in range(3))
    screen = Image.new("RGB", (width, height), ground)
    pen, font = ImageDraw.Draw(screen), ImageFont.load_default(12)
    pen.rectangle((0, 0, width, 28), fill=accent)
    side = random.choice((0, width // 4))
    pen.rectangle((0, 28, side, height), fill=tuple(channel * 9 // 10 for channel in ground))
    for piece in _pieces(random, height):
        y, kind = piece
        if kind == "line":
            words = " ".join("".join(random.choices("aeinorst", k=random.randint(2, 9))) for _ in range(8))
            pen.text((side + 12, y), words[: random.randint(12, 48)], ink, font)
        elif kind == "button":
            pen.rectangle((side + 12, y, side + 90, y + 20), fill=accent)
        else:
            bars = [random.randint(3, 40) for _ in range(12)]
            for number, tall in enumerate(bars):
                pen.rectangle((side + 12 + 12 * number, y + 40 - tall, side + 20 + 12 * number, y + 40), fill=accent)
    return screen


def _pieces(random: Random, height: int) -> list[tuple[int, str]]:
    """Where what stands on a screen: (y, kind) from top to bottom."""
    found, y = [], 40
    while y < height - 50:
        kind = random.choices(("line", "button", "chart"), (8, 1, 1))[0]
        found.append((y, kind))
        y += 50 if kind == "chart" else 26 if kind == "button" else 17
    return found


def as_found(image: Image.Image, random: Random) -> Image.Image:
    """The picture as it might be met: of another size, and stored as a JPEG, so that neither tells what it shows."""
    side = random.randint(64, 300)
    scale = side / max(image.size)
    size = (max(8, round(image.width * scale)), max(8, round(image.height * scale)))
    resized = image.convert("RGB").resize(size, random.choice((Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)))
    stored = io.BytesIO()
    resized.save(stored, "JPEG", quality=random.randint(60, 97))
    return Image.open(stored).convert("RGB")
