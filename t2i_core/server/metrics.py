"""What a running server tells of itself, in the form that Prometheus collects."""

import threading

import psutil
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from t2i_core.turns import Done, Turns

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """Counts over the life of a process. Labels are kinds of work, names of models and kinds of errors, never words."""

    def __init__(self, turns: Turns) -> None:
        self.registry = registry = CollectorRegistry()
        by = ["kind", "model"]
        self._pictures = Counter("t2i_pictures", "Pictures that were made", by, registry=registry)
        self._seconds = Histogram("t2i_work_seconds", "Seconds of a turn", by, registry=registry, buckets=SECONDS)
        self._waited = Histogram("t2i_wait_seconds", "Seconds in line", ["kind"], registry=registry, buckets=SECONDS)
        self._errors = Counter("t2i_errors", "Work that failed", [*by, "error"], registry=registry)
        self._requests = Histogram(
            "t2i_request_seconds", "Seconds of an answer", ["area", "status"], registry=registry, buckets=SECONDS
        )
        waiting = Gauge("t2i_waiting", "Work in line", registry=registry)
        waiting.set_function(lambda: turns.waiting)
        memory = Gauge("t2i_resident_memory_bytes", "Memory of this process", registry=registry)
        memory.set_function(lambda: psutil.Process().memory_info().rss)
        threads = Gauge("t2i_threads", "Threads of this process", registry=registry)
        threads.set_function(threading.active_count)
        turns.listen(self.worked)

    def worked(self, done: Done) -> None:
        """Counts a turn that ended."""
        kind, model = done.work.kind, done.work.model
        self._waited.labels(kind).observe(done.waited)
        if done.problem is not None:
            self.failed(kind, model, done.problem)
            return
        self._pictures.labels(kind, model).inc(done.work.pictures)
        self._seconds.labels(kind, model).observe(done.seconds)

    def failed(self, kind: str, model: str, problem: BaseException) -> None:
        """Counts something that went wrong."""
        self._errors.labels(kind, model, type(problem).__name__).inc()

    def answered(self, area: str, status: int, seconds: float) -> None:
        """Counts an answer."""
        self._requests.labels(area, str(status)).observe(seconds)

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self.registry)
