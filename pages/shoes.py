"""Shoes of a kind and a colour, and styles mixed from two seeds."""

from t2i_core.ui.desk import SHOES
from t2i_core.ui.entry import run
from t2i_core.ui.mix import mix_panel
from t2i_core.ui.studio import studio


def page() -> None:
    studio(SHOES, mix_panel)


run(page, __file__)
