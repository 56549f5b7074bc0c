"""Where a batch's pictures come from: files, folders, ZIP archives, and catalogues that name files or addresses."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from t2i_core.abuse.files import MAX_BYTES, NoPicture
from t2i_core.abuse.verdict import Signal
from t2i_core.errors import InputError

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".svg"}
)
HIDDEN = ("__MACOSX", ".DS_Store", "Thumbs.db")
MAX_MEMBERS = 200_000
MAX_UNPACKED = 20_000_000_000  # bytes of a whole archive
PACKED = 200  # times smaller than its content, from which on a large member is a bomb
HARMLESS = 10_000_000  # bytes; a blank picture of this size may well be packed so tightly
SEALED = 0x1  # the flag of an encrypted member


class Item(Protocol):
    """One picture of a batch. name: what a person calls it; stamp: changes when its content does."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def stamp(self) -> str: ...

    def read(self) -> Path | bytes:
        """The file or its bytes. Raises NoPicture where there is none."""


@dataclass(frozen=True)
class FileItem:
    """A file on this machine."""

    path: Path
    title: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or str(self.path))

    @property
    def stamp(self) -> str:
        try:
            found = self.path.stat()
        except (OSError, ValueError):
            return "none"
        return f"{found.st_size}-{found.st_mtime_ns}"

    def read(self) -> Path | bytes:
        return self.path


@dataclass(frozen=True)
class ZipItem:
    """A member of an archive. It is read into memory; nothing is ever unpacked to the disk, whatever it is called."""

    archive: Path
    member: zipfile.ZipInfo
    title: str = ""

    @property
    def name(self) -> str:
        return self.member.filename

    @property
    def stamp(self) -> str:
        return f"{self.member.CRC:x}-{self.member.file_size}"

    def read(self) -> Path | bytes:
        _check_member(self.member)
        try:
            with zipfile.ZipFile(self.archive) as archive, archive.open(self.member) as file:
                data = file.read(MAX_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as problem:
            raise NoPicture(Signal("file.truncated", 1.0, detail="it cannot be unpacked")) from problem
        if len(data) > MAX_BYTES:
            raise NoPicture(Signal("file.too_large", 1.0, detail="it unpacks to more than its archive says"))
        return data


@dataclass(frozen=True)
class Absent:
    """A row of a catalogue that names no picture."""

    name: str
    title: str
    why: str
    stamp: str = ""

    def read(self) -> Path | bytes:
        raise NoPicture(Signal("file.missing", 1.0, detail=self.why))


def folder_items(folder: Path, title: str = "") -> Iterator[FileItem]:
    """The pictures of a folder and those below it, by name. Raises InputError where it is none, or holds none."""
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder.")
    found = False
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file() and not _hidden(path.relative_to(folder).parts):
            found = True
            yield FileItem(path, title, str(path.relative_to(folder)))
    if not found:
        raise InputError(f"{folder} holds no pictures.")


def zip_items(archive: Path) -> list[ZipItem]:
    """The pictures in an archive. Raises InputError for one that is damaged, empty, or made to fill a disk."""
    members = [member for member in zip_members(archive) if Path(member.filename).suffix.lower() in SUFFIXES]
    if not members:
        raise InputError(f"{archive.name} holds no pictures.")
    return [ZipItem(archive, member) for member in members]


def zip_members(archive: Path) -> Sequence[zipfile.ZipInfo]:
    """The files in an archive, without folders and what systems leave there. Raises InputError as `zip_items`."""
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [one for one in opened.infolist() if not one.is_dir() and not _hidden(one.filename.split("/"))]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as problem:
        raise InputError(f"{archive.name} cannot be opened as a ZIP archive: {problem}.") from problem
    if len(members) > MAX_MEMBERS:
        raise InputError(f"{archive.name} holds {len(members):,} files. Split it: {MAX_MEMBERS:,} are taken at once.")
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise InputError(f"{archive.name} unpacks to more than {MAX_UNPACKED / 1e9:.0f} GB. Split it.")
    return members


def _check_member(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & SEALED:
        raise NoPicture(Signal("file.unreadable", 1.0, detail="it is locked with a password"))
    bomb = member.file_size > HARMLESS and member.file_size > PACKED * max(1, member.compress_size)
    if bomb or member.file_size > MAX_BYTES:
        raise NoPicture(Signal("file.too_large", 1.0, detail=f"it unpacks to {member.file_size / 1e6:,.0f} MB"))


def _hidden(parts: Sequence[str]) -> bool:
    return any(part in HIDDEN or part.startswith("._") for part in parts)
