"""A server of made-up pictures on this machine, a fifth of whose answers are what the web really gives: slow, busy, cut
off, moved, far too large, or no pictures at all. Downloads are measured and tested against it.

`python -m t2i_core.data.picture_server` listens on several ports, which stand for hosts, prints them as a JSON line,
and ends when its standard input does. What an address answers is decided by its path alone: /<kind>/<number>.jpg
"""

import asyncio
import io
import json
import os
import sys
import threading
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

SIDE, QUALITY = 256, 82  # about 10 KB
DIFFERENT = 100  # pictures; a number's is the one of its remainder
SLOW_SECONDS = 0.5
HUGE = 200_000_000  # bytes that a huge answer announces, or sends
HOSTS = 8


@dataclass(frozen=True)
class Kind:
    """One way to answer. reason: why there is no picture in the end; None where there is one."""

    name: str
    percent: int
    reason: str | None = None


KINDS = (
    Kind("good", 80),
    Kind("slow", 4),
    Kind("moved", 4),
    Kind("busy", 2),  # 503 the first time
    Kind("cut", 2),  # the first time half a picture
    Kind("huge", 1, "too many bytes"),
    Kind("endless", 1, "too many bytes"),
    Kind("page", 2, "not a picture"),
    Kind("damaged", 1, "the picture is damaged"),
    Kind("missing", 1, "the server answers 404"),
    Kind("circle", 1, "the address leads from one to the next without end"),
    Kind("dropped", 1, "the server cannot be reached"),
)


def kind_of(number: int) -> Kind:
    """How the picture of this number is answered: in every hundred numbers each kind has its percentage, spread out."""
    place = number * 37 % 100
    for kind in KINDS:
        if place < kind.percent:
            return kind
        place -= kind.percent
    raise AssertionError("the percentages add up to 100")


def path_of(number: int) -> str:
    return f"/{kind_of(number).name}/{number}.jpg"


@lru_cache
def picture(number: int, side: int = SIDE) -> bytes:
    """A JPEG of blurred blobs and fine grain, another one for each number below `DIFFERENT`."""
    random = np.random.default_rng(number)
    blobs = Image.fromarray(random.integers(0, 256, (6, 6, 3), dtype=np.uint8))
    canvas = np.asarray(blobs.resize((side, side), Image.Resampling.BICUBIC)).astype(int)
    grained = (canvas + random.integers(-7, 8, (side, side, 1))).clip(0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(grained).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


class PictureServer(asyncio.Protocol):
    """One connection, kept open between answers."""

    asked: set[bytes]  # paths that were asked for before, by any connection

    def __init__(self, asked: set[bytes]) -> None:
        self.asked = asked
        self.heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.heard += data
        if self.heard.endswith(b"\r\n\r\n"):
            path = self.heard.split(b" ", 2)[1]
            self.heard = b""
            self.answer(path)

    def answer(self, path: bytes) -> None:
        _, kind, name = path.split(b"/")
        again = path in self.asked
        self.asked.add(path)
        number = int(name.partition(b".")[0])
        body = picture(number % DIFFERENT)
        if kind == b"good" or (again and kind in (b"busy", b"cut")):
            self.say(body)
        elif kind == b"slow":
            asyncio.get_running_loop().call_later(SLOW_SECONDS, self.say, body)
        elif kind == b"moved":
            self.say(b"", b"302 Found", b"Location: /good/" + name + b"\r\n")
        elif kind == b"circle":
            self.say(b"", b"302 Found", b"Location: /circle/" + name + b"\r\n")
        elif kind == b"busy":
            self.say(b"", b"503 Service Unavailable")
        elif kind == b"page":
            self.say(b"<!doctype html><title>Sign in</title>" + bytes(2000))
        elif kind == b"damaged":
            self.say(body[: len(body) // 2])
        elif kind == b"cut":
            self.say(body, left_out=len(body) // 2)
        elif kind == b"huge":
            self.say(body, left_out=-HUGE)
        elif kind == b"endless":
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n" + body)
            self.pour()
        elif kind == b"dropped":
            self.transport.abort()
        else:
            self.say(b"", b"404 Not Found")

    def say(self, body: bytes, status: bytes = b"200 OK", headers: bytes = b"", *, left_out: int = 0) -> None:
        """left_out: bytes that are announced and do not come; below 0 so many more are announced than there are"""
        length = len(body) - min(left_out, 0)
        head = b"HTTP/1.1 %b\r\nContent-Type: image/jpeg\r\n%bContent-Length: %d\r\n\r\n" % (status, headers, length)
        self.transport.write(head + body[: len(body) - max(left_out, 0)])
        if left_out > 0:
            self.transport.close()

    def pour(self, sent: int = 0) -> None:
        """Goes on sending for as long as anybody listens."""
        if sent < HUGE and not self.transport.is_closing():
            self.transport.write(bytes(1_000_000))
            asyncio.get_running_loop().call_later(0.01, self.pour, sent + 1_000_000)
        else:
            self.transport.close()


async def serve(hosts: int) -> None:
    """Listens until the process is ended."""
    for number in range(DIFFERENT):
        picture(number)
    asked: set[bytes] = set()
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(lambda: PictureServer(asked), "127.0.0.1", 0) for _ in range(hosts)]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_input, daemon=True).start()
    asyncio.run(serve(HOSTS))
