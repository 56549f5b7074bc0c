"""Pictures from the web, for those who switch that on: never from an address inside a network."""

import http.client
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit

from t2i_core.abuse.files import NoPicture
from t2i_core.abuse.verdict import Signal
from t2i_core.addresses import Allowed, is_public

MAX_DOWNLOAD = 20_000_000  # bytes; marketplaces take 16 MB
SECONDS = 15.0  # for the whole of a picture, its redirections included
REDIRECTS = 3
PIECE = 65_536
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class UrlItem:
    """A picture at an address. Every host on the way must be allowed."""

    url: str
    title: str = ""
    allowed: Allowed = is_public

    @property
    def name(self) -> str:
        return self.url

    @property
    def stamp(self) -> str:
        return "web"

    def read(self) -> Path | bytes:
        """The bytes. Raises NoPicture, saying why, within SECONDS and MAX_DOWNLOAD."""
        ends, url = time.monotonic() + SECONDS, self.url
        for _ in range(REDIRECTS + 1):
            answer = self._ask(url, ends)
            if isinstance(answer, bytes):
                return answer
            url = urljoin(url, answer)
        raise _none("the address leads from one to the next without end")

    def _ask(self, url: str, ends: float) -> bytes | str:
        """The bytes, or where to go instead."""
        try:
            parts = urlsplit(url)
            with _Connection(parts, self.allowed, ends) as connection:
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                connection.request("GET", target, headers={"User-Agent": "t2i", "Accept": "image/*"})
                response = connection.getresponse()
                if response.status in (301, 302, 303, 307, 308):
                    return response.getheader("Location") or ""
                if response.status != 200:
                    raise _none(f"the server answers {response.status}")
                return _body(response, ends)
        except (OSError, http.client.HTTPException, UnicodeError, ValueError) as problem:
            raise _none("the address cannot be reached") from problem


def _body(response: http.client.HTTPResponse, ends: float) -> bytes:
    data = bytearray()
    while piece := response.read1(PIECE):
        data += piece
        if len(data) > MAX_DOWNLOAD:
            raise NoPicture(Signal("file.too_large", 1.0, detail=f"more than {MAX_DOWNLOAD / 1e6:.0f} MB"))
        if time.monotonic() > ends:
            raise _none("the server takes too long")
    return bytes(data)


class _Connection(http.client.HTTPConnection):
    """To the very IP address that was checked, so that a name cannot answer differently the second time."""

    def __init__(self, parts: SplitResult, allowed: Allowed, ends: float) -> None:
        if parts.scheme not in PORTS or not parts.hostname or parts.username is not None:
            raise _none("only plain http and https addresses are fetched")
        super().__init__(parts.hostname, parts.port or PORTS[parts.scheme], timeout=max(0.1, ends - time.monotonic()))
        self._secure, self._allowed = parts.scheme == "https", allowed

    def connect(self) -> None:
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = [str(one[4][0]) for one in found]
        if not addresses or not all(self._allowed(address) for address in addresses):
            raise _none("the address lies inside a network")
        self.sock = socket.create_connection((addresses[0], self.port), self.timeout)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def __enter__(self) -> "_Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _none(why: str) -> NoPicture:
    return NoPicture(Signal("file.missing", 1.0, detail=why))
