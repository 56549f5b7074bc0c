"""Lines in scripts that the wheel's models do not know, read by Tesseract where the system has it.

`apt-get install tesseract-ocr tesseract-ocr-kor tesseract-ocr-rus` brings it, with its models. It reads such lines well
once they are found and cut out, which it does badly itself in a photo; so it is handed the cut lines, as one page.
"""

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

HEIGHT = 48  # pixels a line is brought to: what the models were trained at
GAP = 36  # white between the lines of the page
WIDEST = 2400
SURE = 55  # of 100: mean certainty of the words of a line
SECONDS = 20.0
SCRIPTS = {"kor": ((0xAC00, 0xD7A3), (0x1100, 0x11FF), (0x3131, 0x318E)), "rus": ((0x0400, 0x04FF),)}

Pixels = NDArray[np.uint8]
Read = tuple[str, float]  # the text, and how sure, 0..1


@cache
def languages() -> tuple[str, ...]:
    """What Tesseract can read here of the scripts, and English, so that it takes none for another; else nothing."""
    program = shutil.which("tesseract")
    if program is None:
        return ()
    try:
        listed = _run([program, "--list-langs"], b"").split()
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(name for name in (*SCRIPTS, "eng") if name in listed) if set(SCRIPTS) & set(listed) else ()


def read_scripts(lines: Sequence[Pixels]) -> list[Read | None]:
    """What cut lines, RGB [H, W, 3], say in Korean or Cyrillic letters; None for each that says nothing so."""
    known = languages()
    if not lines or not known:
        return [None] * len(lines)
    page, places = _page(lines)
    buffer = io.BytesIO()
    page.save(buffer, "PNG")
    command = ["tesseract", "stdin", "stdout", "-l", "+".join(known), "--psm", "6", "tsv"]  # one block of lines
    try:
        table = _run(command, buffer.getvalue())
    except (OSError, subprocess.SubprocessError):
        return [None] * len(lines)
    words = _words(table)
    return [_line([word for word in words if top <= word[0] < top + HEIGHT + GAP]) for top in places]


def _run(command: Sequence[str], data: bytes) -> str:
    """What a program prints. No shell reads the command; one thread, because pictures are judged side by side."""
    done = subprocess.run(
        command,
        input=data,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=SECONDS,
        check=True,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    return done.stdout.decode("utf-8", "replace")


def _page(lines: Sequence[Pixels]) -> tuple[Image.Image, list[int]]:
    """The lines below each other, dark on white, and where each begins less half a gap."""
    strips = [_strip(line) for line in lines]
    page = Image.new("L", (max(strip.width for strip in strips) + 2 * GAP, (HEIGHT + GAP) * len(strips) + GAP), 255)
    tops = [GAP + row * (HEIGHT + GAP) for row in range(len(strips))]
    for strip, top in zip(strips, tops, strict=True):
        page.paste(strip, (GAP, top))
    return page, [top - GAP // 2 for top in tops]


def _strip(line: Pixels) -> Image.Image:
    grey = ImageOps.autocontrast(Image.fromarray(line).convert("L"), cutoff=1)
    rim = np.concatenate([np.asarray(grey)[[0, -1]].ravel(), np.asarray(grey)[:, [0, -1]].ravel()])
    if np.median(rim) < 128:  # light letters on dark
        grey = ImageOps.invert(grey)
    width = min(WIDEST, max(8, round(grey.width * HEIGHT / grey.height)))
    return grey.resize((width, HEIGHT), Image.Resampling.LANCZOS)


def _words(table: str) -> list[tuple[float, int, str, float]]:
    """(middle of its height, left edge, text, certainty 0..100) of every word in Tesseract's table."""
    words = []
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = (row.get("text") or "").strip()
        if row.get("level") == "5" and text:
            middle = int(row["top"]) + int(row["height"]) / 2
            words.append((middle, int(row["left"]), text, float(row["conf"])))
    return words


def _line(words: Sequence[tuple[float, int, str, float]]) -> Read | None:
    text = " ".join(word[2] for word in sorted(words, key=lambda word: word[1]))
    letters = sum(_in_scripts(sign) for sign in text)
    if letters < 2 or 2 * letters < sum(sign.isalpha() for sign in text):
        return None
    sure = float(np.average([word[3] for word in words], weights=[len(word[2]) for word in words]))
    return (text, sure / 100) if sure >= SURE else None


def _in_scripts(sign: str) -> bool:
    return any(low <= ord(sign) <= high for ranges in SCRIPTS.values() for low, high in ranges)
