"""Guitars of a maker's model and a colour, and studies of all models or all colours."""

from t2i_core.ui.desk import GUITARS
from t2i_core.ui.entry import run
from t2i_core.ui.studies import study_panel
from t2i_core.ui.studio import studio


def page() -> None:
    studio(GUITARS, study_panel)


run(page, __file__)
