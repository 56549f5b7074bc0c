"""A panel that shows which words of its sentence a picture follows, and where in it each word looks."""

import io
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from t2i_core.settings import get_settings
from t2i_core.ui.cards import Card
from t2i_core.ui.heat import heat_over, strongest, word_chips
from t2i_core.ui.language import Later, tr
from t2i_core.ui.making import Made
from t2i_core.ui.messages import plain, shown_problems
from t2i_core.ui.pictures import show_png
from t2i_core.ui.studio import Order
from t2i_core.weights import CONFIG, list_models, locate

if TYPE_CHECKING:
    from t2i_core.generate.matcher import Matcher, WordAttention

MATCHER = "damsm-birds"
LOOKS = 4  # heat maps, one a word


def attention_panel(order: Order) -> None:
    """Closed until it is asked for: only then the words are matched with the chosen picture."""
    made = order.made()
    if made is None:
        return
    key = order.desk.key("attention")
    panel = st.expander(tr("Where each word looks"), key=key, icon=":material/center_focus_strong:", on_change="rerun")
    if panel.open:
        with panel, shown_problems():
            _look(made, key)


def _look(made: Made, key: str) -> None:
    if MATCHER not in list_models() and not get_settings().hub_namespace:
        st.caption(
            plain(tr("The model “{model}”, which tells where words look, is not in the weights folder.", model=MATCHER))
        )
        return
    card = _chosen(made, f"{key}_picture")
    sentence = card.request.prompt.strip()
    if not sentence:
        st.caption(tr("This picture was drawn without a sentence, so there are no words to look for."))
        return
    folder = locate(MATCHER)
    words = _attend(str(folder), (folder / CONFIG).stat().st_mtime_ns, sentence, card.id, card.png)
    st.html(word_chips(words))
    st.caption(tr("The stronger its colour, the more a word counts in how well the sentence fits the picture."))
    with st.grid(min_column_width=110, gap="small", key=f"{key}_grid") as grid:
        with grid.cell(), st.container(gap=None):
            show_png(card.png, card.request)
            st.caption(tr("The picture"), text_alignment="center")
        for word in strongest(words, LOOKS):
            with grid.cell(), st.container(gap=None):
                picture = heat_over(Image.open(io.BytesIO(card.png)), word)
                st.image(picture, width="stretch", output_format="PNG", alt=tr("Where “{word}” looks", word=word.word))
                st.caption(plain(f"{word.word} · {word.weight:.0%}"), text_alignment="center")


def _chosen(made: Made, key: str) -> Card:
    numbers = list(range(1, len(made.cards) + 1))
    if len(numbers) == 1:
        return made.cards[0]
    if st.session_state.get(key) not in numbers:
        st.session_state[key] = 1
    number = st.segmented_control(
        tr("Picture"),
        numbers,
        key=key,
        persist_state="session",
        help=tr("Which of the pictures above to look into, counted from the first."),
    )
    return made.cards[(number or 1) - 1]


@st.cache_data(max_entries=200, show_spinner=Later("Looking …"))
def _attend(folder: str, changed: int, sentence: str, picture: str, _png: bytes) -> list["WordAttention"]:
    """`picture` names the PNG in the key."""
    return _load(folder, changed).attend(sentence, Image.open(io.BytesIO(_png)))


@st.cache_resource(max_entries=1, show_spinner=Later("Loading the model …"))
def _load(folder: str, changed: int) -> "Matcher":
    """`changed` is part of the key alone: a new model replaces the old one."""
    from t2i_core.generate.matcher import Matcher

    return Matcher.from_pretrained(folder)
