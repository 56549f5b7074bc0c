"""What the studio does, with pictures. Imports nothing heavy: this is the first page a visitor waits for."""

import streamlit as st

from t2i_core.settings import get_settings
from t2i_core.ui.desk import PRODUCTS
from t2i_core.ui.entry import run
from t2i_core.ui.examples import example_buttons
from t2i_core.ui.messages import shown_problems
from t2i_core.ui.model_card import pictures_of

PLACES = (
    ("products", "Products", ":material/shopping_bag:", "Type a title, move sliders, and get product pictures."),
    ("shoes", "Shoes", ":material/steps:", "New shoes of a kind and a colour; mix the styles of two."),
    ("guitars", "Guitars", ":material/music_note:", "A guitar in every colour, or a colour on every guitar."),
    ("anime", "Anime faces", ":material/face:", "Choose hair and eyes as tags, and blend one colour into another."),
    ("birds", "Birds", ":material/raven:", "Describe a bird in a sentence, and see where each word looks."),
    ("abuse", "Check pictures", ":material/fact_check:", "Hold one picture, or a catalogue, to a marketplace's rules."),
    ("tryon", "Try on", ":material/checkroom:", "See a garment on your own photo, in your own pose."),
    ("training", "Train", ":material/model_training:", "Teach a model your own catalogue, here or on a cluster."),
    ("variations", "Variations", ":material/grid_view:", "See one thing in every colour and shape, side by side."),
    ("gallery", "Gallery", ":material/photo_library:", "Find what you drew before, and start again from it."),
    ("models", "Models", ":material/deployed_code:", "See what each model has learned, and from what."),
)


def page() -> None:
    words, pictures = st.columns([5, 6], gap="medium", vertical_alignment="center")
    with words:
        st.title("Product pictures from a title")
        st.markdown(
            "Write what you sell the way its title would say it, and the studio draws it on white, in as many versions "
            "as you like. Every picture remembers its settings, so you can always get it again."
        )
        if st.button(
            "Draw a product", type="primary", icon=":material/brush:", key="home_start", help="Opens the page Products."
        ):
            st.switch_page(PRODUCTS.page)
        st.caption("Or start from one of these:")
        example_buttons(PRODUCTS, "home")
    with pictures, shown_problems():
        sheets()
    places()


def sheets() -> None:
    """The pictures that the products model's card shows."""
    for sheet in pictures_of(get_settings().weights_folder / "products")[:1]:
        st.image(sheet, width="stretch", caption="Drawn by the products model", alt="A sheet of generated products")


def places() -> None:
    with st.grid(border=True, min_column_width=220) as grid:
        for file, title, icon, text in PLACES:
            with grid.cell():
                st.page_link(f"pages/{file}.py", label=f"**{title}**", icon=icon)
                st.markdown(text)


run(page, __file__)
