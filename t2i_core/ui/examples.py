"""Words to start from, for those who would rather look than type."""

import streamlit as st

from t2i_core.ui.desk import Desk
from t2i_core.ui.language import tr

COUNT = 8


def example_buttons(desk: Desk, slot: str) -> None:
    """A button for each of the desk's examples; a click draws it there."""
    with st.container(horizontal=True, gap="xsmall"):
        for place, example in enumerate(desk.examples):
            if st.button(example, key=f"{slot}_example_{place}", help=tr("Draws this.")):
                _draw(desk, example)


def _draw(desk: Desk, example: str) -> None:
    from t2i_core.generate.request import GenerateRequest  # the home page has no time for these before a click
    from t2i_core.ui.draft import use_again

    model = str(st.session_state.get(desk.key("model"), desk.name))
    use_again(GenerateRequest(example, count=COUNT, model=model))
