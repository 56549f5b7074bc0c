"""The studio in the browser: `streamlit run app.py`."""

import streamlit as st

from t2i_core.ui.entry import entered
from t2i_core.ui.style import STYLE

st.set_page_config("Product picture studio", page_icon="👟", layout="wide")  # a named icon would be fetched from Google
st.html(STYLE)
entered()
st.navigation(
    {
        "": [
            st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
            st.Page("pages/abuse.py", title="Check pictures", icon=":material/fact_check:"),
            st.Page("pages/tryon.py", title="Try on", icon=":material/checkroom:"),
        ],
        "Draw": [
            st.Page("pages/products.py", title="Products", icon=":material/shopping_bag:"),
            st.Page("pages/shoes.py", title="Shoes", icon=":material/steps:"),
            st.Page("pages/guitars.py", title="Guitars", icon=":material/music_note:"),
            st.Page("pages/anime.py", title="Anime faces", icon=":material/face:"),
            st.Page("pages/birds.py", title="Birds", icon=":material/raven:"),
        ],
        "Train": [
            st.Page("pages/training.py", title="Train", icon=":material/model_training:"),
        ],
        "Explore": [
            st.Page("pages/variations.py", title="Variations", icon=":material/grid_view:"),
            st.Page("pages/gallery.py", title="Gallery", icon=":material/photo_library:"),
            st.Page("pages/models.py", title="Models", icon=":material/deployed_code:"),
        ],
    },
    position="top",
).run()
