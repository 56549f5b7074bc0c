"""Which data a run learns from, with a look at them."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from t2i_core.data.summary import Summary, summarise
from t2i_core.errors import T2IError
from t2i_core.jobs.check import data_folders
from t2i_core.settings import get_settings
from t2i_core.training.preview import Preview, is_prepared, places_in, preview, sources_of
from t2i_core.ui.draft import initial
from t2i_core.ui.language import Later, tr, tr_many
from t2i_core.ui.messages import plain, shorten, shown_problems

HUB = "hf://datasets/"


def choose_data(recipe: str, away: bool) -> str | None:
    """The data's path, or the name of a data set on the Hub; None where there is nothing to choose yet.

    away: whether the place where it runs sees no files of this machine
    """
    return _on_the_hub() if away else _here(recipe)


def _on_the_hub() -> str | None:
    name = st.text_input(
        tr("Data set on the Hugging Face Hub"),
        key=initial("training_hub_data", ""),
        placeholder="owner/name",
        max_chars=130,
        help=tr("Machines of Hugging Face see no files of this one: `t2i prepare` makes shards that can be uploaded."),
        persist_state="session",
    ).strip()
    return HUB + name.removeprefix(HUB) if name else None


def _here(recipe: str) -> str | None:
    places = [place for folder in data_folders(get_settings()) if folder.is_dir() for place in places_in(folder)]
    if not places:
        st.info(
            tr(
                "**No data here yet.** Set `T2I_DATA` to the folder that holds your parquet files and start the "
                "studio again, or make some from a catalogue with `t2i prepare`: what it writes into the studio's own "
                "folder of prepared data is offered here."
            ),
            icon=":material/folder_off:",
        )
        return None
    known = {str(place): place for place in places}
    if st.session_state.get("training_data") not in known:
        st.session_state["training_data"] = next(iter(known))
    chosen = st.selectbox(
        tr("Data"),
        list(known),
        key="training_data",
        format_func=lambda one: _named(known[one]),
        help=tr("A folder, in which the recipe's own files are looked up, or one file."),
        persist_state="session",
    )
    _look(recipe, known[chosen])
    if is_prepared(known[chosen]):
        with shown_problems():
            show_summary(known[chosen])
    return chosen


def _named(place: Path) -> str:
    """A place below the folder it was found in."""
    folder = next(one for one in data_folders(get_settings()) if place.is_relative_to(one))
    below = place.relative_to(folder)
    return f"{folder.name}/{below}" if below.parts else tr("{folder} (the whole folder)", folder=folder.name)


def _look(recipe: str, place: Path) -> None:
    names = [name for _, files in sources_of(recipe) for name in files]
    if not names:
        st.caption(tr("This recipe reads files of its own from that folder; it says what is missing when it starts."))
        return
    changed = tuple(one.stat().st_mtime_ns for one in ([place] if place.is_file() else sorted(place.glob("*.parquet"))))
    try:
        show_preview(_preview(recipe, str(place), changed))
    except T2IError as problem:
        st.warning(plain(str(problem).replace("Give --data", "Choose")), icon=":material/rule:")


@st.cache_data(max_entries=32, show_spinner=Later("Looking at the data …"))
def _preview(recipe: str, place: str, changed: tuple[int, ...]) -> Preview:
    """`changed` is part of the key alone: files that were replaced are looked at anew."""
    return preview(recipe, Path(place))


def show_preview(found: Preview) -> None:
    """Rows, pictures and labels at a glance, and what should be known before training on them."""
    files = ", ".join(f"{name} ({tr_many('{n:,} row', '{n:,} rows', rows)})" for name, rows in found.files.items())
    if found.problems:
        for problem in found.problems:
            st.warning(plain(problem), icon=":material/rule:")
    else:
        st.success(plain(tr("Readable by this recipe: {files}", files=files)), icon=":material/fact_check:")
    with st.expander(tr("A look at {count:,} pictures", count=found.rows), icon=":material/photo_library:"):
        with st.grid(min_column_width=84, gap="small", key="training_data_grid") as grid:
            for item in found.samples:
                with grid.cell(), st.container(gap=None):
                    st.image(item.image or b"", width="stretch", alt=item.title or tr("a picture without a title"))
                    st.caption(plain(shorten(item.title, 48)) or tr("no title"))
        for label, counts in found.labels.items():
            shown = ", ".join(f"{value} {count}" for value, count in counts.items())
            st.caption(tr("**{label}** in the first rows: {values}", label=plain(label), values=plain(shown)))


def show_summary(folder: Path) -> None:
    """Prepared data counted whole, where somebody asks for that: millions of rows take a while."""
    if not st.toggle(
        tr("Count everything in it"),
        key=f"training_count_{folder}",
        help=tr("Categories, sizes of pictures, and what was left out when it was prepared. Read once, then kept."),
    ):
        return
    found = _summary(str(folder), folder.stat().st_mtime_ns)
    told = tr(
        "{products:,} products of {categories:,} categories, {pictures:,} pictures",
        products=found.products,
        categories=found.kinds,
        pictures=found.pictures,
    )
    st.markdown(plain(told))
    left, right = st.columns(2, gap="medium")
    with left:
        _counts(tr("Category"), found.categories)
        _counts(tr("Lines that gave no product"), list(found.rejects.items()))
    with right:
        _counts(tr("Shorter side of pictures"), found.sides)
        _counts(tr("Addresses that gave no picture"), list(found.failures.items()))


@st.cache_data(max_entries=8, show_spinner=Later("Counting …"))
def _summary(folder: str, changed: int) -> Summary:
    """`changed` is part of the key alone."""
    return summarise(Path(folder), thumbnails=0)


def _counts(title: str, counts: Sequence[tuple[str, int]]) -> None:
    if counts:
        rows = [{title: name, tr("count"): count} for name, count in counts]
        st.dataframe(rows, hide_index=True, height=min(300, 38 + 35 * len(rows)), alt=title)
