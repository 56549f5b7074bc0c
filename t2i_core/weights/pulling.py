"""Models from the Hub: what there is to fetch, told before it is fetched, and each file checked when it is here.

Only what a model's config.json lists is ever fetched, and of that only kinds of files that loading reads as data: a
repository may hold what it likes. Files stay in the Hub's own cache.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from t2i_core.errors import WeightsError
from t2i_core.hub import hub_errors
from t2i_core.settings import get_settings
from t2i_core.weights.folders import CONFIG, DOCUMENTS, NAME, WhileFetching, digests, read_config, sha256

if TYPE_CHECKING:
    from huggingface_hub.utils.tqdm import tqdm

READABLE = (".safetensors", ".model", ".json", ".toml", ".txt", ".csv")  # nothing that can hold a program
LARGEST_CONFIG = 8_000_000  # bytes
LARGEST_DOCUMENT = 30_000_000
BRANCH = "main"


@dataclass(frozen=True)
class Place:
    """Where a model lies on the Hub: a repository, or one folder of a repository that holds several."""

    repository: str
    folder: str = ""

    def path(self, file: str) -> str:
        """A file's path in the repository."""
        return f"{self.folder}/{file}" if self.folder else file

    def __str__(self) -> str:
        return f"{self.repository}/{self.folder}" if self.folder else self.repository


@dataclass(frozen=True)
class Offer:
    """What a model on the Hub is, and what pulling it fetches.

    commit: the version, as the Hub calls it
    files: the size in bytes of each of the model's files
    missing: those that are not in the cache yet
    """

    place: Place
    commit: str
    kind: str
    files: Mapping[str, int]
    missing: frozenset[str]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(self.files.values())

    @property
    def to_fetch(self) -> int:
        """Bytes of the files that are not here yet."""
        return sum(self.files[name] for name in self.missing)


def look(place: Place) -> Offer:
    """The newest version of a model, of which config.json alone is fetched.

    Raises WeightsError where there is none, or it is none of ours.
    """
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    _ask_only_online(place)
    with hub_errors(str(place)):
        commit, sizes = _listing(place)
        if not 0 < sizes.get(CONFIG, 0) <= LARGEST_CONFIG:
            raise WeightsError(f"{place} is not a model of this studio: it has no {CONFIG} that could be one.")
        folder = Path(hf_hub_download(place.repository, place.path(CONFIG), revision=commit)).parent
    config = read_config(folder)
    files = {name: sizes[name] for name in _wanted(place, folder, config, sizes)}
    missing = {
        name
        for name in files
        if not isinstance(try_to_load_from_cache(place.repository, place.path(name), revision=commit), str)
    }
    return Offer(place, commit, str(config["model"]), files, frozenset(missing))


def pull(place: Place, on_progress: WhileFetching | None = None) -> Path:
    """The folder of the newest version of a model in the Hub's cache, fetched where it is not there yet.

    A file that is not the one config.json describes is fetched once more. Raises WeightsError where that does not help.
    """
    offer = look(place)
    meter = _Meter(offer.to_fetch, on_progress)
    for name in offer.files:
        folder = _fetch(offer, name, meter).parent
    listed = digests(folder, read_config(folder))
    for name in damaged(folder, listed):
        if name in damaged(_fetch(offer, name, meter, again=True).parent, listed):
            raise WeightsError(
                f"{name} of {place} is not the file that its {CONFIG} describes, though it was fetched again. "
                "Do not use this model; tell its owner."
            )
    _remember(offer)
    return folder


def fetched(places: Sequence[Place], on_progress: WhileFetching | None = None) -> Path:
    """The model at the first of these places that has it: from the cache where it is whole there, else from the Hub."""
    for place in places:
        if folder := in_cache(place):
            return folder
    problems = []
    for place in places:
        try:
            return pull(place, on_progress)
        except WeightsError as problem:
            problems.append(problem)
    raise problems[-1]


def in_cache(place: Place) -> Path | None:
    """A model's folder in the Hub's cache; None where it is not there, or not whole."""
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(place.repository, place.path(CONFIG), revision=BRANCH)
    if not isinstance(config, str):
        return None
    folder = Path(config).parent
    try:
        return None if damaged(folder, digests(folder, read_config(folder))) else folder
    except WeightsError:
        return None


def pulled() -> dict[str, Path]:
    """The Hub models that are in the cache with all their files, by the names `locate` knows them by."""
    from huggingface_hub import constants

    cache, shared = Path(constants.HF_HUB_CACHE), get_settings().hub_repo
    found = {}
    for branch in sorted(cache.glob(f"models--*--*/refs/{BRANCH}")):
        repository = branch.parents[1].name.removeprefix("models--").replace("--", "/", 1)
        snapshot = branch.parents[1] / "snapshots" / branch.read_text().strip()
        if _has_all(snapshot):
            found[repository] = snapshot
        if repository == shared:
            found |= {path.name: path for path in sorted(snapshot.glob("*")) if path.is_dir() and _has_all(path)}
    return found


def _has_all(folder: Path) -> bool:
    try:
        return all((folder / name).is_file() for name in digests(folder, read_config(folder)))
    except WeightsError:
        return False


def damaged(folder: Path, listed: Mapping[str, str]) -> list[str]:
    """The listed files that are missing from a folder or are others than it says."""
    return [name for name, digest in listed.items() if _digest_of(folder / name) != digest]


def _digest_of(file: Path) -> str | None:
    try:
        stat = file.stat()
        return _digest_at(str(file.resolve()), stat.st_size, stat.st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=256)
def _digest_at(file: str, size: int, changed: int) -> str:
    """Read once as long as size and time stay: a page asks for its model each time it is drawn."""
    return sha256(Path(file).read_bytes())


def _ask_only_online(place: Place) -> None:
    from huggingface_hub import constants

    if get_settings().offline or constants.HF_HUB_OFFLINE:
        why = "the studio is offline (T2I_OFFLINE or HF_HUB_OFFLINE)"
        raise WeightsError(f"{place} was not downloaded before, or is damaged, and {why}. Connect and try again.")


def _listing(place: Place) -> tuple[str, dict[str, int]]:
    """The newest commit, and the size of each file that lies directly in the model's folder."""
    import httpx2
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    try:
        commit = HfApi().model_info(place.repository).sha or BRANCH
    except (httpx2.ConnectError, httpx2.TimeoutException) as problem:
        raise WeightsError(
            f"{place} was not downloaded before, and the Hub cannot be reached now. Connect and try again."
        ) from problem
    entries = HfApi().list_repo_tree(place.repository, place.folder or None, revision=commit)
    start = len(place.path(""))
    return commit, {entry.path[start:]: entry.size for entry in entries if isinstance(entry, RepoFile)}


def _wanted(place: Place, folder: Path, config: Mapping[str, object], sizes: Mapping[str, int]) -> Iterator[str]:
    """The names of a model's files, those that loading needs first."""
    yield CONFIG
    for name in digests(folder, config):
        if not name.endswith(READABLE):
            raise WeightsError(f"{place} asks for {name}, a kind of file that is never loaded from the Hub.")
        if name not in sizes:
            raise WeightsError(f"{place} lacks {name}, which its {CONFIG} lists. Tell its owner.")
        yield name
    for name, size in sizes.items():
        if name.endswith(DOCUMENTS) and NAME.fullmatch(name) and size <= LARGEST_DOCUMENT:
            yield name


def _fetch(offer: Offer, name: str, meter: "_Meter", again: bool = False) -> Path:
    """A file in the cache. A connection that breaks is taken up again where it broke."""
    from huggingface_hub import hf_hub_download

    place = offer.place
    with hub_errors(str(place)):
        file = hf_hub_download(
            place.repository,
            place.path(name),
            revision=offer.commit,
            force_download=again,
            tqdm_class=meter.bar(),
        )
    return Path(file)


def _remember(offer: Offer) -> None:
    """Has the cache take this commit for the newest, now that it is whole: what is asked for offline is this one."""
    from huggingface_hub import hf_hub_download

    with hub_errors(str(offer.place)):
        hf_hub_download(offer.place.repository, offer.place.path(CONFIG), revision=BRANCH)


class _Meter:
    """Counts what is fetched over all files of a model."""

    def __init__(self, total: int, say: WhileFetching | None) -> None:
        self._total, self._say, self._done = total, say, 0

    def bar(self) -> "type[tqdm]":
        """What the Hub's client shows progress with, one a file: it shows nothing, and counts here."""
        from huggingface_hub.utils.tqdm import tqdm

        count = self._count

        class Silent(tqdm):
            def __init__(self, *arguments: object, **options: object) -> None:
                super().__init__(*arguments, **{**options, "disable": True})  # type: ignore[no-untyped-call]

            def update(self, n: float | None = 1) -> None:
                count(int(n or 0))

        return Silent

    def _count(self, fetched: int) -> None:
        self._done = max(0, self._done + fetched)
        if self._say is not None:
            self._say(min(self._done, self._total), self._total)
