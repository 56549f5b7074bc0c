"""Pictures held to a marketplace's rules: one with its verdict, or a whole catalogue."""

import streamlit as st

from t2i_core.ui.check_batch import check_batch
from t2i_core.ui.check_one import check_one
from t2i_core.ui.check_profile import choose_profile
from t2i_core.ui.entry import run
from t2i_core.ui.language import tr


def page() -> None:
    st.title(tr("Check pictures"))
    profile = choose_profile()
    one, many = st.tabs([tr("One picture"), tr("A catalogue")])
    with one:
        check_one(profile)
    with many:
        check_batch(profile)


run(page, __file__)
