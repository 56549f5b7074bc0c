"""Whole catalogues: many pictures at once, stopped and taken up again, and no file of them ends it."""

import base64
import io
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from PIL import Image

from t2i_core.abuse.check import AbuseChecker, nothing_seen
from t2i_core.abuse.duplicates import Print
from t2i_core.abuse.files import NoPicture
from t2i_core.abuse.results import Result, Results
from t2i_core.abuse.sources import Item
from t2i_core.abuse.verdict import Signal

THUMBNAIL = 112  # pixels
AHEAD = 2  # pictures that wait for each worker; more would only fill memory
VERSION = 1  # changes when the judges do: an older batch is then begun anew
OnStep = Callable[[int, int], None]  # (pictures done, pictures in all)

log = logging.getLogger(__name__)


def run_batch(
    checker: AbuseChecker,
    items: Iterable[Item],
    file: Path,
    *,
    total: int,
    workers: int = 2,
    on_step: OnStep | None = None,
) -> Results:
    """Judges every item and compares them with each other. What is found stands in `file` as soon as it is found.

    on_step may raise to stop the batch; with the same file it goes on where it stopped.
    """
    results = Results(file, _digest(checker))
    for done, (item, result) in enumerate(_judged(checker, items, results, workers), start=1):
        if result is not None:
            results.add(item, result)
        if on_step:
            on_step(done, max(total, done))
    results.find_repeats()
    return results


def _judged(
    checker: AbuseChecker, items: Iterable[Item], results: Results, workers: int
) -> Iterator[tuple[Item, Result | None]]:
    """The items in their order, each with its result; None for one that is in the file already."""
    pool = ThreadPoolExecutor(max(1, workers), thread_name_prefix="check")
    waiting: deque[tuple[Item, Future[Result]]] = deque()
    try:
        for item in items:
            if results.knows(item):
                while waiting:
                    yield _next(waiting)
                results.take(item)
                yield item, None
                continue
            waiting.append((item, pool.submit(judge_item, checker, item)))
            if len(waiting) >= AHEAD * workers:
                yield _next(waiting)
        while waiting:
            yield _next(waiting)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _next(waiting: deque[tuple[Item, Future[Result]]]) -> tuple[Item, Result]:
    item, future = waiting.popleft()
    return item, future.result()


def judge_item(checker: AbuseChecker, item: Item) -> Result:
    """One item's result, whatever happens on the way to it."""
    try:
        looked = checker.look(item.read(), item.title)
    except NoPicture as nothing:
        looked = nothing_seen(nothing.signal, checker.profile)
    except Exception:  # a judge's bug: it is logged and told, and the other pictures are judged
        log.exception("judging %r failed", item.name)
        looked = nothing_seen(Signal("check.failed", 1.0), checker.profile)
    if looked.subject is None:
        return Result(item.name, item.title, looked.verdict)
    image = looked.subject.reduced
    return Result(item.name, item.title, looked.verdict, looked.subject.image.size, _thumbnail(image), Print.of(image))


def _thumbnail(image: Image.Image) -> str:
    small = image.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=70)
    return base64.b64encode(buffer.getvalue()).decode()


def _digest(checker: AbuseChecker) -> str:
    """What the results depend on besides the pictures."""
    judges = [getattr(judge, "__name__", "") for judge in (*checker.judges, *checker.readers)]
    return sha256(f"{VERSION}\n{checker.profile.to_toml()}\n{judges}".encode()).hexdigest()[:16]
