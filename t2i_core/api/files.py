"""Files that visitors gave and got: each in a folder with a name that nobody guesses, and gone after a while."""

import logging
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

from t2i_core.errors import InputError
from t2i_core.images import atomic_write

KEPT = 1800.0  # seconds after which a file is gone
LOOK = 60.0  # seconds between two looks for such files

log = logging.getLogger(__name__)


class Files:
    """A folder of files that are kept for a while."""

    def __init__(self, folder: Path, kept: float = KEPT) -> None:
        self.folder, self._kept = folder.resolve(), kept

    def save(self, data: bytes, name: str) -> str:
        """The path of a new file. Raises OutputError where there is no room."""
        path = self.folder / secrets.token_hex(16) / name
        atomic_write(path, data)
        return str(path)

    def found(self, path: str) -> Path:
        """A file that was put here. Raises InputError for one that is gone, and for any other on this machine."""
        try:
            file = Path(path).resolve()
            if file.is_relative_to(self.folder) and file.is_file():
                return file
        except (OSError, ValueError):  # a name that is too long, or holds a zero byte
            pass
        raise InputError(
            f"This picture is no longer here: pictures are kept for {self._kept / 60:.0f} minutes. Choose it again."
        )

    def sweep(self, spared: Collection[Path] = ()) -> None:
        """Removes what is older. spared: files that stay"""
        oldest = time.time() - self._kept
        staying = {file.parent for file in spared}
        for entry in self.folder.glob("*"):
            if entry not in staying and _changed(entry) < oldest:
                shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink(missing_ok=True)

    def watch(self, spared: Callable[[], Collection[Path]]) -> None:
        """Sweeps from now on, in a thread that ends with the process."""

        def sweep() -> None:
            while True:
                time.sleep(min(LOOK, self._kept))
                try:
                    self.sweep(spared())
                except OSError:
                    log.exception("the folder of visitors' files could not be swept")

        threading.Thread(target=sweep, name="sweeper", daemon=True).start()


def _changed(entry: Path) -> float:
    """When the newest file of a folder was written."""
    try:
        return max(path.stat().st_mtime for path in (entry, *entry.glob("*")))
    except OSError:  # somebody else was quicker
        return time.time()
