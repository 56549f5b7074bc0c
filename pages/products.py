"""From a title to product pictures."""

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from t2i_core.generate.gallery import open_gallery
from t2i_core.generate.request import MAX_PROMPT
from t2i_core.ui.attributes import choice_chips, measure_controls
from t2i_core.ui.draft import Defaults, initial, key, request_of, take_pending
from t2i_core.ui.entry import run
from t2i_core.ui.examples import EXAMPLES, example_buttons
from t2i_core.ui.making import Made, draw_pictures
from t2i_core.ui.messages import plain, shown_problems
from t2i_core.ui.models import choose_model, load_model, model_choice
from t2i_core.ui.pictures import show_made
from t2i_core.ui.running import collect, start
from t2i_core.ui.sampling import other_pictures, sampling_controls
from t2i_core.ui.titles import similar_titles

if TYPE_CHECKING:
    from t2i_core.generate.pipeline import TextToImage

SLOT = "products"


def page() -> None:
    st.title("Products")
    with shown_problems():
        studio(load_model(choose_model()))


def studio(pipe: "TextToImage") -> None:
    defaults = Defaults(int(pipe.sampling.num_steps), float(pipe.sampling.guidance))
    brought = None
    with shown_problems():
        brought = take_pending(pipe.name, pipe.space, defaults)
    draw = prompt_row()
    prompt = str(st.session_state[key("prompt")])
    said = pipe.parse(prompt[:MAX_PROMPT])
    attributes = choice_chips(pipe.space.choices, said.attributes)
    heard(said.brand, said.unknown)
    results, settings = st.columns([7, 3], gap="medium")
    with settings, st.container(border=True):
        others = other_pictures()
        attributes |= measure_controls(pipe.space)
        sampling_controls(defaults)
        model_choice()
    with results:
        if draw or others or brought:
            with shown_problems():
                start(SLOT, partial(draw_pictures, pipe, request_of(attributes, pipe.name)))
        show_results()
        similar_titles(prompt)


def heard(brand: str | None, unknown: tuple[str, ...]) -> None:
    """What the title says besides the chips' attributes."""
    parts = [f"Brand: {brand}"] if brand else []
    parts += [f"Read as plain words: {' '.join(unknown)[:200]}"] if unknown else []
    if parts:
        st.caption(plain(" · ".join(parts)))


def prompt_row() -> bool:
    """The title and the button that draws it; Enter does the same."""
    with st.form("prompt", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Title of the product",
            key=initial(key("prompt"), ""),
            placeholder=EXAMPLES[0],
            persist_state="session",
        )
        return st.form_submit_button("Draw", type="primary", icon=":material/brush:")


def show_results() -> None:
    with shown_problems():
        made = collect(SLOT, Made)
        if made:
            st.session_state["products_made"] = made
    shown = st.session_state.get("products_made")
    if isinstance(shown, Made):
        with shown_problems():
            show_made(shown, SLOT, open_gallery())
    elif SLOT not in st.session_state:
        st.markdown("Type a title above and press **Draw**, or start from one of these:")
        example_buttons("products")


run(page, __file__)
