"""A drawn grid on a page: progress, the labelled cells, and its downloads."""

import streamlit as st

from t2i_core.ui.cells import cell_grid, cell_row
from t2i_core.ui.making import MadeGrid
from t2i_core.ui.pictures import download_all, warn_unsaved
from t2i_core.ui.running import latest


def show_grid(slot: str) -> None:
    """The progress of the slot's work, then the last grid it drew. One row of cells wraps where it is too long."""
    shown = latest(slot, MadeGrid)
    if shown:
        _show(shown, slot)


def _show(shown: MadeGrid, slot: str) -> None:
    if shown.made.problem:
        warn_unsaved(shown.made.problem)
    st.caption("Click a picture to open it with its settings.")
    if len(shown.grid.rows.values) == 1:
        cell_row(shown.made.cards, shown.grid.columns.labels, slot)
    else:
        cell_grid(shown.made.cards, shown.grid, slot)
    with st.container(horizontal=True):
        st.download_button(
            "Download the labelled sheet",
            lambda: shown.grid.picture(4).png(),
            f"{slot}.png",
            "image/png",
            key=f"{slot}_sheet",
            on_click="ignore",
            icon=":material/download:",
        )
        download_all(shown.made.cards, slot)
