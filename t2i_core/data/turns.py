"""Whose turn it is: many downloads at a time, few of them at any one host, none at a host that asked for a pause."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Job = TypeVar("Job")


@dataclass
class _Host(Generic[Job]):
    waiting: deque[Job] = field(default_factory=deque)
    active: int = 0
    opens: float = 0.0  # on the loop's clock
    listed: bool = False


class Turns(Generic[Job]):
    """Hands out jobs host by host in turn, at most `per_host` at a time for each.

    Every job that was taken is given back with `done`, whatever became of it.
    """

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._hosts: dict[str, _Host[Job]] = {}
        self._ready: deque[str] = deque()
        self._idle: deque[asyncio.Future[None]] = deque()
        self._closed = False

    def add(self, host: str, job: Job) -> None:
        """A job that may be taken as soon as its host has room."""
        self._hosts.setdefault(host, _Host()).waiting.append(job)
        self._list(host)

    def add_later(self, host: str, job: Job, delay: float) -> None:
        """A job that may be taken in `delay` seconds."""
        asyncio.get_running_loop().call_later(delay, self.add, host, job)

    def pause(self, host: str, seconds: float) -> None:
        """Takes nothing more of a host for so long."""
        loop = asyncio.get_running_loop()
        place = self._hosts.setdefault(host, _Host())
        place.opens = max(place.opens, loop.time() + seconds)
        loop.call_later(seconds, self._list, host)

    def close(self) -> None:
        """No more jobs will come: whoever waits for one gets None."""
        self._closed = True
        while self._idle:
            self._wake()

    async def take(self) -> Job | None:
        """The next job, when there is one; None once all is over."""
        loop = asyncio.get_running_loop()
        while not self._closed:
            while self._ready:
                name = self._ready.popleft()
                host = self._hosts[name]
                host.listed = False
                if self._open(host):
                    job = host.waiting.popleft()
                    host.active += 1
                    self._list(name)
                    return job
            waiter = loop.create_future()
            self._idle.append(waiter)
            await waiter
        return None

    def done(self, host: str) -> None:
        """Makes room at a host."""
        place = self._hosts[host]
        place.active -= 1
        if not place.waiting and not place.active and not self._paused(place):
            del self._hosts[host]  # a catalogue may name more hosts than should be remembered
        else:
            self._list(host)

    def _list(self, name: str) -> None:
        host = self._hosts.get(name)
        if host is None or host.listed or not self._open(host):
            return
        host.listed = True
        self._ready.append(name)
        self._wake()

    def _open(self, host: _Host[Job]) -> bool:
        return bool(host.waiting) and host.active < self._per_host and not self._paused(host)

    def _paused(self, host: _Host[Job]) -> bool:
        return host.opens > asyncio.get_running_loop().time()

    def _wake(self) -> None:
        while self._idle:
            waiter = self._idle.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
