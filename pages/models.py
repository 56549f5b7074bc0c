"""The models of this studio: what each one is, how big, and where its weights came from."""

import streamlit as st

from t2i_core.settings import get_settings
from t2i_core.ui.entry import run
from t2i_core.ui.hub_model import hub_model
from t2i_core.ui.language import N_, tr
from t2i_core.ui.messages import plain, shown_problems
from t2i_core.ui.model_card import ModelCard, read_card
from t2i_core.weights import list_models, locate, pulled

SHEET_WIDTH = 560


def page() -> None:
    st.title(tr("Models"))
    with shown_problems():
        names = list_models()
        if not names:
            st.info(
                plain(
                    tr(
                        "There are no models in {folder}. Put a model's folder there.",
                        folder=get_settings().weights_folder,
                    )
                ),
                icon=":material/deployed_code_alert:",
            )
        for name in names:
            with st.container(border=True), shown_problems():
                show(read_card(locate(name)))
        for name, folder in pulled().items():
            if name not in names:
                with st.container(border=True), shown_problems():
                    show(read_card(folder, name))
    with st.expander(tr("Bring a model from the Hugging Face Hub"), icon=":material/cloud_download:"):
        hub_model("models_hub")


def show(card: ModelCard) -> None:
    st.subheader(plain(card.name), anchor=False)
    facts = {
        N_("Kind"): card.kind,
        N_("Size"): card.size,
        N_("Parameters"): card.parameters,
        N_("Weights"): card.origin,
    }
    with st.grid(min_column_width=150, gap="small", key=f"facts_{card.name}") as grid:
        for name, value in facts.items():
            with grid.cell(), st.container(gap=None):
                st.caption(tr(name))
                st.markdown(plain(value))
    for picture in card.pictures:
        st.image(picture, width=SHEET_WIDTH, alt=tr("Pictures drawn by {model}", model=card.name))
    if card.text:
        with st.expander(tr("Model card"), icon=":material/description:"):
            st.markdown(card.text)
    with st.expander(tr("Settings and training"), icon=":material/data_object:"):
        st.json(card.facts, expanded=2)


run(page, __file__)
