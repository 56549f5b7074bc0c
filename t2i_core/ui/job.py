"""Work in a thread of its own, so that a page stays alive and can stop it."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from t2i_core.errors import Cancelled
from t2i_core.ui.language import N_

T = TypeVar("T")
OnStep = Callable[[int, int], None]  # (steps done, steps in all)


class Stopped(Cancelled):
    """Work that was stopped after a step."""

    words = N_("Stopped after step {done} of {steps}. Nothing was saved.")

    def __init__(self, done: int, steps: int) -> None:
        super().__init__(self.words.format(done=done, steps=steps))
        self.done, self.steps = done, steps


class Job(Generic[T]):
    """Starts `work` at once. It is handed an `on_step` that counts its steps and stops it once `cancel` was called.

    Knows no pages: a session keeps the job and asks it how things stand.
    """

    def __init__(self, work: Callable[[OnStep], T]) -> None:
        self.steps = (0, 0)
        self._begun = time.monotonic()
        self._work = work
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._result: list[T] = []
        self._problem: BaseException | None = None
        threading.Thread(target=self._run, name="generation", daemon=True).start()

    def cancel(self) -> None:
        """Asks the work to stop at its next step."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    @property
    def seconds(self) -> float:
        """How long ago the work began."""
        return time.monotonic() - self._begun

    def wait(self, seconds: float) -> bool:
        """Whether the work has ended, waiting that long for it at most."""
        return self._ended.wait(seconds)

    def outcome(self) -> T:
        """What the ended work returned. Raises what it raised."""
        if self._problem is not None:
            raise self._problem
        return self._result[0]

    def _on_step(self, done: int, steps: int) -> None:
        self.steps = (done, steps)
        if self.stopping and done < steps:
            raise Stopped(done, steps)

    def _run(self) -> None:
        try:
            self._result.append(self._work(self._on_step))
        except BaseException as problem:  # kept for the page, which alone can show or log it
            self._problem = problem
        finally:
            self._ended.set()
