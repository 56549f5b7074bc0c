"""A drawn grid on a page: progress, the labelled cells, and its downloads."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from t2i_core.ui.cells import cell_grid, cell_row
from t2i_core.ui.language import tr
from t2i_core.ui.links import show_link
from t2i_core.ui.making import MadeGrid
from t2i_core.ui.pictures import LINK_HELP, download_all, warn_unsaved
from t2i_core.ui.running import latest

if TYPE_CHECKING:
    from t2i_core.generate.variations import Grid


def show_grid(slot: str, link: Callable[["Grid"], str] | None = None) -> None:
    """The progress of the slot's work, then the last grid it drew. One row of cells wraps where it is too long.

    link: gives the address that draws a grid again, where there is one
    """
    shown = latest(slot, MadeGrid)
    if shown:
        _show(shown, slot, link(shown.grid) if link else None)


def _show(shown: MadeGrid, slot: str, link: str | None) -> None:
    if shown.made.problem:
        warn_unsaved(shown.made.problem)
    st.caption(tr("Click a picture to open it with its settings."))
    if len(shown.grid.rows.values) == 1:
        cell_row(shown.made.cards, shown.grid.columns.labels, slot)
    else:
        cell_grid(shown.made.cards, shown.grid, slot)
    with st.container(horizontal=True):
        st.download_button(
            tr("Download the labelled sheet"),
            lambda: shown.grid.picture(4).png(),
            f"{slot}.png",
            "image/png",
            key=f"{slot}_sheet",
            on_click="ignore",
            icon=":material/download:",
            help=tr("The whole grid as one PNG, its rows and columns named."),
        )
        download_all(shown.made.cards, slot)
        if link:
            with st.popover(tr("Link to this result"), icon=":material/link:", key=f"{slot}_link", help=tr(LINK_HELP)):
                show_link(tr("Whoever opens it gets this grid drawn with the same settings."), link)
