"""How the pictures of a catalogue are asked for, and what became of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from t2i_core.errors import InputError

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class DownloadOptions:
    """How pictures are asked for.

    size: the longest side of a kept picture, in pixels
    concurrency: downloads at a time; per_host: at one host
    tries: times an address is asked that gives no answer, or a busy one
    seconds, max_bytes: for one answer
    workers: processes that decode
    allow_private: also addresses inside a network, this machine's own among them
    """

    size: int = 256
    concurrency: int = 200
    per_host: int = 32
    tries: int = 4
    seconds: float = 20.0
    max_bytes: int = 10_000_000
    workers: int = 1
    allow_private: bool = False

    def __post_init__(self) -> None:
        least = {"size": 16, "concurrency": 1, "per_host": 1, "tries": 1, "max_bytes": 1, "workers": 1}
        for name, low in least.items():
            if not low <= getattr(self, name) <= 10**9:
                raise InputError(f"{name.replace('_', '-')} must be at least {low}; got {getattr(self, name)}.")

    def shared_by(self, parts: int) -> "DownloadOptions":
        """The options of one of several downloads that together keep to these. Raises InputError for no parts."""
        if not 1 <= parts <= self.concurrency:
            raise InputError(f"parts must lie between 1 and the concurrency, {self.concurrency}; got {parts}.")
        return replace(self, concurrency=self.concurrency // parts, per_host=max(1, self.per_host // parts))


@dataclass(frozen=True)
class DownloadReport:
    """What became of the rows of a catalogue; they are the sum of the four counts.

    before: rows of which an earlier run knew what became; repeated: rows whose id the catalogue has already named
    """

    rows: int
    images: int
    failures: int
    before: int
    repeated: int
    seconds: float

    @property
    def images_per_second(self) -> float:
        return self.images / max(self.seconds, 1e-9)

    def __str__(self) -> str:
        return (
            f"{self.rows} rows: {self.images} pictures, {self.failures} failures (see failures-*.jsonl), "
            f"{self.before} known from before, {self.repeated} repeated\n"
            f"{self.seconds:.1f} s, {self.images_per_second:.0f} pictures/s"
        )
