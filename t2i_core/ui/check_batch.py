"""A whole catalogue: where it comes from, and its check in the background."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import streamlit as st

from t2i_core.abuse.batch import run_batch
from t2i_core.abuse.catalogue import archive_items, catalogue_items, count_rows
from t2i_core.abuse.check import AbuseChecker
from t2i_core.abuse.profile import Profile
from t2i_core.abuse.results import Results
from t2i_core.abuse.sources import Absent, FileItem, Item, folder_items
from t2i_core.errors import Cancelled, InputError
from t2i_core.images import atomic_write
from t2i_core.settings import get_settings
from t2i_core.ui.check_models import checker_for, tell_missing
from t2i_core.ui.check_table import results_table
from t2i_core.ui.job import OnStep
from t2i_core.ui.language import N_, tr
from t2i_core.ui.messages import shown_problems
from t2i_core.ui.running import latest, start

SLOT = "abuse_batch"
MAX_UPLOAD = 1000  # MB
KEPT_FOR = 7 * 24 * 3600  # seconds; then an upload and what was found in it are removed
STOPPED = N_("Stopped. What was judged is kept: check the same catalogue again to go on.")
Source = tuple[Iterable[Item], int]


@dataclass(frozen=True)
class Checked:
    """What a batch found, and the rules it was held to."""

    results: Results
    profile: Profile


def check_batch(profile: Profile) -> None:
    """Choose a catalogue, watch it being checked, look through what was found."""
    with shown_problems():
        source = _choose()
        pressed = st.button(
            tr("Check them all"),
            type="primary",
            key="abuse_start",
            icon=":material/playlist_add_check:",
            disabled=not source,
            help=tr("Runs in the background and can be stopped; the same catalogue goes on where it was."),
        )
        if pressed and source:
            start(SLOT, partial(work, checker_for(profile), source))
    tell_missing(checker_for(profile))
    checked = latest(SLOT, Checked)
    if checked:
        with shown_problems():
            results_table(checked.results, checked.profile)


def _choose() -> Path | None:
    """The archive, catalogue or folder to check."""
    folder = get_settings().check_folder
    if folder is not None:
        way = st.segmented_control(
            tr("Catalogue from"),
            [N_("ZIP or CSV"), N_("Folder")],
            format_func=tr,
            default="ZIP or CSV",
            key="abuse_batch_source",
            required=True,
            label_visibility="collapsed",
            help=tr("What you upload, or a folder that this studio was given to look into."),
        )
        if way == "Folder":
            return _folder(folder)
    file = st.file_uploader(
        tr("A ZIP archive of pictures, with a CSV of their titles in it if you like; or a CSV of titles and addresses"),
        type=["zip", "csv"],
        key="abuse_archive",
        max_upload_size=MAX_UPLOAD,
        help=tr("Archives are read, not unpacked. In a CSV: title, and path, image or url."),
    )
    return _kept(file.getvalue(), Path(file.name).suffix.lower()) if file else None


def _folder(folder: Path) -> Path | None:
    """One of the folders below the one that visitors may look into."""
    below = [one.relative_to(folder) for one in sorted(folder.glob("*/")) if one.is_dir() and not one.is_symlink()]
    named = st.selectbox(
        tr("Folder"),
        [Path(), *below],
        key="abuse_folder",
        format_func=lambda one: one.name or tr("all"),
        help=tr("Pictures in it, and in folders below it, are checked."),
    )
    return folder / named


def _kept(data: bytes, suffix: str) -> Path:
    """An upload on the disk, under a name of its own: the same upload goes on where it was stopped."""
    folder = get_settings().checks
    path = folder / f"{sha256(data).hexdigest()[:16]}{suffix}"
    if not path.is_file():
        _tidy(folder)
        atomic_write(path, data)
    return path


def _tidy(folder: Path) -> None:
    for path in folder.glob("*.*"):
        if path.is_file() and time.time() - path.stat().st_mtime > KEPT_FOR:
            path.unlink(missing_ok=True)


def work(checker: AbuseChecker, source: Path, on_step: OnStep) -> Checked:
    """Judges a source to its end. Cancelled, it can be taken up again."""
    settings = get_settings()
    items, total = items_of(source, settings.checks)
    named = sha256(f"{source}\0{checker.profile.to_toml()}".encode()).hexdigest()[:16]
    try:
        results = run_batch(checker, items, settings.checks / f"{named}.jsonl", total=total, on_step=on_step)
    except Cancelled as stopped:
        raise Cancelled(STOPPED) from stopped
    return Checked(results, checker.profile)


def items_of(source: Path, folder: Path) -> Source:
    """The pictures of a source and how many they are. Raises InputError for one that holds none."""
    if source.is_dir():
        items = list(folder_items(source))
        return items, len(items)
    if source.suffix == ".zip":
        return archive_items(source, folder)
    total = count_rows(source)
    if not total:
        raise InputError(N_("This catalogue has no rows below its first line."))
    return catalogue_items(source, fetch=get_settings().fetch, find=_allowed), total


def _allowed(named: str, title: str) -> Item:
    """A file below the folder that visitors may look into; no other file of this machine is ever opened for them."""
    folder = get_settings().check_folder
    if folder is None:
        return Absent(named, title, "files on this machine are not read; put the pictures into a ZIP with the CSV")
    path = (folder / named).resolve()
    if not path.is_relative_to(folder.resolve()):
        return Absent(named, title, "it lies outside the folder that may be read")
    return FileItem(path, title, named)
