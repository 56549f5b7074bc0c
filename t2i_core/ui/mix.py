"""A panel that mixes the styles of two seeds."""

from functools import partial

import streamlit as st

from t2i_core.generate.gallery import open_gallery
from t2i_core.generate.mixing import between_seeds
from t2i_core.generate.request import MAX_SEED
from t2i_core.ui.draft import initial
from t2i_core.ui.language import tr
from t2i_core.ui.making import Made, draw_many
from t2i_core.ui.messages import shown_problems
from t2i_core.ui.pictures import picture_grid, warn_unsaved
from t2i_core.ui.running import latest, start
from t2i_core.ui.studio import Order


def mix_panel(order: Order) -> None:
    """Two seeds and how near to each: a button draws both and the picture between them, all of the same words."""
    slot = order.desk.key("mix")
    with st.container(border=True):
        st.subheader(tr("Mix two styles"), anchor=False)
        st.caption(tr("Each seed is a style of its own. The picture between them has something of both."))
        first, second, share = _seeds_and_share(slot)
        if st.button(
            tr("Mix"),
            key=f"{slot}_draw",
            icon=":material/blender:",
            help=tr("Draws both styles and the one between them, of the same words."),
        ):
            with shown_problems():
                requests = [between_seeds(order.request(), first, second, part) for part in (0.0, share, 1.0)]
                start(slot, partial(draw_many, order.pipe, requests))
        _show(slot)


def _seeds_and_share(slot: str) -> tuple[int, int, float]:
    left, right = st.columns(2)
    first = left.number_input(
        tr("First seed"),
        0,
        MAX_SEED,
        step=1,
        key=initial(f"{slot}_first", 0),
        persist_state="session",
        help=tr("A style: its picture stands on the left."),
    )
    second = right.number_input(
        tr("Second seed"),
        0,
        MAX_SEED,
        step=1,
        key=initial(f"{slot}_second", 1),
        persist_state="session",
        help=tr("The other style: its picture stands on the right."),
    )
    share = st.slider(
        tr("From the first to the second"),
        0.0,
        1.0,
        step=0.05,
        format="percent",
        key=initial(f"{slot}_share", 0.5),
        persist_state="session",
        help=tr("How near the mixed picture is to the second seed."),
    )
    return first or 0, second or 0, share


def _show(slot: str) -> None:
    shown = latest(slot, Made)
    if shown is None:
        return
    if shown.problem:
        warn_unsaved(shown.problem)
    first, mixed, second = (card.request for card in shown.cards)
    captions = (
        tr("Seed {seed}", seed=first.seed),
        tr("{share:.0%} of the way", share=mixed.variation),
        tr("Seed {seed}", seed=second.variation_seed),
    )
    with shown_problems():
        picture_grid(shown.cards, slot, None if shown.problem else open_gallery(), captions=captions)
