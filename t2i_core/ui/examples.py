"""Titles to start from, for those who would rather look than type."""

import streamlit as st

EXAMPLES = ("Nike Men Red Running Shoes", "Women Black Handbag", "Men Navy Blue Shirt", "Women Gold Watch")
COUNT = 8


def example_buttons(slot: str) -> None:
    """A button for each example; a click draws it on the products page."""
    with st.container(horizontal=True, gap="xsmall"):
        for place, example in enumerate(EXAMPLES):
            if st.button(example, key=f"{slot}_example_{place}"):
                _draw(example)


def _draw(example: str) -> None:
    from t2i_core.generate.request import GenerateRequest  # the home page has no time for these before a click
    from t2i_core.ui.draft import use_again

    use_again(GenerateRequest(example, count=COUNT))
