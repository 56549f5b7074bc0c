"""How a page is drawn, whichever address the visitor came to first."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from t2i_core.ui.language import tr
from t2i_core.ui.language_menu import language_menu

ENTERED = "app.py has run"


def entered() -> None:
    """Called by app.py: from here on this session's pages are drawn within its menu."""
    st.session_state[ENTERED] = True


def run(page: Callable[[], None], file: str) -> None:
    """Draws the page that `file` defines.

    Until `st.navigation` was called once in its process, Streamlit makes a menu of its own of a folder named pages
    and skips app.py for whoever opens a page's address. Such a visitor is sent through app.py.
    """
    if ENTERED not in st.session_state:
        language_menu()  # or the language in the address would be forgotten on the way
        entered()  # once is enough: this file may itself be what Streamlit was told to run
        addresses = [st.Page(path) for path in sorted(Path(file).parent.glob("*.py"))]
        st.navigation([st.Page(page, title=tr("Loading"), default=True), *addresses], position="hidden")
        st.rerun()
    page()
