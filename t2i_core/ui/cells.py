"""A labelled grid whose pictures can be clicked (style.py lays a button over each)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from t2i_core.ui.cards import Card, describe
from t2i_core.ui.draft import use_again
from t2i_core.ui.language import tr
from t2i_core.ui.messages import plain
from t2i_core.ui.pictures import show_png

if TYPE_CHECKING:
    from t2i_core.generate.variations import Grid


def cell_grid(cards: Sequence[Card], grid: "Grid", slot: str) -> None:
    """The cards row by row under their labels; a click on one brings its settings to its desk."""
    width = len(grid.columns.labels)
    with st.grid(
        width + 1, min_column_width=48, wrap=False, gap="xsmall", vertical_alignment="center", key=f"cells_{slot}"
    ) as cells:
        cells.cell()
        for name in grid.columns.labels:
            cells.cell().caption(plain(name), text_alignment="center")
        for row, name in enumerate(grid.rows.labels):
            cells.cell().caption(plain(name), text_alignment="right")
            for place in range(row * width, (row + 1) * width):
                with cells.cell():
                    _cell(cards[place], f"cell_{slot}_{place}")


def cell_row(cards: Sequence[Card], labels: Sequence[str], slot: str) -> None:
    """The cards one after the other, each above its label, in as many rows as they need; clicks do the same."""
    with st.grid(min_column_width=84, gap="xsmall", key=f"cells_{slot}") as cells:
        for place, (card, name) in enumerate(zip(cards, labels, strict=True)):
            with cells.cell(), st.container(gap=None):
                _cell(card, f"cell_{slot}_{place}")
                st.caption(plain(name), text_alignment="center")


def _cell(card: Card, name: str) -> None:
    with st.container(key=name, gap=None):
        show_png(card.png, card.request)
        clicked = st.button(
            tr("Open"), key=f"open_{name}", help=tr("Open {picture}", picture=plain(describe(card.request)))
        )
    if clicked:
        use_again(card.request)
