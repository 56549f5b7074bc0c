"""`t2i jobs ...`: trainings on this machine, a cluster or Hugging Face, from the command line."""

import argparse
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from t2i_core.commands.shared import data_of, print_json, say
from t2i_core.jobs.spec import JobSpec, State

if TYPE_CHECKING:
    from t2i_core.jobs.store import JobRecord

Group: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Run: TypeAlias = Callable[[argparse.Namespace], int | None]
AddCommand: TypeAlias = Callable[[Group, str, Run, str], argparse.ArgumentParser]

EVERY = 2.0  # seconds between two looks at a job that is followed
AHEAD = 10_000  # lines of a log that are looked at for new ones


def add(group: Group, add_command: AddCommand) -> None:
    """Adds `jobs` and what can be done with them."""
    about = "Train on this machine, a cluster or Hugging Face, and see how jobs do."
    parser = group.add_parser("jobs", help=about, description=about)
    inner = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    _add_submit(add_command(inner, "submit", submit, "Start a job. Prints its id."))
    listed = add_command(inner, "list", list_jobs, "List the jobs, newest first, as their places see them now.")
    shown = add_command(inner, "show", show, "Say how a job does. Exit code 1: it failed.")
    logs_ = add_command(inner, "logs", logs, "Print the last lines of a job's log.")
    ended = add_command(inner, "cancel", cancel, "End a job with all its processes.")
    again = add_command(inner, "resume", resume, "Go on from an ended job's last checkpoint. Prints its id.")
    for one in (shown, logs_, ended, again):
        one.add_argument("job", metavar="ID", help="what submit printed, and list shows")
    for one in (listed, shown):
        one.add_argument("--json", action="store_true", help="print one JSON object a job")
    logs_.add_argument("--last", type=int, default=200, metavar="N", help="lines (200)")
    logs_.add_argument("--follow", action="store_true", help="go on until the job ends. Exit code 1: it failed")


def _add_submit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", metavar="RECIPE", help="name of a shipped recipe, or a TOML file")
    parser.add_argument(
        "--data", type=Path, nargs="+", default=[], metavar="PATH", help="product files, or their folder ($T2I_DATA)"
    )
    parser.add_argument(
        "--run", dest="folder", type=Path, metavar="DIR", help="folder of the run (one of its own under T2I_HOME)"
    )
    parser.add_argument(
        "--launcher", default="local", choices=["local", "ray", "huggingface", "slurm"], help="where (local)"
    )
    parser.add_argument("--processes", type=int, default=1, metavar="N", help="data-parallel processes, one a card (1)")
    parser.add_argument("--flavor", metavar="F", help="kind of machine: a Hugging Face flavor, a Slurm partition")
    parser.add_argument("--minutes", type=float, metavar="M", help="wall-clock budget (the recipe's)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="overrule the recipe")
    parser.add_argument("--init", metavar="MODEL", help="start from this model's weights")
    parser.add_argument(
        "--timeout-minutes", type=float, default=24 * 60, metavar="M", help="when the job is ended at the latest (1440)"
    )
    parser.add_argument(
        "--keep-minutes",
        type=float,
        metavar="M",
        help="huggingface: put checkpoints on the Hub this often (at the end)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the id")


def submit(arguments: argparse.Namespace) -> None:
    """Checks a job, hands it to its place, and prints its id."""
    from t2i_core.jobs.check import check
    from t2i_core.jobs.service import open_jobs

    spec = JobSpec(
        recipe=arguments.recipe,
        run=str(arguments.folder or _fresh_run(arguments.recipe)),
        data=tuple(map(str, data_of(arguments))),
        overrides=tuple(arguments.set),
        minutes=arguments.minutes,
        init=arguments.init,
        processes=arguments.processes,
        flavor=arguments.flavor,
        timeout_minutes=arguments.timeout_minutes,
        keep_minutes=arguments.keep_minutes,
    )
    _print(open_jobs().submit(arguments.launcher, check(spec)), arguments)


def list_jobs(arguments: argparse.Namespace) -> None:
    """Asks the places how the jobs do, and prints one line each."""
    from t2i_core.jobs.service import open_jobs

    jobs = open_jobs()
    jobs.refresh()
    for record in jobs.list():
        if arguments.json:
            print_json(_told(record))
        else:
            say(_line(record))


def show(arguments: argparse.Namespace) -> int:
    """Prints what is known of a job; of one that failed, its last lines and what it can be resumed from."""
    from t2i_core.jobs.service import open_jobs

    jobs = open_jobs()
    jobs.refresh(arguments.job)
    record = jobs.get(arguments.job)
    if arguments.json:
        left = jobs.aftermath(record.id) if record.state is State.FAILED else None
        print_json(_told(record) | ({"words": left.words, "checkpoint_step": left.step} if left else {}))
        return int(record.state is State.FAILED)
    say(_line(record))
    say(f"  run     {record.spec.run}\n  recipe  {record.spec.recipe} {' '.join(record.spec.overrides)}")
    say(f"  code    {record.code}")
    for change in record.history:
        say(f"  {_when(change.at)}  {change.state}")
    if metrics := jobs.metrics(record.id):
        say("  " + ", ".join(f"{name} {value:.4g}" for name, value in metrics[-1].items()))
    if record.state in (State.FAILED, State.CANCELLED):
        left = jobs.aftermath(record.id)
        say("\n".join(f"  | {line}" for line in left.lines) or "  | (it printed nothing)")
        say(left.words)
    return int(record.state is State.FAILED)


def logs(arguments: argparse.Namespace) -> int | None:
    """Prints the end of a job's log, and what is added to it where asked to."""
    from t2i_core.jobs.service import open_jobs

    jobs = open_jobs()
    if not arguments.follow:
        for line in jobs.logs(arguments.job, arguments.last):
            say(line)
        return None

    def look() -> tuple[list[str], bool]:
        jobs.refresh(arguments.job)
        ended = jobs.get(arguments.job).state.ended
        return list(jobs.logs(arguments.job, AHEAD)), ended

    for line in followed(look, arguments.last):
        say(line)
    return int(jobs.get(arguments.job).state is State.FAILED)


def cancel(arguments: argparse.Namespace) -> None:
    from t2i_core.jobs.service import open_jobs

    say(_line(open_jobs().cancel(arguments.job)))


def resume(arguments: argparse.Namespace) -> None:
    from t2i_core.jobs.service import open_jobs

    print(open_jobs().resume(arguments.job).id)


def followed(
    look: Callable[[], tuple[list[str], bool]], last: int, pause: Callable[[float], None] = time.sleep
) -> Iterator[str]:
    """The last lines of a log, and the new ones until it is over. `look` gives the log's end and whether it is."""
    before, ended = look()
    yield from before[-last:] if last > 0 else []
    while not ended:
        pause(EVERY)
        now, ended = look()
        yield from now[overlap(before, now) :]
        before = now


def overlap(before: list[str], now: list[str]) -> int:
    """How many of the lines at the start of `now` are the end of `before`: a log's end, seen twice, moves on."""
    longest = min(len(before), len(now))
    return next(size for size in range(longest, -1, -1) if before[len(before) - size :] == now[:size])


def _print(record: "JobRecord", arguments: argparse.Namespace) -> None:
    if arguments.json:
        print_json(_told(record))
    else:
        print(record.id)


def _line(record: "JobRecord") -> str:
    cost = record.cost()
    parts = [
        record.id,
        f"{record.state:9}",
        f"{record.launcher:11}",
        f"{_span(record.seconds()):>8}",
        record.spec.recipe,
    ]
    parts += [record.unpriced if cost is None else f"${cost:.2f}", record.note]
    return "  ".join(part for part in parts if part)


def _told(record: "JobRecord") -> dict[str, object]:
    spec = record.spec
    return {
        "id": record.id,
        "state": str(record.state),
        "launcher": record.launcher,
        "recipe": spec.recipe,
        "overrides": list(spec.overrides),
        "run": spec.run,
        "data": list(spec.data),
        "processes": spec.processes,
        "flavor": spec.flavor,
        "code": record.code,
        "submitted": record.submitted.isoformat(),
        "started": record.started and record.started.isoformat(),
        "ended": record.ended and record.ended.isoformat(),
        "seconds": round(record.seconds(), 1),
        "cost": record.cost(),
        "most": record.most,
        "note": record.note,
        "history": [{"state": str(change.state), "at": change.at.isoformat()} for change in record.history],
    }


def _span(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def _when(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _fresh_run(recipe: str) -> Path:
    from t2i_core.settings import get_settings

    return get_settings().runs / f"{Path(recipe).stem}-{datetime.now():%Y%m%d-%H%M%S}"
