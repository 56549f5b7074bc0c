"""Downloaded pictures as a data set keeps them: known to be whole, no larger than wanted, JPEG."""

import io
from collections.abc import Sequence

from PIL import Image

from t2i_core.errors import DamagedImage, ImageError, NotAPicture, TooLarge
from t2i_core.images import FileFacts, read_image

MAX_PIXELS = 36_000_000  # a shop's largest pictures; decoded 108 MB
QUALITY = 90
REASONS: dict[type[ImageError], str] = {
    NotAPicture: "not a picture",
    DamagedImage: "the picture is damaged",
    TooLarge: "too many pixels",
}

Fitted = bytes | str | None


def fit_all(pictures: Sequence[bytes], size: int) -> list[Fitted]:
    """For each file: the bytes of a smaller one, None where it can stay as it is, or the reason why it is no good."""
    return [fit(data, size) for data in pictures]


def fit(data: bytes, size: int) -> Fitted:
    """As `fit_all`, of one file. size: the longest side a kept picture may have, in pixels."""
    try:
        opened = read_image(data, MAX_PIXELS, draft=lambda facts: (1, 1) if _stays(facts, size) else (size, size))
    except ImageError as problem:
        return REASONS.get(type(problem), "not a picture")
    return None if _stays(opened.facts, size) else _jpeg(opened.image, size)


def _stays(facts: FileFacts, size: int) -> bool:
    """Whether the file is a JPEG that is small enough and shown as it is stored: it is only decoded, coarsely, to know
    that it is whole."""
    return facts.format == "JPEG" and facts.mode in ("RGB", "L") and not facts.rotated and max(facts.size) <= size


def _jpeg(image: Image.Image, size: int) -> bytes:
    image.thumbnail((size, size), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
