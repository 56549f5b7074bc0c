"""What a job that ended early left behind, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from t2i_core.jobs.store import JobRecord

NOISE = ("Traceback", "subprocess.CalledProcessError", "torch.distributed.elastic", "=====", "-----", "  ")


@dataclass(frozen=True)
class Aftermath:
    """lines: the last ones it printed; reason: the line that says most about why; step: of the checkpoint it can go on
    from, None where it has none; words: all of that as sentences, and what to do."""

    lines: tuple[str, ...]
    reason: str
    step: int | None
    words: str


def aftermath_of(record: JobRecord, lines: Sequence[str]) -> Aftermath:
    """Of a job and the last lines of its log."""
    reason, step = reason_in(lines), checkpoint_step(Path(record.spec.run))
    said = f"Its last words: {reason}" if reason else "It printed nothing."
    return Aftermath(tuple(lines), reason, step, f"{said} {_what_to_do(record, step)}")


def reason_in(lines: Sequence[str]) -> str:
    """The last line that says something about why a job ended: launchers add lines of their own beneath it."""
    telling = [line.strip() for line in lines if line.strip() and not line.startswith(NOISE)]
    said = next((line for line in reversed(telling) if line.startswith("t2i: ") or _is_error(line)), None)
    return (said or (telling[-1] if telling else ""))[:500]


def checkpoint_of(run: Path) -> Path | None:
    """The newest whole checkpoint in a run's folder, or None where it has none."""
    from t2i_core.training.checkpoint import find_checkpoint  # brings torch, which a list of jobs does without

    return find_checkpoint(run)


def checkpoint_step(run: Path) -> int | None:
    """The step of the newest whole checkpoint in a run's folder."""
    from t2i_core.training.checkpoint import progress_of

    found = checkpoint_of(run)
    try:
        return None if found is None else int(progress_of(found)["step"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_error(line: str) -> bool:
    name, colon, _ = line.partition(":")
    return bool(colon) and name.replace(".", "").replace("_", "").isalnum() and name.endswith(("Error", "Exception"))


def _what_to_do(record: JobRecord, step: int | None) -> str:
    if step is None:
        return f"It left no checkpoint: resumed, it starts from the beginning (t2i jobs resume {record.id})."
    return f"Its checkpoint of step {step:,} is whole: resumed, it goes on from there (t2i jobs resume {record.id})."
