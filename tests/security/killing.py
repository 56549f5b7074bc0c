"""Commands that are killed at some moment, in processes that need not load everything anew."""

import contextlib
import multiprocessing
import os
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

from t2i_core import cli
from t2i_core.abuse.check import AbuseChecker
from t2i_core.abuse.profile import Profile
from t2i_core.settings import get_settings

KILLS = int(os.environ.get("T2I_KILLS", "3"))  # of each command; conftest.py hides what it is from tests
LONGEST = 120.0  # seconds that a command may take
PRELOADED = ["t2i_core.cli", "t2i_core.generate.pipeline", "t2i_core.training.pictures", "t2i_core.abuse.batch"]


class Killer:
    """Runs one `t2i` command again and again, and kills it at random moments of its usual time.

    usual: in seconds, where the command does not end by itself
    """

    def __init__(self, *argv: str, seed: int, usual: float | None = None) -> None:
        self.argv, self.random = argv, Random(seed)
        self.killed = 0
        self._server = multiprocessing.get_context("forkserver")
        self._server.set_forkserver_preload([*PRELOADED, __name__])
        self.usual = usual or self._run(LONGEST)

    def strike(self) -> None:
        """Runs the command and kills it, unless it was quicker."""
        early = 1 if self.killed else 0.3  # so that one is killed even where the machine has become quicker
        self._run(self.random.uniform(0, early * self.usual))

    def finish(self, *more: str) -> None:
        """Runs the command to its end, with more options."""
        self._run(LONGEST, more)

    def _run(self, seconds: float, more: Sequence[str] = ()) -> float:
        process = self._server.Process(target=_command, args=([*self.argv, *more], dict(os.environ)))
        started = time.monotonic()
        process.start()
        process.join(seconds)
        took = time.monotonic() - started
        if process.exitcode is None:
            assert seconds < LONGEST, f"t2i {' '.join(self.argv)} took more than {seconds:.0f} s"
            self.killed += 1
            process.kill()
            process.join()
        else:
            assert process.exitcode in (0, 1), f"t2i {' '.join(self.argv)} ended with {process.exitcode}"
        return took


def _command(argv: Sequence[str], environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    get_settings.cache_clear()
    AbuseChecker.from_pretrained = _light  # type: ignore[method-assign, assignment]
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        code = cli.main(argv)
    os._exit(code)


def _light(profile: Profile, read: bool = True) -> AbuseChecker:
    """Without the judges that must be loaded."""
    return AbuseChecker(profile)
