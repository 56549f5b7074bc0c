"""One piece of work a session and slot: start it, watch it with a progress bar and a Cancel button, collect it.

The work runs in a thread (see job.py): a click reruns a page's script, so work inside the script would be torn off.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import streamlit as st

from t2i_core.ui.job import Job, OnStep
from t2i_core.ui.language import tr
from t2i_core.ui.messages import shown_problems
from t2i_core.ui.redrawing import redrawn

T = TypeVar("T")
GLANCE = 0.5  # seconds; work that ends within them shows no progress bar
PACES = ((3.0, 0.3), (20.0, 1.0), (float("inf"), 3.0))  # (seconds of work, seconds between two looks until then)


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
        pace = pace_of(job.seconds)
        redrawn(partial(_progress, slot, pace), pace, f"{slot}_progress_{pace}")
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


def pace_of(seconds: float) -> float:
    """How long to wait between two looks at work that has lasted so long. Each look takes a little time away from it:
    on a busy machine many visitors' looks would leave none for the work."""
    return next(pace for until, pace in PACES if seconds < until)


def _progress(slot: str, pace: float) -> None:
    """Redrawn on its own; when the work has ended, or is looked at too often, the whole page is drawn again."""
    job = st.session_state.get(slot)
    if not isinstance(job, Job) or job.wait(0) or pace_of(job.seconds) != pace:
        st.rerun()
    done, steps = job.steps
    text = tr("Step {done} of {steps}", done=done, steps=steps) if steps else tr("Starting …")
    st.progress(done / steps if steps else 0.0, text=tr("Stopping …") if job.stopping else text)
    st.button(
        tr("Cancel"),
        key=f"{slot}_cancel",
        on_click=job.cancel,
        icon=":material/stop_circle:",
        help=tr("Stops at the next step."),
    )
