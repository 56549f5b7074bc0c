"""The panel of real titles that are most like the one typed."""

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from t2i_core.errors import InputError
from t2i_core.ui.draft import initial
from t2i_core.ui.language import Later, tr
from t2i_core.ui.messages import plain, shown_problems
from t2i_core.weights import CONFIG, list_models, locate

if TYPE_CHECKING:
    from t2i_core.text.doc2vec import Doc2VecModel

MOST = 50


def similar_titles(prompt: str) -> None:
    """The titles most like the prompt with their scores; nothing where no model of titles is installed."""
    names = list_models("doc2vec")
    if not names or not prompt.strip():
        return
    with (
        st.expander(tr("Similar real titles"), expanded=True, icon=":material/format_list_numbered:"),
        shown_problems(),
    ):
        count = st.slider(
            tr("How many"),
            1,
            MOST,
            key=initial("similar_count", 5),
            persist_state="session",
            help=tr("How many titles of the catalogue to list, the most alike first."),
        )
        _table(names[0], prompt, count)


def _table(name: str, prompt: str, count: int) -> None:
    folder = locate(name)
    try:
        found = _similar(str(folder), (folder / CONFIG).stat().st_mtime_ns, prompt, count)
    except InputError as problem:  # words no title has are no mistake: they can still be drawn
        st.caption(plain(str(problem)))
        return
    title, likeness = tr("Title"), tr("Likeness")
    st.dataframe(
        {title: [said for said, _ in found], likeness: [score for _, score in found]},
        hide_index=True,
        column_config={
            title: st.column_config.TextColumn(width="large"),
            likeness: st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="%.2f", width="small"),
        },
    )


@st.cache_data(max_entries=500, show_spinner=False)
def _similar(folder: str, changed: int, prompt: str, count: int) -> list[tuple[str, float]]:
    return [(like.title, like.score) for like in _load(folder, changed).similar(prompt, count)]


@st.cache_resource(max_entries=2, show_spinner=Later("Loading the titles …"))
def _load(folder: str, changed: int) -> "Doc2VecModel":
    """`changed` is part of the key alone: a new model replaces the old one."""
    from t2i_core.text.doc2vec import Doc2VecModel

    return Doc2VecModel.from_folder(Path(folder))
