"""A garment of the shop on the visitor's own photo."""

import streamlit as st

from t2i_core.ui.entry import run
from t2i_core.ui.language import tr
from t2i_core.ui.messages import shown_problems
from t2i_core.ui.tryon_photo import choose_person, show_person
from t2i_core.ui.tryon_result import show_result, show_whole_shelf
from t2i_core.ui.tryon_shelf import NAMES, choose_garments
from t2i_core.ui.tryon_size import show_size
from t2i_core.ui.tryon_transfer import show_transfer


def page() -> None:
    st.title(tr("Try on"))
    st.caption(
        tr("See a garment on your own photo, in your own pose. A preview of the look, not a promise of the fit.")
    )
    person = None
    with shown_problems():
        person = choose_person()
    if person is None:
        return
    one, everything, anew, fit = st.tabs(
        [tr("One at a time"), tr("The whole shelf"), tr("In another pose"), tr("Size")]
    )
    with one:
        photo, clothes, result = st.columns([2, 2, 3], gap="medium")
        with photo:
            show_person(person)
        with clothes:
            garments = choose_garments()
        with result, shown_problems():
            if garments:
                show_result(person, garments)
            else:
                st.info(tr("Choose a garment, and you see it on yourself here."), icon=":material/checkroom:")
    with everything, shown_problems():
        slot = st.selectbox(
            tr("Garments"),
            list(NAMES),
            format_func=lambda kind: tr(NAMES[kind]),
            key="tryon_all_slot",
            help=tr("Which part of the shelf is put on, one garment after the other."),
        )
        show_whole_shelf(person, slot)
    with anew, shown_problems():
        show_transfer(person)
    with fit, shown_problems():
        show_size(person)


run(page, __file__)
