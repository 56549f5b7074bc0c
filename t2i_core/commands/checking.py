"""What the command that checks pictures does."""

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from t2i_core.commands.shared import print_json, say, show_progress
from t2i_core.errors import InputError

if TYPE_CHECKING:
    from t2i_core.abuse.check import AbuseChecker
    from t2i_core.abuse.profile import Profile
    from t2i_core.abuse.results import Result, Results
    from t2i_core.abuse.sources import Item

FEW = 50  # pictures; so many are judged again sooner than they are looked up
MAX_WORKERS = 64


def check(arguments: argparse.Namespace) -> int:
    """Prints a line a picture: 0 where all are fine, 1 where any is not."""
    from t2i_core.abuse.profile import find_profile
    from t2i_core.settings import get_settings

    if not 1 <= arguments.workers <= MAX_WORKERS:
        raise InputError(f"--workers is a number from 1 to {MAX_WORKERS}; got {arguments.workers}.")
    profile = find_profile(arguments.profile, get_settings().profiles)
    return _refit(profile) if arguments.refit else _check(arguments, profile)


def _check(arguments: argparse.Namespace, profile: "Profile") -> int:
    from t2i_core.abuse.batch import run_batch
    from t2i_core.abuse.check import AbuseChecker

    items, total = _items(arguments)
    checker = AbuseChecker.from_pretrained(profile, read=not arguments.no_text)
    _tell_missing(checker)
    with _record(arguments, total) as file:
        results = run_batch(
            checker, items, file, total=total, workers=arguments.workers, on_step=show_progress("picture")
        )
        fine = [_print(result, arguments.json) for result in results]
        _write(results, profile, arguments.out)
        results.discard()
    return 0 if all(fine) else 1


def _refit(profile: "Profile") -> int:
    """Prints a JSON line a rule that enough was said of, and saves the profile that holds the new thresholds."""
    from t2i_core.abuse.store import open_opinions
    from t2i_core.settings import get_settings

    found = open_opinions().refit(profile)
    if not found:
        raise InputError("Too little was said so far: agree or disagree with some more verdicts on the abuse page.")
    for rule in found:
        print_json(asdict(rule))
    name = f"{profile.name.removesuffix('-refitted')}-refitted"
    fitted = profile.with_thresholds({rule.rule: rule.after for rule in found})
    path = fitted.save(get_settings().profiles / f"{name}.toml")
    print_json({"profile": name, "path": str(path)})
    return 0


def _items(arguments: argparse.Namespace) -> tuple[Iterable["Item"], int]:
    """Everything that was named, and how much it is."""
    from t2i_core.abuse.catalogue import catalogue_items, count_rows

    named = [item for path in arguments.paths for item in _of_path(path, arguments.title)]
    if arguments.catalogue is None:
        if not named:
            raise InputError("Name the pictures to check: files, folders, ZIP archives, or a --catalogue.")
        return named, len(named)
    rows = catalogue_items(arguments.catalogue, fetch=arguments.fetch)
    return chain(named, rows), len(named) + count_rows(arguments.catalogue)


def _of_path(path: Path, title: str) -> Iterable["Item"]:
    from t2i_core.abuse.catalogue import archive_items
    from t2i_core.abuse.sources import FileItem, folder_items
    from t2i_core.settings import get_settings

    if path.is_dir():
        return folder_items(path, title)
    return archive_items(path, get_settings().checks)[0] if path.suffix.lower() == ".zip" else [FileItem(path, title)]


@contextmanager
def _record(arguments: argparse.Namespace, total: int) -> Iterator[Path]:
    """Where results are kept while the batch runs. A long batch that was stopped finds them there again."""
    from t2i_core.settings import get_settings

    if total <= FEW:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder) / "results.jsonl"
        return
    named = [str(path.absolute()) for path in (*arguments.paths, arguments.catalogue) if path]
    digest = sha256("\0".join([*named, arguments.title, arguments.profile]).encode(errors="replace")).hexdigest()[:16]
    yield get_settings().checks / f"{digest}.jsonl"


def _print(result: "Result", as_json: bool) -> bool:
    """Whether the picture is fine."""
    from t2i_core.abuse.report import word_of

    if as_json:
        print_json(result.record())
        return result.verdict.ok
    say(f"{word_of(result):<8} {result.name}{'  ' + result.title if result.title else ''}"[:300])
    for finding in result.verdict.findings:
        say(f"         {finding.severity}: {finding.message} [{finding.rule}]")
    return result.verdict.ok


def _write(results: "Results", profile: "Profile", folder: Path | None) -> None:
    from t2i_core.abuse.report import write_csv, write_html

    if folder is not None:
        write_csv(results, folder / "check.csv")
        write_html(results, folder / "check.html", profile)


def _tell_missing(checker: "AbuseChecker") -> None:
    for why in checker.out_of_order:
        say(f"t2i: a part of the check cannot work here. {why}", sys.stderr)
