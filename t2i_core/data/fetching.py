"""One picture from the web: bounded in bytes, time and redirections, and never from inside a network unasked."""

import asyncio
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin
from weakref import WeakValueDictionary

from t2i_core.addresses import Allowed, is_public
from t2i_core.data.http_connection import Answer, Failed
from t2i_core.data.http_pool import HttpPool, Place

REDIRECTS = 3
MOVED = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})  # answers that may be better the next time
MARKS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
MARK_BYTES = 12


def looks_like_a_picture(start: bytes) -> bool:
    """Whether a file's first `MARK_BYTES` bytes are those of a format that is opened here."""
    if start.startswith(MARKS):
        return True
    return (start[:4] == b"RIFF" and start[8:12] == b"WEBP") or start[4:12] in (b"ftypavif", b"ftypavis", b"ftypmif1")


class Fetcher:
    """Asks for pictures over connections that are kept.

    per_host: connections to one host at a time, those that redirections lead to included
    max_bytes: larger answers are left where that shows
    seconds: for the whole of one picture
    allowed: which IP addresses may be connected to; asked of the very address of each connection, so that a name
      cannot answer differently the second time
    """

    def __init__(self, *, per_host: int, max_bytes: int, seconds: float, allowed: Allowed = is_public) -> None:
        self._pool = HttpPool(allowed)
        self._per_host, self._max_bytes, self._seconds = per_host, max_bytes, seconds
        self._room: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def get(self, place: Place) -> bytes:
        """The bytes of a picture. Raises Failed where there are none."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._follow(place)
        except TimeoutError as problem:
            raise Failed("the server takes too long", again=True) from problem

    def close(self) -> None:
        """Closes what is open."""
        self._pool.close()

    async def _follow(self, place: Place) -> bytes:
        for _ in range(REDIRECTS + 1):
            room = self._room.get(place.host) or self._room.setdefault(place.host, asyncio.Semaphore(self._per_host))
            async with room:
                answer = await self._pool.ask(place, self._max_bytes, looks_like_a_picture)
            if answer.status not in MOVED or not answer.location:
                return _body(answer)
            place = Place.of(urljoin(place.url, answer.location))
        raise Failed("the address leads from one to the next without end")


def _body(answer: Answer) -> bytes:
    if answer.status != 200:
        busy = answer.status in BUSY
        wait = seconds_of(answer.retry_after) if busy and answer.retry_after else 0.0
        raise Failed(f"the server answers {answer.status}", again=busy, wait=wait)
    if not answer.body:
        raise Failed("an empty answer")
    if not looks_like_a_picture(answer.body[:MARK_BYTES]):
        raise Failed("not a picture")
    return answer.body


def seconds_of(after: str) -> float:
    """A Retry-After header as seconds from now; 0 for one that makes no sense."""
    try:
        return max(0.0, float(after))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(after).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0
