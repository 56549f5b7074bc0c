"""From a title to product pictures."""

from t2i_core.ui.desk import PRODUCTS
from t2i_core.ui.entry import run
from t2i_core.ui.studio import Order, studio
from t2i_core.ui.titles import similar_titles


def page() -> None:
    studio(PRODUCTS, below)


def below(order: Order) -> None:
    similar_titles(order.prompt)


run(page, __file__)
