"""The studio in the browser: `streamlit run app.py`."""

import streamlit as st

from t2i_core.ui.entry import entered
from t2i_core.ui.language import tr
from t2i_core.ui.language_menu import language_menu
from t2i_core.ui.style import STYLE

st.set_page_config(
    tr("Product picture studio"), page_icon="👟", layout="wide"
)  # a named icon would be fetched from Google
st.html(STYLE)
entered()
language_menu()
st.navigation(
    {
        "": [
            st.Page("pages/home.py", title=tr("Home"), icon=":material/home:", default=True),
            st.Page("pages/abuse.py", title=tr("Check pictures"), icon=":material/fact_check:"),
            st.Page("pages/tryon.py", title=tr("Try on"), icon=":material/checkroom:"),
        ],
        tr("Draw"): [
            st.Page("pages/products.py", title=tr("Products"), icon=":material/shopping_bag:"),
            st.Page("pages/shoes.py", title=tr("Shoes"), icon=":material/steps:"),
            st.Page("pages/guitars.py", title=tr("Guitars"), icon=":material/music_note:"),
            st.Page("pages/anime.py", title=tr("Anime faces"), icon=":material/face:"),
            st.Page("pages/birds.py", title=tr("Birds"), icon=":material/raven:"),
        ],
        tr("Train"): [
            st.Page("pages/training.py", title=tr("Train"), icon=":material/model_training:"),
        ],
        tr("Explore"): [
            st.Page("pages/variations.py", title=tr("Variations"), icon=":material/grid_view:"),
            st.Page("pages/gallery.py", title=tr("Gallery"), icon=":material/photo_library:"),
            st.Page("pages/models.py", title=tr("Models"), icon=":material/deployed_code:"),
        ],
    },
    position="top",
).run()
