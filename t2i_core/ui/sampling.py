"""Widgets for how pictures are drawn: seed, count, steps, guidance, variation."""

import secrets

import streamlit as st

from t2i_core.generate.request import MAX_COUNT, MAX_GUIDANCE, MAX_SEED
from t2i_core.ui.desk import Desk
from t2i_core.ui.draft import Defaults, initial
from t2i_core.ui.language import tr

USUAL_STEPS = 64  # the slider's end; restored settings may ask for more


def other_pictures(desk: Desk) -> bool:
    """A button that draws the same request from new noise; the seeds it chose show in their fields."""
    st.session_state.setdefault(desk.key("variation"), 0.0)
    return st.button(
        tr("Other pictures"),
        key=desk.key("other_pictures"),
        on_click=_new_seed,
        args=(desk,),
        icon=":material/casino:",
        width="stretch",
        help=tr("Draws the same words from a new seed; around the same seed while the variation is above 0."),
    )


def sampling_controls(desk: Desk, defaults: Defaults) -> None:
    """Fields and sliders that fill the draft."""
    st.slider(
        tr("Variation around the seed"),
        0.0,
        1.0,
        step=0.05,
        key=initial(desk.key("variation"), 0.0),
        help=tr("Above 0 every picture stays near the picture of the seed; 1 lets go of it."),
        persist_state="session",
    )
    many = tr("How many pictures at once. Each has the seed after that of the one before.")
    _whole(desk, tr("Pictures"), "count", defaults.count, 1, MAX_COUNT, many)
    _whole(desk, tr("Seed"), "seed", 0, 0, MAX_SEED, tr("The same seed and settings give the same picture."))
    if st.session_state[desk.key("variation")] > 0:
        towards = tr("What the pictures are varied towards; the seed above is what they stay near.")
        _whole(desk, tr("Variation seed"), "variation_seed", 0, 0, MAX_SEED, towards)
    else:
        initial(desk.key("variation_seed"), 0)
    st.slider(
        tr("Guidance"),
        0.0,
        MAX_GUIDANCE,
        step=0.1,
        key=initial(desk.key("guidance"), defaults.guidance),
        help=tr("How strongly pictures follow the words. High values look harsher."),
        persist_state="session",
    )
    steps = initial(desk.key("num_steps"), defaults.num_steps)
    st.slider(
        tr("Steps"),
        1,
        max(USUAL_STEPS, st.session_state[steps]),
        key=steps,
        help=tr("More steps take longer and give finer pictures."),
        persist_state="session",
    )


def _whole(desk: Desk, label: str, part: str, start: int, low: int, high: int, help: str) -> None:
    name = initial(desk.key(part), start)
    st.number_input(label, low, high, step=1, key=name, help=help, persist_state="session")


def _new_seed(desk: Desk) -> None:
    part = "variation_seed" if st.session_state[desk.key("variation")] > 0 else "seed"
    st.session_state[desk.key(part)] = secrets.randbelow(MAX_SEED + 1)
