"""What the studio does, with pictures. Imports nothing heavy: this is the first page a visitor waits for."""

import streamlit as st

from t2i_core.settings import get_settings
from t2i_core.ui.desk import PRODUCTS
from t2i_core.ui.entry import run
from t2i_core.ui.examples import example_buttons
from t2i_core.ui.language import N_, tr
from t2i_core.ui.messages import shown_problems
from t2i_core.ui.model_card import pictures_of

PLACES = (
    (
        "products",
        N_("Products"),
        ":material/shopping_bag:",
        N_("Type a title, move sliders, and get product pictures."),
    ),
    ("shoes", N_("Shoes"), ":material/steps:", N_("New shoes of a kind and a colour; mix the styles of two.")),
    ("guitars", N_("Guitars"), ":material/music_note:", N_("A guitar in every colour, or a colour on every guitar.")),
    (
        "anime",
        N_("Anime faces"),
        ":material/face:",
        N_("Choose hair and eyes as tags, and blend one colour into another."),
    ),
    ("birds", N_("Birds"), ":material/raven:", N_("Describe a bird in a sentence, and see where each word looks.")),
    (
        "abuse",
        N_("Check pictures"),
        ":material/fact_check:",
        N_("Hold one picture, or a catalogue, to a marketplace's rules."),
    ),
    ("tryon", N_("Try on"), ":material/checkroom:", N_("See a garment on your own photo, in your own pose.")),
    (
        "training",
        N_("Train"),
        ":material/model_training:",
        N_("Teach a model your own catalogue, here or on a cluster."),
    ),
    (
        "variations",
        N_("Variations"),
        ":material/grid_view:",
        N_("See one thing in every colour and shape, side by side."),
    ),
    ("gallery", N_("Gallery"), ":material/photo_library:", N_("Find what you drew before, and start again from it.")),
    ("models", N_("Models"), ":material/deployed_code:", N_("See what each model has learned, and from what.")),
)


def page() -> None:
    words, pictures = st.columns([5, 6], gap="medium", vertical_alignment="center")
    with words:
        st.title(tr("Product pictures from a title"))
        st.markdown(
            tr(
                "Write what you sell the way its title would say it, and the studio draws it on white, in as many "
                "versions as you like. Every picture remembers its settings, so you can always get it again."
            )
        )
        if st.button(
            tr("Draw a product"),
            type="primary",
            icon=":material/brush:",
            key="home_start",
            help=tr("Opens the page Products."),
        ):
            st.switch_page(PRODUCTS.page)
        st.caption(tr("Or start from one of these:"))
        example_buttons(PRODUCTS, "home")
    with pictures, shown_problems():
        sheets()
    places()


def sheets() -> None:
    """The pictures that the products model's card shows."""
    for sheet in pictures_of(get_settings().weights_folder / "products")[:1]:
        st.image(
            sheet, width="stretch", caption=tr("Drawn by the products model"), alt=tr("A sheet of generated products")
        )


def places() -> None:
    with st.grid(border=True, min_column_width=220) as grid:
        for file, title, icon, text in PLACES:
            with grid.cell():
                st.page_link(f"pages/{file}.py", label=f"**{tr(title)}**", icon=icon)
                st.markdown(tr(text))


run(page, __file__)
