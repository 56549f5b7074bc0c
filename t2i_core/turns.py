"""Whose turn it is: heavy work is done a piece at a time, first come first served, whichever page or program asks.

Without it, threads of many sessions would fight for the same cores, and a session that asks for hundreds of pictures
would hold up everybody else: it waits at the end of the line again after each batch.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from t2i_core.settings import get_settings

LOOK_UP = 0.2  # seconds between two questions whether the one who waits still wants to


@dataclass(frozen=True)
class Work:
    """What a turn is taken for: its kind, the model that does it, how many pictures come of it."""

    kind: str
    model: str
    pictures: int = 1


@dataclass(frozen=True)
class Done:
    """A turn that has ended: seconds of waiting for it and of working, and what went wrong, if anything did."""

    work: Work
    waited: float
    seconds: float
    problem: BaseException | None = None


class Turns:
    """A line of those who want to work; the first `at_once` of them do."""

    def __init__(self, at_once: int = 1) -> None:
        self._free = at_once
        self._line: deque[threading.Event] = deque()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Done], None]] = []

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return len(self._line)

    def listen(self, listener: Callable[[Done], None]) -> None:
        """Has `listener` told of every turn that ends from now on, in the thread that took it."""
        self._listeners.append(listener)

    @contextmanager
    def take(self, work: Work, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
        """Waits for a turn and holds it until the block ends.

        on_wait: called now and then while waiting; what it raises ends the waiting
        """
        asked = time.perf_counter()
        turn = self._queue_up()
        try:
            while not turn.wait(LOOK_UP):
                if on_wait:
                    on_wait()
        except BaseException:
            self._leave(turn)
            raise
        began, problem = time.perf_counter(), None
        try:
            yield
        except BaseException as raised:
            problem = raised
            raise
        finally:
            self._pass_on()
            done = Done(work, began - asked, time.perf_counter() - began, problem)
            for listener in self._listeners:
                listener(done)

    def _queue_up(self) -> threading.Event:
        turn = threading.Event()
        with self._lock:
            if self._free:
                self._free -= 1
                turn.set()
            else:
                self._line.append(turn)
        return turn

    def _pass_on(self) -> None:
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._free += 1

    def _leave(self, turn: threading.Event) -> None:
        """For one who waits no longer; the turn may have come meanwhile."""
        with self._lock:
            if not turn.is_set():
                self._line.remove(turn)
                return
        self._pass_on()


@lru_cache
def get_turns() -> Turns:
    """The line of this process: as many work at once as T2I_AT_ONCE says."""
    return Turns(get_settings().at_once)
