"""Uploads that were tampered with: each ends in a picture, a finding or a sentence, and leaves nothing behind.

`T2I_FUZZ=10000 pytest tests/security/test_fuzz.py` tries that many instead of a few hundred.
"""

import os
import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from PIL import Image

from t2i_core.abuse.catalogue import archive_items, catalogue_items, count_rows
from t2i_core.abuse.check import AbuseChecker
from t2i_core.abuse.files import NoPicture
from t2i_core.abuse.sources import Item
from t2i_core.errors import ImageError, InputError
from t2i_core.generate.picture import Picture
from t2i_core.images import MAX_PIXELS, open_image
from tests.security.mutants import archives, catalogues, encoded, mutant, pictures

TRIES = int(os.environ.get("T2I_FUZZ", "300"))  # read before a test takes the variables away
EVERY = 25  # every so many-th picture is judged whole, which takes longer than opening it
GROWTH = 150_000_000  # bytes; what decoders and judges keep once they were used at all
CHECKER = AbuseChecker()  # without the judges that must be loaded


def opened(data: bytes, folder: Path, number: int) -> None:
    with suppress(ImageError):
        image = open_image(data)
        assert image.mode == "RGB"
        assert image.width * image.height <= MAX_PIXELS
    with suppress(ImageError, InputError):
        Picture.open(data)
    if number % EVERY == 0:
        CHECKER.check(data, title="Red shoe")


def unpacked(data: bytes, folder: Path, number: int) -> None:
    path = folder / "upload.zip"
    path.write_bytes(data)
    with suppress(InputError):
        read(archive_items(path, folder / "kept")[0])


def listed(data: bytes, folder: Path, number: int) -> None:
    path = folder / "upload.csv"
    path.write_bytes(data)
    with suppress(InputError):
        count_rows(path)
        read(catalogue_items(path))


def read(items: Iterable[Item]) -> None:
    """Every item of a source, as a batch reads it."""
    for item in items:
        with suppress(NoPicture):
            item.read()


KINDS: dict[str, tuple[Callable[[random.Random], list[bytes]], Callable[[bytes, Path, int], None]]] = {
    "pictures": (pictures, opened),
    "archives": (archives, unpacked),
    "catalogues": (catalogues, listed),
}


@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
def test_no_mutated_upload_crashes_anything_or_is_kept_in_memory(kind: str, tmp_path: Path) -> None:
    made, tried = KINDS[kind]
    dice = random.Random(f"uploads: {kind}")
    whole = made(dice)
    for number, data in enumerate(whole):  # what was not changed can be read; and everything is loaded by then
        tried(data, tmp_path, number * EVERY)
    before = psutil.Process().memory_info().rss
    for number in range(TRIES):
        data = mutant(dice.choice(whole), whole, dice)
        try:
            tried(data, tmp_path, number)
        except Exception as problem:
            raise AssertionError(f"file {number} of {kind}: {problem!r}; its bytes: {data!r}") from problem
    assert psutil.Process().memory_info().rss - before < GROWTH
    assert {path.name for path in tmp_path.iterdir()} <= {"upload.zip", "upload.csv", "kept"}
    assert {path.name for path in (tmp_path / "kept").glob("**/*")} <= {"upload.csv"}


def test_a_picture_whose_last_part_is_damaged_is_refused_in_a_sentence() -> None:
    """Found by ten thousand mutants: the pixels are whole, and what follows them claims to be gigabytes long."""
    whole = encoded(Image.new("P", (8, 8)), "PNG")
    end = whole.rindex(b"IEND") - 4
    with pytest.raises(ImageError, match="damaged"):
        open_image(whole[:end] + b"\x9a\x5a\x4d\x8czGyb" + bytes(200))
