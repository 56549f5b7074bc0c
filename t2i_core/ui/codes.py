"""A panel with the kinds and sliders that an InfoGAN found by itself."""

from typing import TYPE_CHECKING

import streamlit as st

from t2i_core.generate.request import MAX_SEED
from t2i_core.ui.draft import initial
from t2i_core.ui.language import Later, tr
from t2i_core.ui.messages import plain, shown_problems
from t2i_core.ui.studio import Order
from t2i_core.weights import CONFIG, list_models, locate

if TYPE_CHECKING:
    from t2i_core.generate.codes import CodePainter

SHOWN = 8


def codes_panel(order: Order) -> None:
    """The panel of the desk's InfoGAN; nothing where there is none. Its pictures change as the sliders move."""
    name = f"{order.desk.name}-infogan"
    if name not in list_models("dcgan"):
        return
    with st.container(border=True), shown_problems():
        st.subheader(tr("Sliders a model found by itself"), anchor=False)
        st.caption(
            tr(
                "This small model was never told what it looks at. It named nothing: it found kinds and directions "
                "that can be told apart in pictures. It draws at once, and softer than the model above."
            )
        )
        _draw(_load(name, (locate(name) / CONFIG).stat().st_mtime_ns), order.desk.key("codes"))


def _draw(painter: "CodePainter", slot: str) -> None:
    from t2i_core.generate.codes import CodeRequest

    kind, seed = _kind_and_seed(painter, slot)
    sliders = tuple(_slider(painter, number, slot) for number in range(painter.config.continuous))
    request = CodeRequest(seed=seed, count=SHOWN, kind=kind, sliders=sliders)
    images = painter.draw(request)
    with st.container(horizontal=True):
        for place, image in enumerate(images):
            st.image(
                image.resize((128, 128)),
                caption=tr("Seed {seed}", seed=seed + place),
                width=128,
                alt=tr("The picture of seed {seed}", seed=seed + place),
            )


def _kind_and_seed(painter: "CodePainter", slot: str) -> tuple[int, int]:
    left, right = st.columns(2)
    kinds = range(1, max(1, painter.config.categories) + 1)
    kind = left.segmented_control(
        tr("Kind"),
        kinds,
        key=initial(f"{slot}_kind", 1),
        help=tr("What told pictures apart best; it has no name."),
        persist_state="session",
    )
    seed = right.number_input(
        tr("First seed"),
        0,
        MAX_SEED - SHOWN,
        step=1,
        key=initial(f"{slot}_seed", 0),
        help=tr("Each seed is another shoe; it stays itself while the sliders move."),
        persist_state="session",
    )
    return kind or 1, seed or 0


def _slider(painter: "CodePainter", number: int, slot: str) -> float:
    name, meaning = tr("Slider {number}", number=number + 1), painter.meaning(number)
    value = st.slider(
        plain(f"{name}: {meaning}" if meaning else name),
        -1.0,
        1.0,
        step=0.05,
        key=initial(f"{slot}_slider_{number}", 0.0),
        help=tr("What it was measured to move in pictures of many seeds."),
        persist_state="session",
    )
    return float(value)


@st.cache_resource(max_entries=2, show_spinner=Later("Loading the model …"))
def _load(name: str, changed: int) -> "CodePainter":
    """`changed` is part of the key alone: a model that was trained anew replaces the old."""
    from t2i_core.generate.codes import CodePainter

    return CodePainter.from_pretrained(name)
