"""Connections to web servers, opened only to addresses that are allowed, and kept for the next file."""

import asyncio
import re
import socket
import ssl
import time
from collections import deque
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from t2i_core.addresses import Allowed
from t2i_core.data.http_connection import Answer, Failed, HttpConnection, Known, Stale

PORTS = {"http": 80, "https": 443}
KEPT_SECONDS = 10.0  # shorter than servers wait
MOST_KEPT = 1000
NAME_SECONDS = 60.0  # for which a name's addresses are remembered
MOST_NAMES = 10_000
MOST_ADDRESSES = 4  # of a name that are tried
SAFE = "%/:=&?~+!$,;'@()*[]"  # characters of an address that are sent as they are
HEADERS = "User-Agent: t2i\r\nAccept: image/*\r\nAccept-Encoding: identity\r\n\r\n"

PLAIN = re.compile(r"(https?)://([a-z0-9.-]+(?::[0-9]{1,5})?)(/[A-Za-z0-9._~/%+,=&?-]*)")

Info = tuple[socket.AddressFamily, str, int]


@dataclass(frozen=True)
class Place:
    """Where a file lies. host: with its port, as servers are told it"""

    scheme: str
    name: str
    port: int
    host: str
    target: str

    @classmethod
    def of(cls, url: str) -> "Place":
        """Raises Failed for what is no plain http or https address."""
        if plain := PLAIN.fullmatch(url):  # nearly all: a tenth of the time that the general way takes
            scheme, host, target = plain.groups()
            name, _, port = host.partition(":")
            if not port or 0 < int(port) < 65_536:
                return cls(scheme, name, int(port or PORTS[scheme]), host, target)
        try:
            parts = urlsplit(url)
            if parts.scheme not in PORTS or not parts.hostname or parts.username is not None:
                raise ValueError("no such address")
            name = parts.hostname.encode("idna").decode() if not parts.hostname.isascii() else parts.hostname
            port = parts.port or PORTS[parts.scheme]
        except ValueError as problem:
            raise Failed("not a plain http or https address") from problem
        if quote(name, safe=":.") != name:  # nothing that could end a line
            raise Failed("not a plain http or https address")
        shown = f"[{name}]" if ":" in name else name
        host = shown if port == PORTS[parts.scheme] else f"{shown}:{port}"
        target = quote(parts.path or "/", safe=SAFE) + (f"?{quote(parts.query, safe=SAFE)}" if parts.query else "")
        return cls(parts.scheme, name, port, host, target)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}{self.target}"


class HttpPool:
    """Keeps connections by the host they lead to. allowed: which IP addresses may be connected to."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._kept: dict[tuple[str, str], deque[tuple[float, HttpConnection]]] = {}
        self._names: dict[tuple[str, int], tuple[float, asyncio.Future[list[Info]]]] = {}
        self._secure = ssl.create_default_context()

    async def ask(self, place: Place, max_bytes: int, known: Known) -> Answer:
        """The answer of a server. Raises Failed where there is none."""
        request = f"GET {place.target} HTTP/1.1\r\nHost: {place.host}\r\n{HEADERS}".encode("ascii")
        while kept := self._take(place):
            try:
                return await self._asked(kept, place, request, max_bytes, known)
            except Stale:
                continue
        return await self._asked(await self._connect(place), place, request, max_bytes, known)

    def close(self) -> None:
        """Closes the connections that are kept."""
        for waiting in self._kept.values():
            for _, connection in waiting:
                connection.close()
        self._kept.clear()

    async def _asked(
        self, connection: HttpConnection, place: Place, request: bytes, max_bytes: int, known: Known
    ) -> Answer:
        answer = await connection.ask(request, max_bytes, known)
        if connection.reusable:
            if len(self._kept) >= MOST_KEPT:
                self.close()
            self._kept.setdefault((place.scheme, place.host), deque()).append((time.monotonic(), connection))
        return answer

    def _take(self, place: Place) -> HttpConnection | None:
        """The connection used last, if it was used lately."""
        key = (place.scheme, place.host)
        waiting = self._kept.get(key, deque())
        while waiting:
            since, connection = waiting.pop()
            if connection.reusable and time.monotonic() - since < KEPT_SECONDS:
                return connection
            connection.close()
        self._kept.pop(key, None)
        return None

    async def _connect(self, place: Place) -> HttpConnection:
        loop, last = asyncio.get_running_loop(), ""
        for family, address, port in (await self._addresses(place.name, place.port))[:MOST_ADDRESSES]:
            if not self._allowed(address):
                raise Failed("the address lies inside a network")
            try:
                _, connection = await loop.create_connection(
                    HttpConnection,
                    address,
                    port,
                    family=family,
                    flags=socket.AI_NUMERICHOST,
                    ssl=self._secure if place.scheme == "https" else None,
                    server_hostname=place.name if place.scheme == "https" else None,
                )
                return connection
            except ssl.SSLCertVerificationError as problem:
                raise Failed("the server's certificate is not valid") from problem
            except OSError as problem:
                last = str(problem)
        raise Failed("the server cannot be reached", again=True) from OSError(last)

    async def _addresses(self, name: str, port: int) -> list[Info]:
        now, key = time.monotonic(), (name, port)
        until, found = self._names.get(key, (0.0, None))
        if found is None or now > until or (found.done() and found.exception()):
            if len(self._names) >= MOST_NAMES:
                self._names.clear()
            found = asyncio.ensure_future(_look_up(name, port))
            self._names[key] = (now + NAME_SECONDS, found)
        try:
            return await asyncio.shield(found)
        except (OSError, UnicodeError) as problem:
            raise Failed("the server cannot be reached", again=True) from problem


async def _look_up(name: str, port: int) -> list[Info]:
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return [(family, str(ip_address(str(to[0]).partition("%")[0])), port) for family, _, _, _, to in found]
