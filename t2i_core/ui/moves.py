"""Sliders along a model's latent directions."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import streamlit as st

from t2i_core.generate.request import MAX_MOVE
from t2i_core.ui.desk import Desk
from t2i_core.ui.draft import initial
from t2i_core.ui.language import tr
from t2i_core.ui.messages import plain

if TYPE_CHECKING:  # brings torch, which takes seconds to import
    from t2i_core.generate.directions import Direction


def move_controls(desk: Desk, directions: Iterable["Direction"]) -> dict[str, float]:
    """A slider a direction; gives those that were moved. Nothing at all for a model without directions."""
    listed = tuple(directions)
    if not listed:
        return {}
    with st.expander(_title(desk, listed), key=desk.key("moves"), icon=":material/explore:"):
        moves = {direction.name: _slider(desk, direction) for direction in listed}
    return {name: amount for name, amount in moves.items() if amount}


def _title(desk: Desk, directions: Iterable["Direction"]) -> str:
    """What the closed panel tells: whether anything in it is at work."""
    moved = sum(bool(st.session_state.get(desk.move_key(direction.name))) for direction in directions)
    return tr("Latent directions: {count} moved", count=moved) if moved else tr("Latent directions")


def _slider(desk: Desk, direction: "Direction") -> float:
    ends = tr("From {low} to {high}; 0 leaves the picture as its seed has it.", low=direction.low, high=direction.high)
    amount = st.slider(
        plain(direction.name.capitalize()),
        -MAX_MOVE,
        MAX_MOVE,
        step=0.1,
        format="%.1f",
        key=initial(desk.move_key(direction.name), 0.0),
        help=plain(f"{ends} {direction.note}"),
        persist_state="session",
    )
    return round(amount, 1)
