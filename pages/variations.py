"""The same thing in every combination of two attributes."""

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from t2i_core.errors import InputError
from t2i_core.generate.request import MAX_SEED, GenerateRequest
from t2i_core.text.attributes import Value
from t2i_core.ui.axes import axis_controls
from t2i_core.ui.desk import desk_of
from t2i_core.ui.draft import initial
from t2i_core.ui.entry import run
from t2i_core.ui.grid_links import GridLink, fill_axes, link_to_grid, take_grid_link
from t2i_core.ui.grids import show_grid
from t2i_core.ui.language import tr, tr_many
from t2i_core.ui.making import Side, draw_grid
from t2i_core.ui.messages import plain, shown_problems
from t2i_core.ui.models import any_model, load_model
from t2i_core.ui.running import start

if TYPE_CHECKING:
    from t2i_core.generate.pipeline import TextToImage

SLOT = "variations"


def page() -> None:
    st.title(tr("Variations"))
    st.markdown(tr("One picture, drawn in every combination of two attributes. Everything else stays as it is."))
    link = None
    with shown_problems():
        link = take_grid_link()
    with st.container(border=True):
        name, prompt, seed = what_to_draw()
        with shown_problems():
            explorer(load_model(name), prompt, seed, link)
    show_grid(SLOT, link_to_grid)
    if SLOT not in st.session_state and f"{SLOT}_made" not in st.session_state:
        st.info(
            tr("Choose what changes along the rows and columns, and the grid stands here."), icon=":material/grid_view:"
        )


def explorer(pipe: "TextToImage", prompt: str, seed: int, link: GridLink | None) -> None:
    if len(pipe.space.attributes) < 2:
        st.info(tr("This model has one attribute only, and a grid takes two. Choose another model."))
        return
    arrived = link is not None and filled(link, pipe)
    left, right = st.columns(2, gap="medium")
    with left:
        rows = axis_controls(pipe.space, "rows", 0)
    with right:
        columns = axis_controls(pipe.space, "columns", 1)
    cells = len(rows[1]) * len(columns[1])
    pressed = st.button(
        tr_many("Draw {n} picture", "Draw {n} pictures", cells),
        type="primary",
        icon=":material/brush:",
        key="vary_draw",
        help=tr("One picture for every pair of values, all from the same seed."),
    )
    if pressed or arrived:
        with shown_problems():
            steps, guidance = int(pipe.sampling.num_steps), float(pipe.sampling.guidance)
            request = GenerateRequest(
                prompt, corner(rows, columns), seed=seed, num_steps=steps, guidance=guidance, model=pipe.name
            )
            start(SLOT, partial(draw_grid, pipe, request, rows, columns))


def filled(link: GridLink, pipe: "TextToImage") -> bool:
    """Whether the link's sides stand in their fields now; where they do not fit, that is told."""
    try:
        fill_axes(link, pipe)
    except InputError as problem:
        st.error(plain(str(problem)), icon=":material/error:")
        return False
    return True


def what_to_draw() -> tuple[str, str, int]:
    """The model, the words and the seed."""
    left, middle, right = st.columns([2, 5, 2], gap="medium")
    with left:
        name = any_model("vary_model")
    prompt = middle.text_input(
        tr("Words (may stay empty)"),
        key=initial("vary_prompt", ""),
        placeholder=desk_of(name).examples[0],
        help=tr("What all pictures have in common. The two attributes below win over it."),
        persist_state="session",
    )
    seed = right.number_input(
        tr("Seed"),
        0,
        MAX_SEED,
        step=1,
        key=initial("vary_seed", 0),
        help=tr("All pictures start from its noise, so that only what you name changes."),
        persist_state="session",
    )
    return name, prompt or "", seed or 0


def corner(rows: Side, columns: Side) -> dict[str, Value]:
    """The first cell's values: they make a request of an empty title."""
    return {name: values[0] for name, values in (rows, columns) if values}


run(page, __file__)
