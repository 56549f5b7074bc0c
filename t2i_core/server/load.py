"""Many sessions at once against a running server: how long they wait, what fails, and whether its memory stays flat."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import requests

from t2i_core.errors import InputError
from t2i_core.generate.request import MAX_SEED

PROMPTS = ("Nike Men Red Running Shoes", "Women Black Handbag", "Men Navy Blue Shirt", "Women Gold Watch")
CALL = "/space/gradio_api/call/draw_products"
MEMORY = "t2i_resident_memory_bytes "
PATIENCE = 300  # seconds that an answer may take
PULSE = 0.5  # seconds between two questions after the server's health
MEGABYTE = 1e6
Ask = Callable[[], None]


@dataclass(frozen=True)
class LoadReport:
    """What came of it. Times in seconds, memory in bytes; errors: how often each kind of failure happened."""

    sessions: int
    seconds: float
    pictures_each: int
    answers: int
    errors: Mapping[str, int]
    p50: float
    p95: float
    slowest: float
    fewest: int
    most: int
    health_answers: int
    health_errors: int
    health_p95: float
    health_slowest: float
    memory_start: float
    memory_end: float

    def __str__(self) -> str:
        lines = {
            "sessions": f"{self.sessions} for {self.seconds:.0f} s, {self.pictures_each} pictures a call",
            "calls answered": f"{self.answers}, of each session {self.fewest} to {self.most}",
            "errors": f"{sum(self.errors.values())} {dict(self.errors) or ''}".strip(),
            "seconds a call": f"p50 {self.p50:.2f}, p95 {self.p95:.2f}, slowest {self.slowest:.2f}",
            "health": f"{self.health_answers} answers, {self.health_errors} errors, p95 {self.health_p95:.3f} s, "
            f"slowest {self.health_slowest:.3f} s",
            "memory": f"{self.memory_start / MEGABYTE:.0f} MB before, {self.memory_end / MEGABYTE:.0f} MB after",
        }
        return "\n".join(f"{name:<16} {value}" for name, value in lines.items())


@dataclass
class _Times:
    """What one thread saw."""

    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    def ask(self, ask: Ask) -> None:
        began = time.perf_counter()
        try:
            ask()
        except (requests.RequestException, RuntimeError) as problem:
            self.errors[f"{type(problem).__name__}: {problem}"[:100]] += 1
        else:
            self.seconds.append(time.perf_counter() - began)


def put_under_load(url: str, *, sessions: int, seconds: float, pictures: int = 1) -> LoadReport:
    """Has so many sessions draw one after the other for so long, after one picture that loads the model.

    Raises InputError where no server of the studio answers at the address.
    """
    url = url.rstrip("/")
    try:
        requests.get(f"{url}/healthz", timeout=10).raise_for_status()
        _draw(url, 0, pictures)
        before = _memory(url)
    except (requests.RequestException, RuntimeError, ValueError) as problem:
        raise InputError(f"No server of the studio with its Space answers at {url}. Start one: t2i serve.") from problem
    stop = threading.Event()
    drawn = [_Times() for _ in range(sessions)]
    health = _Times()
    threads = [threading.Thread(target=_session, args=(url, pictures, stop, times)) for times in drawn]
    threads.append(threading.Thread(target=_pulse, args=(url, stop, health)))
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    stop.wait(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return _report(drawn, health, time.perf_counter() - began, pictures, (before, _memory(url)))


def _report(
    drawn: Sequence[_Times], health: _Times, seconds: float, pictures: int, memory: tuple[float, float]
) -> LoadReport:
    times = np.array([one for each in drawn for one in each.seconds] or [0.0])
    beats = np.array(health.seconds or [0.0])
    each = [len(one.seconds) for one in drawn]
    return LoadReport(
        sessions=len(drawn),
        seconds=seconds,
        pictures_each=pictures,
        answers=sum(each),
        errors=dict(sum((one.errors for one in drawn), Counter())),
        p50=float(np.percentile(times, 50)),
        p95=float(np.percentile(times, 95)),
        slowest=float(times.max()),
        fewest=min(each),
        most=max(each),
        health_answers=len(health.seconds),
        health_errors=health.errors.total(),
        health_p95=float(np.percentile(beats, 95)),
        health_slowest=float(beats.max()),
        memory_start=memory[0],
        memory_end=memory[1],
    )


def _session(url: str, pictures: int, stop: threading.Event, times: _Times) -> None:
    while not stop.is_set():
        times.ask(lambda: _draw(url, random.randrange(MAX_SEED), pictures))


def _pulse(url: str, stop: threading.Event, times: _Times) -> None:
    while not stop.wait(PULSE):
        times.ask(lambda: requests.get(f"{url}/healthz", timeout=30).raise_for_status())


def _draw(url: str, seed: int, pictures: int) -> None:
    """One call, from asking to the last picture. Raises RuntimeError where the server refuses it."""
    data: list[str | int | None] = [PROMPTS[seed % len(PROMPTS)], "", "", "", "", pictures, seed, None, None]
    asked = requests.post(f"{url}{CALL}", json={"data": data}, timeout=30)
    asked.raise_for_status()
    with requests.get(f"{url}{CALL}/{asked.json()['event_id']}", stream=True, timeout=PATIENCE) as answer:
        event = ""
        for line in map(bytes.decode, answer.iter_lines()):
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif event == "error":
                raise RuntimeError(str(json.loads(line.removeprefix("data: ") or "null")))
            elif event == "complete":
                return
    raise RuntimeError("the answer broke off")


def _memory(url: str) -> float:
    told = requests.get(f"{url}/metrics", timeout=30).text
    return next(float(line.removeprefix(MEMORY)) for line in told.splitlines() if line.startswith(MEMORY))
