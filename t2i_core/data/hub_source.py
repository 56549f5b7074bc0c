"""A data set of the Hugging Face Hub as a catalogue: its parquet files, whose columns are found by their names."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from t2i_core.data.catalogues import Catalogue
from t2i_core.data.columns import find_columns
from t2i_core.data.engines import Engine
from t2i_core.data.sources import SIZE, Entry, prepare_entries
from t2i_core.errors import DataError, InputError
from t2i_core.hub import hub_errors
from t2i_core.settings import get_settings

NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
CONVERTED = "refs/convert/parquet"  # where the Hub keeps its own parquet copy of data sets of other forms
BATCH = 64


def prepare_hub(
    repo_id: str,
    out: Path,
    engine: Engine,
    *,
    split: str | None = None,
    size: int = SIZE,
    on_rows: Callable[[int, int], None] | None = None,
) -> Catalogue:
    """Downloads a data set's parquet files into the Hub's cache, one after another, and writes what they hold.

    split: only files with this word in their path, e.g. train. Raises WeightsError where the Hub does not give them,
    DataError where there are none or their columns say nothing.
    """
    if not NAME.fullmatch(repo_id):
        raise InputError(f"“{repo_id[:80]}” is no data set's name. Give it as owner/name.")
    if get_settings().offline:
        raise InputError("T2I_OFFLINE is set, and a data set comes from the Hub. Unset it to go on.")
    return prepare_entries(repo_id, _entries(repo_id, split), out, engine, size=size, on_rows=on_rows)


def _entries(repo_id: str, split: str | None) -> Iterator[Entry]:
    from huggingface_hub import hf_hub_download

    names, revision = _files(repo_id, split)
    for name in names:
        with hub_errors(repo_id, "data set"):
            path = hf_hub_download(repo_id, name, repo_type="dataset", revision=revision)
        yield from _rows(Path(path), name)


def _files(repo_id: str, split: str | None) -> tuple[list[str], str | None]:
    for revision in (None, CONVERTED):
        if names := [name for name in _listed(repo_id, revision) if _of_split(name, split)]:
            return names, revision
    wanted = f" with “{split}” in their path" if split else ""
    raise DataError(f"The data set {repo_id} has no parquet files{wanted}.")


def _listed(repo_id: str, revision: str | None) -> list[str]:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import EntryNotFoundError, RevisionNotFoundError

    with hub_errors(repo_id, "data set"):
        try:
            return sorted(HfApi().list_repo_files(repo_id, repo_type="dataset", revision=revision))
        except (RevisionNotFoundError, EntryNotFoundError):
            return []


def _of_split(name: str, split: str | None) -> bool:
    return name.endswith(".parquet") and (split is None or split in re.split(r"[/._-]", name))


def _rows(path: Path, name: str) -> Iterator[Entry]:
    try:
        with pq.ParquetFile(path) as file:
            found = find_columns(file.schema_arrow.names)
            if "title" not in found and "picture" not in found:
                seen = ", ".join(file.schema_arrow.names[:12])
                raise DataError(f"{name} has neither a column title nor image. Its columns are: {seen}.")
            words = _class_names(file.schema_arrow)
            number = 0
            for batch in file.iter_batches(BATCH, columns=list(found.values())):
                for row in batch.to_pylist():
                    number += 1
                    cells = {what: _worded(row[column], words.get(column)) for what, column in found.items()}
                    yield _entry(cells, f"{name}-{number}")
    except (OSError, pa.ArrowException) as problem:
        raise DataError(f"{name} cannot be read as a parquet file: {problem}") from problem


def _entry(cells: dict[str, object], identity: str) -> Entry:
    picture = cells.get("picture")
    inside = picture.get("bytes") if isinstance(picture, dict) else picture
    if not isinstance(inside, bytes):
        return Entry(cells, identity)
    named = picture.get("path") if isinstance(picture, dict) else None
    return Entry({**cells, "picture": None}, identity, inside, Path(str(named or identity)).name)


def _class_names(schema: pa.Schema) -> Mapping[str, list[str]]:
    """The words behind columns that hold classes as numbers, as `datasets` notes them in a file's schema."""
    try:
        noted = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        return {name: list(one["names"]) for name, one in noted.items() if one.get("_type") == "ClassLabel"}
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}


def _worded(value: object, names: list[str] | None) -> object:
    if names is None or not isinstance(value, int):
        return value
    return names[value] if 0 <= value < len(names) else None
