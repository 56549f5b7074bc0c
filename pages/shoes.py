"""Shoes of a kind and a colour, styles mixed from two seeds, and sliders that a model found by itself."""

from t2i_core.ui.codes import codes_panel
from t2i_core.ui.desk import SHOES
from t2i_core.ui.entry import run
from t2i_core.ui.mix import mix_panel
from t2i_core.ui.studio import Order, studio


def page() -> None:
    studio(SHOES, panels)


def panels(order: Order) -> None:
    mix_panel(order)
    codes_panel(order)


run(page, __file__)
