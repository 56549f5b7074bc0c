"""Training: start a run, watch it, compare two, use what it learned, and measure how fast this machine trains."""

import streamlit as st

from t2i_core.ui.admin import show_access
from t2i_core.ui.entry import run
from t2i_core.ui.language import tr
from t2i_core.ui.messages import shown_problems
from t2i_core.ui.training_bench import bench_tab
from t2i_core.ui.training_compare import compare_tab
from t2i_core.ui.training_new import new_run_tab
from t2i_core.ui.training_runs import TAB, TABS, arrive, runs_tab

DRAWN = dict(zip(TABS, (runs_tab, new_run_tab, compare_tab, bench_tab), strict=True))


def page() -> None:
    st.title(tr("Train"))
    st.markdown(tr("Train a model on your own catalogue, watch how it does, and use it on every page."))
    show_access()
    arrive()
    for name, tab in zip(TABS, st.tabs([tr(name) for name in TABS], key=TAB, on_change="rerun"), strict=True):
        if tab.open:
            with tab, shown_problems():
                DRAWN[name]()


run(page, __file__)
