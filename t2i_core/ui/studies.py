"""Studies at one click: every model in one colour, or one model in every colour, all from the same seed."""

from dataclasses import replace
from functools import partial

import streamlit as st

from t2i_core.text.attributes import Choice, Value
from t2i_core.ui.grids import show_grid
from t2i_core.ui.language import N_, tr
from t2i_core.ui.making import draw_grid
from t2i_core.ui.messages import plain, shown_problems
from t2i_core.ui.running import start
from t2i_core.ui.studio import Order

SHAPE, COLOUR = "model", "colour"


def study_panel(order: Order) -> None:
    """A button for each study, of what the words and choices ask for at this moment; and the last study drawn."""
    slot = order.desk.key("study")
    by_name = {choice.name: choice for choice in order.pipe.space.choices}
    if SHAPE not in by_name or COLOUR not in by_name:
        return
    with st.container(border=True):
        st.subheader(tr("Studies"), anchor=False)
        st.caption(tr("Every picture starts from the same seed, so that only what is named changes."))
        with st.container(horizontal=True):
            _study(order, slot, by_name[COLOUR], by_name[SHAPE], N_("Shape study: every model in {value}"))
            _study(order, slot, by_name[SHAPE], by_name[COLOUR], N_("Colour study: {value} in every colour"))
        show_grid(slot)


def _study(order: Order, slot: str, fixed: Choice, varied: Choice, text: str) -> None:
    value = str(order.asked.attributes.get(fixed.name) or order.said.attributes.get(fixed.name) or fixed.values[0])
    label = plain(tr(text, value=value))
    if st.button(
        label,
        key=f"{slot}_{varied.name}",
        icon=":material/auto_awesome_mosaic:",
        wrap=True,
        help=tr("One picture for each, from the seed on the right."),
    ):
        with shown_problems():
            request = replace(_with(order, fixed.name, value).request(), count=1)
            start(slot, partial(draw_grid, order.pipe, request, (fixed.name, [value]), (varied.name, varied.values)))


def _with(order: Order, name: str, value: Value) -> Order:
    """The order for that value. An exact colour would overrule the colours that a study goes through."""
    attributes = {key: kept for key, kept in order.asked.attributes.items() if key != "tone"}
    return replace(order, asked=replace(order.asked, attributes={**attributes, name: value}))
