"""Links to a result: the page's own address filled with the settings, and what such an address brings to a desk."""

from urllib.parse import urljoin

import streamlit as st

from t2i_core.generate.links import Query, query_of, request_in
from t2i_core.generate.request import GenerateRequest
from t2i_core.ui.desk import Desk, desk_of
from t2i_core.ui.draft import PENDING
from t2i_core.ui.language import KEY

TAKEN = "query that was taken"


def new_query(page: str) -> Query:
    """What the page's address says after its question mark; nothing once it was taken in this session."""
    query = {name: st.query_params.get_all(name) for name in st.query_params if name != KEY}
    if not query or st.session_state.get(TAKEN) == (page, query):
        return {}
    st.session_state[TAKEN] = (page, query)
    return query


def take_link(desk: Desk) -> None:
    """Brings the settings in the desk's address to it, once, as “Use these settings again” does; it then draws them.

    Raises InputError for settings that make no sense.
    """
    request = request_in(new_query(desk.name), desk.name)
    if request is not None:
        st.session_state[PENDING] = request


def link_to(request: GenerateRequest) -> str:
    """The address that draws this request at its desk. For pages other than the first, beside which desks lie."""
    return address(desk_of(request.model).name, query_of(request))


def address(page: str, query: str) -> str:
    """The address of a page of this studio as the visitor reaches it."""
    return urljoin((st.context.url or "/").rstrip("/") or "/", f"{page}?{query}")


def show_link(text: str, link: str) -> None:
    """A link with the button that copies it."""
    st.markdown(text)
    st.code(link, language=None, wrap_lines=True)
