"""Batches of drawn pictures, judged without anything that must be loaded."""

from collections.abc import Sequence
from pathlib import Path

from t2i_core.abuse.batch import run_batch
from t2i_core.abuse.check import AbuseChecker
from t2i_core.abuse.results import Results
from t2i_core.abuse.sources import FileItem, Item
from tests.abuse.drawn import badged, encoded, photo

CHECKER = AbuseChecker()


def shop(folder: Path) -> list[Item]:
    """A fine picture, one with a badge, one that is none, one that is missing, and the fine one under another title."""
    folder.mkdir(exist_ok=True)
    (folder / "fine.jpg").write_bytes(encoded(photo((300, 300))))
    (folder / "badge.jpg").write_bytes(encoded(badged(photo((300, 300), 1, fill=0.6))))
    (folder / "page.jpg").write_bytes(b"<html>")
    (folder / "again.jpg").write_bytes(encoded(photo((300, 300)), quality=80))
    titles = {
        "fine.jpg": "Red Shoe",
        "badge.jpg": "<script>alert(1)</script> Bag",
        "page.jpg": "=1+1",
        "none.jpg": "Watch",
        "again.jpg": "Leather Wallet",
    }
    return [FileItem(folder / name, title, name) for name, title in titles.items()]


def judged(folder: Path, items: Sequence[Item] | None = None, checker: AbuseChecker = CHECKER) -> Results:
    given = shop(folder) if items is None else items
    return run_batch(checker, given, folder / "results.jsonl", total=len(given))
