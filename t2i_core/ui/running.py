"""One piece of work a session and slot: start it, watch it with a progress bar and a Cancel button, collect it.

The work runs in a thread (see job.py): a click reruns a page's script, so work inside the script would be torn off.
"""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from t2i_core.ui.job import Job, OnStep
from t2i_core.ui.messages import shown_problems

T = TypeVar("T")
GLANCE = 0.5  # seconds; work that ends within them shows no progress bar
POLL = 0.3


def start(slot: str, work: Callable[[OnStep], T]) -> None:
    """Begins the work for this session, in place of what the slot was doing."""
    running = st.session_state.get(slot)
    if isinstance(running, Job):
        running.cancel()
    st.session_state[slot] = Job(work)


def collect(slot: str, kind: type[T]) -> T | None:
    """What the slot's work returned, once. None while nothing has ended; then running work shows its progress.

    Raises what the work raised.
    """
    job = st.session_state.get(slot)
    if not isinstance(job, Job):
        return None
    if not job.wait(GLANCE):
        _progress(slot)
        return None
    del st.session_state[slot]
    result = job.outcome()
    if not isinstance(result, kind):
        raise TypeError(f"{slot} returned {type(result).__name__}, not {kind.__name__}")
    return result


def latest(slot: str, kind: type[T]) -> T | None:
    """What the slot's work returned last, in this run of the page or an earlier one; what went wrong is shown."""
    with shown_problems():
        ended = collect(slot, kind)
        if ended:
            st.session_state[f"{slot}_made"] = ended
    return kept(slot, kind)


def kept(slot: str, kind: type[T]) -> T | None:
    """What the slot's work had returned when the page was last drawn."""
    result = st.session_state.get(f"{slot}_made")
    return result if isinstance(result, kind) else None


@st.fragment(run_every=POLL)
def _progress(slot: str) -> None:
    """Redrawn on its own; when the work has ended the whole page is drawn again."""
    job = st.session_state.get(slot)
    if not isinstance(job, Job) or job.wait(0):
        st.rerun()
    done, steps = job.steps
    text = "Stopping …" if job.stopping else f"Step {done} of {steps}" if steps else "Starting …"
    st.progress(done / steps if steps else 0.0, text=text)
    st.button(
        "Cancel",
        key=f"{slot}_cancel",
        on_click=job.cancel,
        icon=":material/stop_circle:",
        help="Stops at the next step.",
    )
