"""The same product in every combination of two attributes."""

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from t2i_core.generate.request import MAX_SEED, GenerateRequest
from t2i_core.text.attributes import Value
from t2i_core.ui.axes import axis_controls
from t2i_core.ui.cells import cell_grid
from t2i_core.ui.draft import initial
from t2i_core.ui.entry import run
from t2i_core.ui.making import MadeGrid, Side, draw_grid
from t2i_core.ui.messages import shown_problems
from t2i_core.ui.models import choose_model, load_model
from t2i_core.ui.pictures import download_all, warn_unsaved
from t2i_core.ui.running import collect, start

if TYPE_CHECKING:
    from t2i_core.generate.pipeline import TextToImage

SLOT = "variations"


def page() -> None:
    st.title("Variations")
    st.markdown("One product, drawn in every combination of two attributes. Everything else stays as it is.")
    with shown_problems():
        explorer(load_model(choose_model()))


def explorer(pipe: "TextToImage") -> None:
    with st.container(border=True):
        prompt, seed = what_to_draw()
        left, right = st.columns(2, gap="medium")
        with left:
            rows = axis_controls(pipe.space, "rows", 0)
        with right:
            columns = axis_controls(pipe.space, "columns", 1)
        cells = len(rows[1]) * len(columns[1])
        draw = st.button(f"Draw {cells} pictures", type="primary", icon=":material/brush:", key="vary_draw")
    if draw:
        with shown_problems():
            steps, guidance = int(pipe.sampling.num_steps), float(pipe.sampling.guidance)
            request = GenerateRequest(
                prompt, corner(rows, columns), seed=seed, num_steps=steps, guidance=guidance, model=pipe.name
            )
            start(SLOT, partial(draw_grid, pipe, request, rows, columns))
    show_results()


def what_to_draw() -> tuple[str, int]:
    left, right = st.columns([3, 1], gap="medium")
    prompt = left.text_input(
        "Title of the product (may stay empty)",
        key=initial("vary_prompt", ""),
        placeholder="Men Running Shoes",
        persist_state="session",
    )
    seed = right.number_input("Seed", 0, MAX_SEED, step=1, key=initial("vary_seed", 0), persist_state="session")
    return prompt or "", seed or 0


def corner(rows: Side, columns: Side) -> dict[str, Value]:
    """The first cell's values: they make a request of an empty title."""
    return {name: values[0] for name, values in (rows, columns) if values}


def show_results() -> None:
    with shown_problems():
        drawn = collect(SLOT, MadeGrid)
        if drawn:
            st.session_state["variations_made"] = drawn
    shown = st.session_state.get("variations_made")
    if not isinstance(shown, MadeGrid):
        return
    if shown.made.problem:
        warn_unsaved(shown.made.problem)
    st.caption("Click a picture to open it with its settings on the products page.")
    cell_grid(shown.made.cards, shown.grid, SLOT)
    with st.container(horizontal=True):
        st.download_button(
            "Download the labelled sheet",
            lambda: shown.grid.picture(4).png(),
            "variations.png",
            "image/png",
            key="vary_sheet",
            on_click="ignore",
            icon=":material/download:",
        )
        download_all(shown.made.cards, SLOT)


run(page, __file__)
