"""Widgets for the side of a variation grid: which attribute changes along it, and through which values."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from t2i_core.text.attributes import AttributeSpace, Choice, Number, Tone, Value
from t2i_core.ui.attributes import hint, label, range_of, rounded, step_of
from t2i_core.ui.draft import initial
from t2i_core.ui.language import N_, tr
from t2i_core.ui.making import Side

MOST = 12  # values a side
FIRST = 5  # values a side shows before anyone chose
USUAL = {
    "category": ("Sports Shoes", "Casual Shoes", "Tshirts", "Handbags", "Watches"),
    "colour": ("Red", "Blue", "Green", "Black", "White"),
}
NAMES = {"rows": N_("Rows"), "columns": N_("Columns")}
ABOUT = {
    "rows": N_("What changes along the rows of the grid."),
    "columns": N_("What changes along the columns of the grid."),
}
PALETTE = {
    "#c62828": N_("red"),
    "#ef6c00": N_("orange"),
    "#f9c80e": N_("yellow"),
    "#2e7d32": N_("green"),
    "#1565c0": N_("blue"),
    "#6a1b9a": N_("purple"),
    "#d81b60": N_("pink"),
    "#6d4c41": N_("brown"),
    "#9e9e9e": N_("grey"),
    "#212121": N_("black"),
    "#fafafa": N_("white"),
}


def axis_controls(space: AttributeSpace, side: str, start: int) -> Side:
    """The attribute and values of one side ("rows", "columns"); `start` is the attribute it begins with."""
    names = [attribute.name for attribute in space.attributes]
    chosen = initial(f"axis_{side}", names[start])
    if st.session_state[chosen] not in names:  # left over from another model
        st.session_state[chosen] = names[start]
    name = st.selectbox(
        tr(NAMES[side]),
        names,
        format_func=label,
        key=chosen,
        help=tr(ABOUT[side]),
        persist_state="session",
    )
    attribute, key = space.get(name), f"axis_{side}_{name}"
    if isinstance(attribute, Choice):
        return name, _names(attribute, key)
    if isinstance(attribute, Tone):
        return name, _colours(key)
    return name, _numbers(attribute, key)


def _names(choice: Choice, key: str) -> Sequence[Value]:
    usual = [value for value in USUAL.get(choice.name, ()) if value in choice.values]
    usual = usual if len(usual) > 1 else list(choice.values[:FIRST])
    chosen = st.session_state[initial(key, usual)]
    if not set(chosen) <= set(choice.values):  # left over from another model
        st.session_state[key] = usual
    return st.multiselect(
        tr("Values"),
        choice.values,
        key=key,
        max_selections=MOST,
        wrap=True,
        help=tr("At most {count}, drawn in this order.", count=MOST),
        persist_state="session",
    )


def _colours(key: str) -> Sequence[Value]:
    return st.multiselect(
        tr("Values"),
        list(PALETTE),
        format_func=lambda code: f"{code} {tr(PALETTE.get(code, ''))}",
        key=initial(key, list(PALETTE)[:FIRST]),
        max_selections=MOST,
        wrap=True,
        accept_new_options=True,
        help=tr("Choose colours, or type your own, e.g. #d02030."),
        persist_state="session",
    )


def _numbers(number: Number, key: str) -> Sequence[Value]:
    step = step_of(number)
    initial(key, range_of(number))
    st.slider(
        tr("From, to"),
        *range_of(number),
        step=step,
        key=key,
        help=hint(number.name) or tr("The first and the last value."),
        persist_state="session",
    )
    low, high = st.session_state[key]
    count = st.slider(
        tr("Values"),
        2,
        MOST,
        key=initial(f"{key}_count", FIRST),
        help=tr("How many, evenly spaced from the first to the last."),
        persist_state="session",
    )
    return evenly(low, high, count, step)


def evenly(low: float, high: float, count: int, step: float) -> list[Value]:
    """`count` values from low to high, each a whole number of steps; fewer where two would be the same."""
    values = np.linspace(low, high, count).tolist()
    return list(dict.fromkeys(rounded(value, step) for value in values))
