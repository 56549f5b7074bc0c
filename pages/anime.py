"""Anime faces from tags: hair and eyes, one colour or a blend of two."""

from t2i_core.ui.desk import ANIME
from t2i_core.ui.entry import run
from t2i_core.ui.studio import studio


def page() -> None:
    studio(ANIME)


run(page, __file__)
