"""A desk's page: words, choices and sliders on it, and the pictures that come of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from t2i_core.generate.gallery import open_gallery
from t2i_core.generate.request import MAX_PROMPT, GenerateRequest
from t2i_core.text.parser import ParsedTitle
from t2i_core.text.telling import few_of
from t2i_core.ui.attributes import choice_chips, measure_controls
from t2i_core.ui.desk import Desk
from t2i_core.ui.draft import Asked, Defaults, initial, request_of, take_pending
from t2i_core.ui.examples import example_buttons
from t2i_core.ui.language import tr, tr_many
from t2i_core.ui.links import take_link
from t2i_core.ui.making import Made, draw_pictures
from t2i_core.ui.messages import plain, shorten, shown_problems
from t2i_core.ui.models import choose_model, load_model, model_choice
from t2i_core.ui.moves import move_controls
from t2i_core.ui.pictures import show_made
from t2i_core.ui.preview import preview
from t2i_core.ui.running import kept, latest, start
from t2i_core.ui.sampling import other_pictures, sampling_controls
from t2i_core.ui.tags import surprise, tag_pills

if TYPE_CHECKING:
    from t2i_core.generate.pipeline import TextToImage


@dataclass(frozen=True)
class Order:
    """What a visitor asks a desk for at this moment."""

    desk: Desk
    pipe: "TextToImage"
    prompt: str
    said: ParsedTitle
    asked: Asked

    def request(self) -> GenerateRequest:
        """The request that the widgets describe. Raises InputError for one that makes no sense."""
        return request_of(self.desk, self.asked, self.pipe.name)

    def made(self) -> Made | None:
        """The pictures that the desk shows."""
        return kept(self.desk.name, Made)


Panel = Callable[[Order], None]


def studio(desk: Desk, panel: Panel | None = None) -> None:
    """The desk's whole page. `panel` adds below the pictures what this desk alone offers."""
    st.title(tr(desk.title))
    with shown_problems():
        take_link(desk)
    with shown_problems():
        _work(desk, load_model(choose_model(desk)), panel)


def _work(desk: Desk, pipe: "TextToImage", panel: Panel | None) -> None:
    defaults = Defaults(int(pipe.sampling.num_steps), float(pipe.sampling.guidance))
    brought = None
    with shown_problems():
        brought = take_pending(desk, pipe.name, pipe.space, [move.name for move in pipe.directions], defaults)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        draw = _prompt_row(desk)
        surprised = desk.tags and surprise(desk, pipe.space.choices)
    prompt = str(st.session_state[desk.key("prompt")])
    said = pipe.parse(prompt[:MAX_PROMPT])
    chosen = _choices(desk, pipe, said)
    _heard(pipe, said, prompt[:MAX_PROMPT])
    results, settings = st.columns([7, 3], gap="medium")
    with settings, st.container(border=True):
        others = other_pictures(desk)
        measures = measure_controls(desk, pipe.space)
        moves = move_controls(desk, pipe.directions)
        sampling_controls(desk, defaults)
        model_choice(desk)
    order = Order(desk, pipe, prompt, said, Asked({**chosen.attributes, **measures}, chosen.blend, moves))
    with results:
        preview(order)
        if draw or others or surprised or brought:
            with shown_problems():
                start(desk.name, partial(draw_pictures, pipe, order.request()))
        _show_results(order)
        if panel:
            with shown_problems():
                panel(order)


def _prompt_row(desk: Desk) -> bool:
    """The words and the button that draws them; Enter does the same."""
    with st.form(desk.key("words"), border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            tr(desk.asks),
            key=initial(desk.key("prompt"), ""),
            placeholder=desk.examples[0],
            help=tr("In English, in any order. What is understood of it shows below, where you can choose otherwise."),
            persist_state="session",
        )
        return st.form_submit_button(
            tr("Draw"),
            type="primary",
            icon=":material/brush:",
            help=tr("Draws pictures of these words. Enter does the same."),
        )


def _choices(desk: Desk, pipe: "TextToImage", said: ParsedTitle) -> Asked:
    if desk.tags:
        return tag_pills(desk, pipe.space.choices, said.attributes)
    return Asked(choice_chips(desk, pipe.space.choices, said.attributes))


def _heard(pipe: "TextToImage", said: ParsedTitle, prompt: str) -> None:
    """What the words say besides the choices, and which of them say nothing."""
    parts = [tr("Brand: {brand}", brand=said.brand)] if said.brand else []
    strangers = pipe.strangers(prompt)
    if strangers and pipe.vocabulary is None:
        parts.append(tr("Read as plain words: {words}", words=shorten(" ".join(strangers), 200)))
    if parts:
        st.caption(plain(" · ".join(parts)))
    if strangers and pipe.vocabulary is not None:
        st.caption(plain(never_read(strangers)), width="content")


def never_read(words: tuple[str, ...]) -> str:
    """A sentence about words that mean nothing to a model."""
    return tr_many(
        "The model has never read: {words}. It may do nothing.",
        "The model has never read: {words}. They may do nothing.",
        len(words),
        words=few_of([shorten(word, 40) for word in words]),
    )


def _show_results(order: Order) -> None:
    desk = order.desk
    shown = latest(desk.name, Made)
    if shown:
        with shown_problems():
            show_made(shown, desk.name, open_gallery())
    elif desk.name not in st.session_state:
        st.markdown(tr("Type some words above and press **Draw**, or start from one of these:"))
        example_buttons(desk, desk.name)
