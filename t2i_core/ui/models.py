"""Models as the pages use them: loaded once, shared by every session."""

from typing import TYPE_CHECKING

import streamlit as st

from t2i_core.ui.draft import key, pending_model
from t2i_core.weights import CONFIG, list_models, locate

if TYPE_CHECKING:  # torch takes seconds to import: a page shows itself first, and the spinner stands for both
    from t2i_core.generate.pipeline import TextToImage

PRODUCTS = "products"


def load_model(name: str = PRODUCTS) -> "TextToImage":
    """The model of that name; read again once its files have changed. Raises WeightsError where there is none."""
    folder = locate(name)
    return _load(str(folder), (folder / CONFIG).stat().st_mtime_ns)


@st.cache_resource(max_entries=3, show_spinner="Loading the model …")
def _load(folder: str, changed: int) -> "TextToImage":
    """`changed` is part of the key alone: a model that was trained or downloaded anew replaces the old one."""
    from t2i_core.generate.pipeline import TextToImage

    return TextToImage.from_pretrained(folder)


def choose_model() -> str:
    """The drawing model of this session: the one a brought request asks for, else the one chosen before."""
    names, chosen, wanted = _names(), key("model"), pending_model()
    if wanted in names:
        st.session_state[chosen] = wanted
    if st.session_state.get(chosen) not in names:
        st.session_state[chosen] = PRODUCTS if PRODUCTS in names else names[0]
    return str(st.session_state[chosen])


def model_choice() -> None:
    """A list to choose the model from, where there is more than one."""
    if len(_names()) > 1:
        st.selectbox("Model", _names(), key=key("model"), persist_state="session")


def _names() -> list[str]:
    """Without any model the usual name still says which one is missing, or finds it on the Hub."""
    return list_models("patchflow") or [PRODUCTS]
