"""Files as attackers and bad disks make them: whole ones with bytes changed, cut, doubled, or swapped between files."""

import io
import random
import zipfile
from collections.abc import Callable, Sequence

from PIL import Image

CATALOGUE = (
    'id;title;image\n1;"Red, ""hot"" shoe";a.jpg\n2;=1+1;../../etc/passwd\n3;<script>;http://127.0.0.1/x\n4;;\n'
    '5;"two\nlines";a.jpg\n'
)
SAYINGS = (b"\0", b"\xff" * 9, b'"', b"\n", b";;;;", b"PK\x01\x02", b"\x7f\xff\xff\xff", b"../" * 5, b"IDAT", b"%n%s")


def pictures(dice: random.Random) -> list[bytes]:
    """A whole file of every kind that is opened."""
    image = Image.frombytes("RGB", (24, 18), dice.randbytes(24 * 18 * 3))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a camera"
    found = [encoded(image, kind, **options) for kind, options in FORMS]
    found.append(encoded(image, "JPEG", exif=exif, progressive=True))
    found.append(encoded(image.convert("P"), "PNG", transparency=3))
    frames = [image.rotate(turn) for turn in (0, 90, 180)]
    return [*found, encoded(image, "GIF", save_all=True, append_images=frames, duration=10)]


FORMS: Sequence[tuple[str, dict[str, object]]] = (
    ("PNG", {}),
    ("JPEG", {"quality": 70}),
    ("WEBP", {"lossless": True}),
    ("WEBP", {"quality": 50}),
    ("GIF", {}),
    ("BMP", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ("AVIF", {"speed": 10}),
)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def archives(dice: random.Random) -> list[bytes]:
    """Archives of pictures, with and without a catalogue in them."""
    images = pictures(dice)
    return [
        archive({"a.jpg": images[1], "b/c.png": images[0]}, zipfile.ZIP_DEFLATED),
        archive({"a.jpg": images[1], "list.csv": CATALOGUE.encode()}, zipfile.ZIP_STORED),
        archive({"../../a.jpg": images[1], "shop/list.csv": CATALOGUE.encode()}, zipfile.ZIP_DEFLATED),
    ]


def archive(files: dict[str, bytes], packed: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packed) as opened:
        for name, data in files.items():
            opened.writestr(name, data)
    return buffer.getvalue()


def catalogues(dice: random.Random) -> list[bytes]:
    """Catalogues as spreadsheets of several countries write them."""
    commas = CATALOGUE.replace(";", ",")
    return [CATALOGUE.encode(), commas.encode("utf-16"), commas.encode("utf-8-sig"), CATALOGUE.encode("cp1251")]


def mutant(data: bytes, others: Sequence[bytes], dice: random.Random) -> bytes:
    """The file after one to four changes."""
    for _ in range(dice.randint(1, 4)):
        data = dice.choice(CHANGES)(data, dice.choice(others), dice)
    return data


def _flipped(data: bytes, other: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.randint(1, 12) if changed else 0):
        changed[dice.randrange(len(changed))] = dice.choice((0, 255, dice.randrange(256)))
    return bytes(changed)


def _cut(data: bytes, other: bytes, dice: random.Random) -> bytes:
    return data[: dice.randint(0, len(data))]


def _without(data: bytes, other: bytes, dice: random.Random) -> bytes:
    start, end = _span(data, dice)
    return data[:start] + data[end:]


def _doubled(data: bytes, other: bytes, dice: random.Random) -> bytes:
    start, end = _span(data, dice)
    return data[:end] + data[start:]


def _swapped(data: bytes, other: bytes, dice: random.Random) -> bytes:
    start, end = _span(other, dice)
    place = dice.randint(0, len(data))
    return data[:place] + other[start:end] + data[place:]


def _told(data: bytes, other: bytes, dice: random.Random) -> bytes:
    place = dice.randint(0, len(data))
    return data[:place] + dice.choice(SAYINGS) + data[place:]


def _span(data: bytes, dice: random.Random) -> tuple[int, int]:
    first, second = dice.randint(0, len(data)), dice.randint(0, len(data))
    return min(first, second), max(first, second)


CHANGES: Sequence[Callable[[bytes, bytes, random.Random], bytes]] = (
    *(_flipped, _cut, _without),
    *(_doubled, _swapped, _told),
)
