"""Pictures in one step while choices and sliders change: what a press of “Draw” would give, softer and at once."""

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from t2i_core.errors import InputError
from t2i_core.ui.draft import initial
from t2i_core.ui.language import tr

if TYPE_CHECKING:
    from t2i_core.ui.studio import Order

SHOWN = 4


def preview(order: "Order") -> None:
    """The first pictures of the request as it stands; nothing for a model that cannot draw in one step, and nothing
    for a request that says nothing yet."""
    if not order.pipe.is_instant:
        return
    key, slot = order.desk.key("preview"), order.desk.key("previewed pictures")
    st.toggle(
        tr("Live preview"),
        key=initial(key, True),
        help=tr("Draws the first pictures in one step while you choose and move sliders. “Draw” renders them in full."),
        persist_state="session",
    )
    if not st.session_state[key] or not (order.prompt.strip() or order.asked.attributes):
        return
    with suppress(InputError):  # “Draw” says what is wrong with the request
        request = order.request()
        asked = order.pipe, replace(request, num_steps=1, guidance=None, count=min(SHOWN, request.count))
        kept = st.session_state.get(slot)
        if kept is None or kept[0] != asked:  # most clicks that run a page anew change nothing here
            kept = st.session_state[slot] = (asked, order.pipe.unrefined().generate(asked[1]))
        with st.container(horizontal=True, key=order.desk.key("previewed")):
            for picture in kept[1]:
                st.image(picture.image.resize((96, 96)), width=96, alt=tr("A preview of the picture"))
