"""Birds from a sentence, and which of its words each picture follows."""

from t2i_core.ui.attention import attention_panel
from t2i_core.ui.desk import BIRDS
from t2i_core.ui.entry import run
from t2i_core.ui.studio import studio


def page() -> None:
    studio(BIRDS, attention_panel)


run(page, __file__)
