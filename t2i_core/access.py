"""Who may act on this machine: everyone at the machine itself, and whoever knows the administrator's word elsewhere."""

import hmac
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock

LOOPBACK = ("localhost", "127.0.0.1", "::1")
FORWARDED = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via", "cf-connecting-ip")
FREE = 3  # wrong words of one visitor that cost nothing yet
FREE_OF_ALL = 10  # ... of all visitors together
LONGEST = 300.0  # seconds that one visitor waits at most
LONGEST_OF_ALL = 30.0  # ... that everybody waits: the administrator does too
MOST_KNOWN = 10_000  # visitors whose tries are remembered


def at_this_machine(address: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a request can only have come from the machine that the studio runs on.

    address: what the server listens on; None is every address
    headers: of the request. One without a Host, or that came through a proxy, may be anybody's.
    """
    told = {name.lower(): value for name, value in headers.items()}
    if any(name in told for name in FORWARDED):
        return False
    return address in LOOPBACK and _host_of(told.get("host", "")) in LOOPBACK


def _host_of(host: str) -> str:
    """Without the port: “[::1]:8501” is ::1."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


@dataclass
class _Tries:
    wrong: int = 0
    until: float = 0.0


@dataclass
class Gate:
    """Compares what visitors say with the administrator's word, in constant time, and makes guessing slow: each wrong
    try doubles how long its visitor waits, and many wrong ones slow everybody, whoever pretends to be somebody new."""

    word: str
    clock: Callable[[], float] = time.monotonic
    _all: _Tries = field(default_factory=_Tries)
    _each: dict[Hashable, _Tries] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def wait(self, visitor: Hashable) -> float:
        """Seconds until this visitor may try again."""
        with self._lock:
            return self._wait(visitor)

    def opens(self, visitor: Hashable, said: str) -> bool:
        """Whether it is the right word. False too while the visitor has to wait: then nothing is compared."""
        with self._lock:
            if self._wait(visitor) > 0:
                return False
            right = hmac.compare_digest(sha256(said.encode()).digest(), sha256(self.word.encode()).digest())
            self._note(visitor, right)
            return right

    def _wait(self, visitor: Hashable) -> float:
        own = self._each.get(visitor, _Tries())
        return max(0.0, max(own.until, self._all.until) - self.clock())

    def _note(self, visitor: Hashable, right: bool) -> None:
        if right:
            self._each.pop(visitor, None)
            self._all = _Tries()
            return
        if len(self._each) >= MOST_KNOWN:
            self._each.pop(next(iter(self._each)))
        own = self._each.setdefault(visitor, _Tries())
        for tries, free, longest in ((own, FREE, LONGEST), (self._all, FREE_OF_ALL, LONGEST_OF_ALL)):
            tries.wrong += 1
            if tries.wrong >= free:
                tries.until = self.clock() + min(longest, 2.0 ** min(tries.wrong - free, 30))
