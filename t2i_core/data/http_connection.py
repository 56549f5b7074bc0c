"""One connection to a web server, over which files are asked for one after the other.

The parser is llhttp, the one of Node.js; here stands only what bounds it. A general client does more for every answer
than a download of millions of small files should spend.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import httptools

MARK_BYTES = 12  # by which a file is known
MAX_HEADERS = 65_536  # bytes
MAX_ASIDE = 65_536  # bytes of an answer nobody wants that are read to keep the connection

Known = Callable[[bytes], bool]


class Failed(Exception):
    """Why there is no picture, in words that group well.

    again: whether asking once more may help; wait: seconds for which the host asked to be left alone
    """

    def __init__(self, reason: str, *, again: bool = False, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.reason, self.again, self.wait = reason, again, wait


class Stale(Exception):
    """The server had closed the connection before it was asked."""


@dataclass(frozen=True)
class Answer:
    """What a server said. The body is that of a file; of other answers it is left out."""

    status: int
    body: bytes
    location: str = ""
    retry_after: str = ""


class HttpConnection(asyncio.Protocol):
    """Asks for a file, and gives up on one that is too large or not wanted as soon as that shows."""

    def __init__(self) -> None:
        self.used = False
        self._open = False
        self._waiter: asyncio.Future[Answer] | None = None
        self._wanted = False

    @property
    def reusable(self) -> bool:
        """Whether it can be asked again."""
        return self._open and self._waiter is None and not self._transport.is_closing()

    async def ask(self, request: bytes, max_bytes: int, known: Known) -> Answer:
        """The answer. Raises Failed, or Stale where nothing came over a connection that was used before.

        known: whether a file that starts with these bytes is wanted
        """
        self._parser = httptools.HttpResponseParser(self)
        self._max_bytes, self._known = max_bytes, known
        self._heard = 0
        self._begin()
        waiter: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiter = waiter
        try:
            self._transport.write(request)
            return await waiter
        finally:
            if self._waiter is not None:  # cancelled: what comes now belongs to nobody
                self._waiter = None
                self._transport.abort()
            self.used = True

    def close(self) -> None:
        self._transport.abort()

    # what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._open = transport, True

    def data_received(self, data: bytes) -> None:
        if self._waiter is None:  # nobody asked
            self._transport.abort()
            return
        self._heard += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(Failed("the answer is not HTTP", again=True))
            return
        if self._waiter is not None and not self._complete_headers and self._heard > MAX_HEADERS:
            self._fail(Failed("the answer is not HTTP"))

    def connection_lost(self, error: Exception | None) -> None:
        self._open = False
        if self._waiter is None:
            return
        if self._complete_headers and not self._length_known and error is None:
            self._finish()  # an answer that ends with its connection
        elif self._complete_headers:
            self._fail(Failed("the answer is cut off", again=True))
        elif self.used and not self._heard:
            self._fail(Stale())
        else:
            self._fail(Failed("the server cannot be reached", again=True))

    # what the parser calls

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name == b"location":
            self._location = value.decode("latin-1").strip()
        elif name == b"retry-after":
            self._retry_after = value.decode("latin-1")
        elif name == b"content-length":
            self._length_known = True
            if value.strip().isdigit():
                self._length = int(value[:20])
        elif name == b"transfer-encoding":
            self._length_known = True

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        self._complete_headers = True
        if self._status == 200 and self._length > self._max_bytes:
            self._fail(Failed("too many bytes"))

    def on_body(self, data: bytes) -> None:
        if self._waiter is None:
            return
        self._body += data
        if self._status != 200:
            if len(self._body) > MAX_ASIDE:
                self._finish()
        elif len(self._body) > self._max_bytes:
            self._fail(Failed("too many bytes"))
        elif not self._wanted and len(self._body) >= MARK_BYTES:
            self._wanted = self._known(bytes(self._body[:MARK_BYTES]))
            if not self._wanted:
                self._fail(Failed("not a picture"))

    def on_message_complete(self) -> None:
        if 100 <= self._status < 200:  # a hint; the answer follows
            self._begin()
        elif self._waiter is not None:
            self._finish(keep=self._parser.should_keep_alive())

    def _begin(self) -> None:
        self._status, self._length, self._body = 0, 0, bytearray()
        self._location = self._retry_after = ""
        self._complete_headers = self._length_known = self._wanted = False

    def _finish(self, *, keep: bool = False) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            body = bytes(self._body) if self._status == 200 else b""
            waiter.set_result(Answer(self._status, body, self._location, self._retry_after))
        if not keep:
            self._transport.abort()

    def _fail(self, problem: Exception) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_exception(problem)
        self._transport.abort()
