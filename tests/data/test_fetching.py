import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate

import pytest

from t2i_core.addresses import is_any, is_public
from t2i_core.data.fetching import Fetcher, looks_like_a_picture, seconds_of
from t2i_core.data.http_connection import Failed
from t2i_core.data.http_pool import Place
from t2i_core.data.picture_server import picture

PICTURE = picture(0)
OK = b"HTTP/1.1 200 OK\r\n"
WHOLE = OK + b"Content-Length: %d\r\n\r\n" % len(PICTURE) + PICTURE


@dataclass
class Heard:
    """What a made-up server was asked, over how many connections."""

    requests: list[bytes]
    connections: int = 0


Story = Callable[[Fetcher, str, Heard], Awaitable[None]]


def told(
    answers: dict[str, bytes], story: Story, *, ends: bool = False, allowed: Callable[[str], bool] = is_any
) -> Heard:
    """Runs a story against a server that gives these answers by path, and closes after each where it `ends`."""
    heard = Heard([])

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.connections += 1
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                heard.requests.append(request)
                answer = answers[request.split(b" ")[1].decode()]
                for piece in answer.split(b"<wait>"):
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.02 if b"<wait>" in answer else 0)
                if ends:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    async def play() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        fetcher = Fetcher(per_host=2, max_bytes=100_000, seconds=1.0, allowed=allowed)
        try:
            await story(fetcher, url, heard)
        finally:
            fetcher.close()
            server.close()

    asyncio.run(play())
    return heard


def fetched(answer: bytes, *, ends: bool = False) -> bytes | Failed:
    """What becomes of one answer."""
    found: list[bytes | Failed] = []

    async def story(fetcher: Fetcher, url: str, heard: Heard) -> None:
        try:
            found.append(await fetcher.get(Place.of(url + "/a")))
        except Failed as problem:
            found.append(problem)

    told({"/a": answer}, story, ends=ends)
    return found[0]


CHUNKED = b"".join(
    b"%x\r\n%b\r\n" % (len(PICTURE[i : i + 999]), PICTURE[i : i + 999]) for i in range(0, len(PICTURE), 999)
)


@pytest.mark.parametrize(
    ("answer", "ends"),
    [
        (WHOLE, False),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + WHOLE, False),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED + b"0\r\n\r\n", False),
        (OK + b"\r\n" + PICTURE, True),
        (b"HTTP/1.0 200 OK\r\n\r\n" + PICTURE, True),
        (WHOLE[:30] + b"<wait>" + WHOLE[30:150] + b"<wait>" + WHOLE[150:], False),
    ],
)
def test_a_picture_comes_whole_however_it_is_sent(answer: bytes, ends: bool) -> None:
    assert fetched(answer, ends=ends) == PICTURE


@pytest.mark.parametrize(
    ("answer", "ends", "reason", "again"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", False, "the server answers 404", False),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", False, "the server answers 503", True),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", False, "the server answers 304", False),
        (OK + b"Content-Length: 0\r\n\r\n", False, "an empty answer", False),
        (OK + b"Content-Length: 30\r\n\r\n<!doctype html><html>sign in  ", False, "not a picture", False),
        (OK + b"Content-Length: 5\r\n\r\nabcde", False, "not a picture", False),
        (OK + b"Content-Length: 100001\r\n\r\n", False, "too many bytes", False),
        (OK + b"Content-Length: 99999999999999999999999999\r\n\r\n", False, "the answer is not HTTP", True),
        (OK + b"\r\n" + PICTURE + bytes(100_000), True, "too many bytes", False),
        (WHOLE[:-100], True, "the answer is cut off", True),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED, True, "the answer is cut off", True),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", False, "the answer is not HTTP", True),
        (OK + b"X-Much: " + b"x" * 70_000, False, "the answer is not HTTP", False),
        (b"", True, "the server cannot be reached", True),
        (WHOLE[:-100], False, "the server takes too long", True),
        (b"HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n", False, "without end", False),
        (b"HTTP/1.1 302 Found\r\nLocation: file:///etc\r\nContent-Length: 0\r\n\r\n", False, "not a plain", False),
        (b"HTTP/1.1 302 Found\r\nLocation: http://u:p@a.b/\r\nContent-Length: 0\r\n\r\n", False, "not a plain", False),
    ],
)
def test_everything_else_says_why_and_whether_to_ask_again(answer: bytes, ends: bool, reason: str, again: bool) -> None:
    found = fetched(answer, ends=ends)
    assert isinstance(found, Failed)
    assert reason in found.reason
    assert found.again is again


def test_a_gzipped_answer_is_not_unpacked() -> None:
    found = fetched(OK + b"Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n\x1f\x8b" + bytes(18))
    assert isinstance(found, Failed)
    assert found.reason == "not a picture"


def test_a_redirection_is_followed_and_connections_are_used_again() -> None:
    async def story(fetcher: Fetcher, url: str, heard: Heard) -> None:
        for _ in range(3):
            assert await fetcher.get(Place.of(url + "/moved")) == PICTURE

    moved = b"HTTP/1.1 301 Moved\r\nLocation: whole\r\nContent-Length: 3\r\n\r\nbye"
    heard = told({"/moved": moved, "/whole": WHOLE}, story)
    assert (len(heard.requests), heard.connections) == (6, 1)


def test_a_kept_connection_that_the_server_closed_meanwhile_is_replaced() -> None:
    async def story(fetcher: Fetcher, url: str, heard: Heard) -> None:
        for _ in range(3):
            assert await fetcher.get(Place.of(url + "/a")) == PICTURE

    assert told({"/a": WHOLE}, story, ends=True).connections == 3


def test_no_more_connections_than_allowed_are_opened_to_a_host_by_redirections_either() -> None:
    async def story(fetcher: Fetcher, url: str, heard: Heard) -> None:
        await asyncio.gather(*(fetcher.get(Place.of(url + "/slow")) for _ in range(8)))

    assert told({"/slow": b"<wait>" + WHOLE}, story).connections == 2


def test_an_address_inside_a_network_is_never_connected_to() -> None:
    async def story(fetcher: Fetcher, url: str, heard: Heard) -> None:
        port = url.rpartition(":")[2]
        for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"):
            with pytest.raises(Failed, match="inside a network"):
                await fetcher.get(Place.of(f"http://{host}:{port}/a"))

    assert told({"/a": WHOLE}, story, allowed=is_public).connections == 0


def test_a_redirection_inside_is_refused() -> None:
    def only_the_first(address: str) -> bool:
        return address == "127.0.0.1"

    async def story(fetcher: Fetcher, url: str, heard: Heard) -> None:
        with pytest.raises(Failed, match="inside a network"):
            await fetcher.get(Place.of(url + "/a"))

    inside = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n"
    told({"/a": inside}, story, allowed=only_the_first)


def test_an_answer_of_one_picture_never_becomes_that_of_the_next() -> None:
    async def story(fetcher: Fetcher, url: str, heard: Heard) -> None:
        with pytest.raises(Failed, match="404"):
            await fetcher.get(Place.of(url + "/two"))
        assert await fetcher.get(Place.of(url + "/a")) == PICTURE

    none = b"HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n"
    told({"/two": none + OK + b"Content-Length: 3\r\n\r\nbad", "/a": WHOLE}, story)


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("http://a.example/x.jpg", "a.example", "/x.jpg"),
        ("HTTPS://A.example:443/x y.jpg?a=ü#part", "a.example", "/x%20y.jpg?a=%C3%BC"),
        ("http://a.example:8080", "a.example:8080", "/"),
        ("http://bücher.example/%7Ea", "xn--bcher-kva.example", "/%7Ea"),
        ("http://[::1]:81/x", "[::1]:81", "/x"),
    ],
)
def test_an_address_is_told_to_the_server_in_plain_letters(url: str, host: str, target: str) -> None:
    place = Place.of(url)
    assert (place.host, place.target) == (host, target)


@pytest.mark.parametrize(
    "url",
    ["", "x.jpg", "ftp://a.b/c", "http://", "http://user:pw@a.b/", "http://[bad", "http://a:b/", "http://a:99999/x",
     "javascript:alert(1)", "http://a b/", "http://a\x00b/", "http://" + "ü" * 80 + ".de/"],
)  # fmt: skip
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(Failed, match="plain http"):
        Place.of(url)


def test_no_line_break_gets_into_a_request() -> None:
    place = Place.of("http://a.example/x\r\nHost: b\r\n\r\ny?q=\r\nz\x0b")
    assert place.host == "a.example"
    assert place.target.isprintable()
    assert " " not in place.target


def test_how_long_a_server_wants_to_be_left_alone() -> None:
    assert seconds_of("7") == 7.0
    assert 50 < seconds_of(formatdate(time.time() + 60, usegmt=True)) <= 60
    assert [seconds_of(text) for text in ("-3", "soon", "", formatdate(0))] == [0.0] * 4


def test_pictures_are_known_by_their_first_bytes() -> None:
    assert looks_like_a_picture(PICTURE[:12])
    assert looks_like_a_picture(b"RIFF\x00\x00\x00\x00WEBP")
    assert looks_like_a_picture(b"\x00\x00\x00\x1cftypavif")
    assert not looks_like_a_picture(b"RIFF\x00\x00\x00\x00WAVE")
    assert not looks_like_a_picture(b"%!PS-Adobe-3")
