"""A run's sheets of sample pictures over time."""

from pathlib import Path

import streamlit as st

from t2i_core.errors import ImageError
from t2i_core.images import open_image
from t2i_core.jobs.store import JobRecord
from t2i_core.jobs.watching import sheets_of
from t2i_core.ui.language import tr
from t2i_core.ui.messages import plain

WIDTH = 640


def sheet_slider(record: JobRecord) -> None:
    """One sheet with a slider over all; a slider at its end moves on with each new sheet."""
    sheets = sheets_of(Path(record.spec.run))
    if not sheets:
        if not record.state.ended:
            st.caption(
                tr("Sample pictures come every few minutes, and at the end: `loop.sheet_minutes` sets how often.")
            )
        return
    steps = list(sheets)
    key, newest = f"training_sheet_{record.id}", f"training_newest_{record.id}"
    if st.session_state.get(key) in (None, st.session_state.get(newest)) or st.session_state[key] not in sheets:
        st.session_state[key] = steps[-1]
    st.session_state[newest] = steps[-1]
    if len(steps) > 1:
        st.select_slider(
            tr("Sample pictures at step"),
            steps,
            key=key,
            format_func=lambda step: f"{step:,}",
            help=tr("The same requests and seeds at every step. Drag to see how the pictures grew."),
            persist_state="session",
        )
    show_sheet(sheets[st.session_state[key]], st.session_state[key])


def show_sheet(path: Path, step: int) -> None:
    """A sheet with its step below. One that is being written, or was removed, is said so."""
    try:
        picture = open_image(path)
    except ImageError as problem:
        st.caption(plain(tr("The sheet of step {step:,} cannot be shown: {problem}", step=step, problem=problem)))
        return
    with st.container(width=WIDTH):  # no wider than a small screen
        st.image(
            picture,
            width="stretch",
            caption=tr("step {step:,}", step=step),
            alt=tr("Sample pictures at step {step}", step=step),
        )
