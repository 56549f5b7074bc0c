"""Parts of a page that are drawn anew on their own, every few seconds, while the rest stands still."""

from collections.abc import Callable

import streamlit as st


def redrawn(draw: Callable[[], None], every: float | None, key: str) -> None:
    """Draws a part of the page now, and again every so many seconds; None: only when a widget within it is used.

    It gets a container that holds nothing else. When a part is drawn anew before the browser was sent the page around
    it, as happens on a busy machine, Streamlit sends the part after what follows it, and the browser gives up on a
    page whose third element comes before its second. A container that is not the part's own keeps the place.
    """
    with st.container():
        st.fragment(draw, run_every=every, key=key)()
