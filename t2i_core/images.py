"""Pictures in and out: untrusted files opened safely, results written whole or not at all, contact sheets."""

import contextlib
import io
import os
import struct
import uuid
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError
from PIL.PngImagePlugin import PngImageFile, PngInfo

from t2i_core.errors import DamagedImage, MissingImage, NotAPicture, OutputError, TooLarge

MAX_PIXELS = 64_000_000  # a phone's 50 megapixels fit; decoded they take 150 MB
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")  # no EPS, which would start another program
XMP_KEY = "XML:com.adobe.xmp"
WHITE = (255, 255, 255)
INK = (70, 70, 70)

# What Pillow's decoders raise on damaged files: seen in 300,000 files with random bytes changed.
DAMAGE: tuple[type[Exception], ...] = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError, RuntimeError),
    AssertionError,
    *(struct.error, zlib.error),
)


ORIENTATION = 0x0112
MOVING = frozenset({"GIF", "PNG", "WEBP", "AVIF"})  # several frames in a JPEG or TIFF are views and pages, no film


@dataclass(frozen=True)
class FileFacts:
    """What a picture's file says of itself, before anything was converted.

    format, mode: Pillow's names; size: width and height as stored; rotated: by its EXIF orientation
    """

    format: str
    mode: str
    size: tuple[int, int]
    alpha: bool = False
    animated: bool = False
    rotated: bool = False


@dataclass(frozen=True)
class Opened:
    """An RGB picture, the text chunks of its file (only PNG files have any), and what the file was."""

    image: Image.Image
    text: Mapping[str, str]
    facts: FileFacts


Draft = Callable[[FileFacts], tuple[int, int]]  # the least size a picture is needed at


def open_image(source: Path | bytes | BinaryIO, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """The picture as RGB: turned the way its camera was held, transparency laid on white, first frame of several.

    Raises ImageError for anything that is not a whole picture of at most `max_pixels`, which is read from the header
    before anything is decoded.
    """
    return read_image(source, max_pixels).image


def read_image(source: Path | bytes | BinaryIO, max_pixels: int = MAX_PIXELS, draft: Draft | None = None) -> Opened:
    """As `open_image`, with the texts the file carries.

    draft: a JPEG may come out of its decoder at a half, a quarter or an eighth, but not smaller than this says, which
      takes a part of the time
    """
    try:
        with Image.open(_stream(source), formats=FORMATS) as image:
            _check_size(image.size, max_pixels)
            facts = _facts(image)
            if draft is not None:
                image.draft(None, draft(facts))
            image.load()
            text = {key: str(value) for key, value in image.text.items()} if isinstance(image, PngImageFile) else {}
            return Opened(_to_rgb(_upright(image)), text, facts)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise TooLarge(_too_large(max_pixels)) from problem
    except UnidentifiedImageError as problem:
        raise NotAPicture(
            "This file is not a picture. Choose a PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF file."
        ) from problem
    except DAMAGE as problem:
        why = str(problem) or "its end is missing"
        raise DamagedImage(f"This picture is cut off or damaged ({why}). Save or download it again.") from problem


def _stream(source: Path | bytes | BinaryIO) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if not isinstance(source, Path):
        return source
    try:
        return io.BytesIO(source.read_bytes())
    except OSError as problem:
        raise MissingImage(f"{source} cannot be opened: {problem.strerror}. Check the path.") from problem


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise TooLarge(f"This picture has {width:,} x {height:,} pixels. {_too_large(max_pixels)}")


def _too_large(max_pixels: int) -> str:
    return f"Pictures of up to {max_pixels / 1e6:g} million pixels can be opened; make it smaller first."


def _facts(image: Image.Image) -> FileFacts:
    kind = image.format or ""
    moving = kind in MOVING and bool(getattr(image, "is_animated", False))
    return FileFacts(kind, image.mode, image.size, image.has_transparency_data, moving, _is_rotated(image))


def _is_rotated(image: Image.Image) -> bool:
    try:
        return image.getexif().get(ORIENTATION, 1) not in (0, 1)
    except DAMAGE:
        return False


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except DAMAGE:  # a broken orientation tag is no reason to refuse the picture
        return image


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        image = image.convert("I").point(lambda value: value / 257).convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    canvas = Image.new("RGB", layer.size, WHITE)
    canvas.paste(layer, mask=layer.getchannel("A"))
    return canvas


def atomic_write(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all, making its folder where needed.

    Raises OutputError where the folder cannot be written to; what stood at `path` before is then untouched.
    """
    with whole_file(path, path.parent / f".{uuid.uuid4().hex}.part") as file:
        file.write(data)


@contextlib.contextmanager
def whole_file(path: Path, part: Path) -> Iterator[BinaryIO]:
    """A file to write into, called `part` until the block has ended well: then it takes the place of `path`.

    Raises OutputError where it cannot be written; what stood at `path` before is then untouched.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as problem:
        raise OutputError(
            f"{path} cannot be written: {problem.strerror or problem}. "
            "Choose a folder you may write to, with room left."
        ) from problem
    finally:
        with contextlib.suppress(OSError):  # where the folder itself is closed to us there is nothing to remove
            part.unlink(missing_ok=True)


def png_bytes(image: Image.Image, text: Mapping[str, str], xmp: str | None = None) -> bytes:
    """A PNG file with text chunks (UTF-8) and an XMP packet. The same picture and texts give the same bytes."""
    chunks = PngInfo()
    for key, value in text.items():
        chunks.add_itxt(key, value)
    if xmp:
        chunks.add_itxt(XMP_KEY, xmp)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=chunks, optimize=True)
    return buffer.getvalue()


def jpeg_bytes(image: Image.Image, quality: int = 80) -> bytes:
    """A JPEG file, for sheets of many pictures: a fifth of a PNG's size. Colours keep their full resolution."""
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()


def contact_sheet(
    images: Sequence[Image.Image],
    columns: int,
    *,
    row_labels: Sequence[str] | None = None,
    column_labels: Sequence[str] | None = None,
    gap: int = 2,
    scale: int = 1,
) -> Image.Image:
    """The pictures in rows of `columns` on white, `gap` pixels apart, each enlarged `scale` times.

    Labels stand left of the rows and above the columns; one that does not fit is cut. Raises ValueError for no
    pictures, or for labels that are not one a row or one a column.
    """
    rows = -(-len(images) // columns) if columns > 0 else 0
    _check_sheet(rows, columns, row_labels, column_labels)
    width = scale * max(image.width for image in images)
    height = scale * max(image.height for image in images)
    font = ImageFont.load_default(size=max(10, min(16, width // 6)))
    left = _gutter(row_labels, font, 2 * width)
    top = _line_height(font) if column_labels else 0
    sheet = Image.new("RGB", (left + columns * (width + gap) + gap, top + rows * (height + gap) + gap), WHITE)
    for index, image in enumerate(images):
        x, y = left + gap + index % columns * (width + gap), top + gap + index // columns * (height + gap)
        sheet.paste(_enlarged(image, scale), (x, y))
    draw = ImageDraw.Draw(sheet)
    for row, label in enumerate(row_labels or ()):
        middle = top + gap + row * (height + gap) + height // 2
        draw.text((left - 4, middle), _cut(label, font, left - 8), INK, font, anchor="rm")
    for column, label in enumerate(column_labels or ()):
        middle = left + gap + column * (width + gap) + width // 2
        draw.text((middle, top // 2), _cut(label, font, width), INK, font, anchor="mm")
    return sheet


Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def _check_sheet(
    rows: int, columns: int, row_labels: Sequence[str] | None, column_labels: Sequence[str] | None
) -> None:
    if not rows:
        raise ValueError(f"a sheet needs pictures and at least one column; got {rows} rows, {columns} columns")
    for name, labels, wanted in (("row", row_labels, rows), ("column", column_labels, columns)):
        if labels is not None and len(labels) != wanted:
            raise ValueError(f"{len(labels)} {name} labels for {wanted} {name}s")


def _enlarged(image: Image.Image, scale: int) -> Image.Image:
    if scale == 1:
        return image
    return image.resize((image.width * scale, image.height * scale), Image.Resampling.LANCZOS)


def _gutter(labels: Sequence[str] | None, font: Font, widest: int) -> int:
    return min(widest, max(round(font.getlength(label)) for label in labels) + 8) if labels else 0


def _line_height(font: Font) -> int:
    return round(font.getbbox("Åg")[3]) + 6


def _cut(label: str, font: Font, room: int) -> str:
    if font.getlength(label) <= room:
        return label
    while label and font.getlength(label + "…") > room:
        label = label[:-1]
    return label.rstrip() + "…"
