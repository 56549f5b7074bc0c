"""Who may do more than look: at this machine everybody, elsewhere whoever has entered the administrator's word."""

import secrets

import streamlit as st

from t2i_core.access import Gate, at_this_machine
from t2i_core.settings import get_settings
from t2i_core.ui.language import tr

ADMITTED = "admitted as administrator"
ENTERED = "admin_word"
PROBLEM = "why the administrator's word was refused"


def may_act() -> bool:
    """Whether this visitor may start, end and adopt runs."""
    settings = get_settings()
    if settings.admin_token is not None:
        return bool(st.session_state.get(ADMITTED) == _mark(settings.admin_token.get_secret_value()))
    return not (_stranger() if settings.public is None else settings.public)


def show_access() -> None:
    """Says why the page is read-only, and takes the administrator's word."""
    settings = get_settings()
    if may_act():
        if settings.admin_token is not None:
            st.button(
                tr("Leave administration"),
                key="admin_leave",
                on_click=_leave,
                icon=":material/logout:",
                help=tr("From here on this visit only looks again."),
            )
        return
    if settings.admin_token is None:
        st.info(
            tr(
                "**You can look, not train.** This studio can be reached by others than the person at its machine, "
                "and no administrator's word is set. Whoever runs it can set `T2I_ADMIN_TOKEN` to a word of at least "
                "8 letters and enter it here; or, where all visitors are trusted, set `T2I_PUBLIC=0`."
            ),
            icon=":material/lock:",
        )
        return
    st.info(tr("**You can look, not train.** An administrator can enter the word here."), icon=":material/lock:")
    with st.form("admin_form", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            tr("Administrator's word"),
            type="password",
            key=ENTERED,
            max_chars=200,
            autocomplete="off",
            help=tr("What T2I_ADMIN_TOKEN was set to where the studio was started."),
        )
        st.form_submit_button(
            tr("Enter"),
            icon=":material/key:",
            on_click=_enter,
            help=tr("Opens what only the administrator may do. Wrong words make one wait."),
        )
    if problem := st.session_state.pop(PROBLEM, None):
        st.error(problem, icon=":material/error:")


def _stranger() -> bool:
    return not at_this_machine(st.get_option("server.address"), st.context.headers.to_dict())


def _enter() -> None:
    token = get_settings().admin_token
    said = str(st.session_state.pop(ENTERED, ""))
    if token is None or not said:
        return
    gate, visitor = _gate(token.get_secret_value()), _visitor()
    if (seconds := gate.wait(visitor)) > 0:
        st.session_state[PROBLEM] = tr("Too many wrong words. Try again in {seconds:.0f} seconds.", seconds=seconds)
    elif gate.opens(visitor, said):
        st.session_state[ADMITTED] = _mark(token.get_secret_value())
    else:
        st.session_state[PROBLEM] = tr("That is not the word.")


def _leave() -> None:
    st.session_state.pop(ADMITTED, None)


@st.cache_resource
def _gate(word: str) -> Gate:
    """One for the whole process, so that a new session is not a new chance."""
    return Gate(word)


def _mark(word: str) -> int:
    """What a session keeps instead of the word. It opens nothing elsewhere: it differs from process to process."""
    return hash(("administrator", word))


def _visitor() -> str:
    """This session."""
    return str(st.session_state.setdefault("visitor number", _new_number()))


def _new_number() -> str:
    return secrets.token_hex(8)
