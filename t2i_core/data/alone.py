"""One process at a time in a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from t2i_core.errors import OutputError

try:
    import fcntl
except ImportError:  # Windows: nobody is kept out
    fcntl = None  # type: ignore[assignment]


@contextmanager
def alone(folder: Path, what: str) -> Iterator[None]:
    """Holds a folder for one kind of work until the block ends or the process does, however that happens.

    Raises OutputError where another process holds it, or the folder cannot be written to.
    """
    path = folder / f".{what}.lock"
    try:
        file = path.open("w")
    except OSError as problem:
        raise OutputError(f"{path} cannot be written: {problem.strerror or problem}.") from problem
    with file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as problem:
                raise OutputError(
                    f"Another process is at work on {what} in {folder}. Wait for it, or end it."
                ) from problem
        yield
