"""Models as the pages use them: loaded once, shared by every session."""

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from t2i_core.errors import WeightsError
from t2i_core.settings import get_settings
from t2i_core.ui.desk import PRODUCTS, Desk, desk_of
from t2i_core.ui.draft import pending_model
from t2i_core.ui.hub_model import hub_model
from t2i_core.ui.language import Later, tr
from t2i_core.weights import CONFIG, REPOSITORY, list_models, locate, pulled, read_config

if TYPE_CHECKING:  # torch takes seconds to import: a page shows itself first, and the spinner stands for both
    from t2i_core.generate.pipeline import TextToImage

DRAWS = "patchflow"


def load_model(name: str) -> "TextToImage":
    """The model of that name; read again once its files have changed. Raises WeightsError where there is none."""
    settings = get_settings()
    if name not in (*list_models(), *pulled()) and not (settings.hub_namespace or settings.hub_repo):
        raise WeightsError(
            tr(
                "There is no model “{model}”, and this page draws with it. Put its folder into {folder}, "
                "and open the page again.",
                model=name[:80],
                folder=settings.weights_folder,
            )
        )
    folder = locate(name)
    source = name if REPOSITORY.fullmatch(name) else str(folder)  # pictures remember a Hub model by its name there
    return _load(source, str(folder), (folder / CONFIG).stat().st_mtime_ns)


@st.cache_resource(max_entries=6, show_spinner=Later("Loading the model …"))
def _load(source: str, folder: str, changed: int) -> "TextToImage":
    """`folder` and `changed` are part of the key alone: a model that was trained or pulled anew replaces the old."""
    from t2i_core.generate.pipeline import TextToImage

    return TextToImage.from_pretrained(source)


def choose_model(desk: Desk) -> str:
    """The model a desk draws with: the one a brought request asks for, else the one chosen before, else its own."""
    names, chosen, wanted = _names(desk), desk.key("model"), pending_model()
    if wanted in names:
        st.session_state[chosen] = wanted
    if st.session_state.get(chosen) not in names:
        st.session_state[chosen] = desk.name if desk.name in names else names[0]
    return str(st.session_state[chosen])


def model_choice(desk: Desk) -> None:
    """A list to choose the desk's model from, where there is more than one, and a way to bring one from the Hub."""
    names = _names(desk)
    if len(names) > 1:
        st.selectbox(
            tr("Model"),
            names,
            key=desk.key("model"),
            persist_state="session",
            help=tr("What draws. Models that were trained here stand in the list too."),
        )
    _from_the_hub(desk.key("hub"))


def any_model(key: str) -> str:
    """A list of all models that draw, and a way to bring one from the Hub.

    Without any model the usual name stands there, so that it is said which one is missing.
    """
    names = list(_that_draw()) or [PRODUCTS.name]
    if st.session_state.get(key) not in names:
        st.session_state[key] = PRODUCTS.name if PRODUCTS.name in names else names[0]
    chosen: str = st.selectbox(tr("Model"), names, key=key, persist_state="session", help=tr("What draws the grid."))
    _from_the_hub(f"{key}_hub")
    return chosen


def _from_the_hub(key: str) -> None:
    with st.popover(
        tr("Another model …"), icon=":material/cloud_download:", help=tr("Brings a model from the Hugging Face Hub.")
    ):
        hub_model(key)


def _names(desk: Desk) -> list[str]:
    """Without any model of the desk its own name still says which one is missing, or finds it on the Hub."""
    found = _that_draw().items()
    return [name for name, path in found if desk_of(name) is desk or _domain(path) == desk.name] or [desk.name]


def _that_draw() -> dict[str, Path]:
    """The folders of the models at hand and of those that were pulled from the Hub, by name."""
    fetched = {name: path for name, path in pulled().items() if read_config(path)["model"] == DRAWS}
    here = {name: locate(name) for name in list_models(DRAWS)}
    return here | {name: path for name, path in fetched.items() if name not in here}


def _domain(folder: Path) -> object:
    """What a model draws, where it says so: one that was trained here may have any name."""
    return read_config(folder).get("domain")
