"""Choices as pills: one tag of each, or two, which are then blended."""

import secrets
from collections.abc import Mapping, Sequence

import streamlit as st

from t2i_core.generate.request import MAX_SEED
from t2i_core.text.attributes import Choice, Value
from t2i_core.text.wording import spoken
from t2i_core.ui.attributes import label
from t2i_core.ui.desk import Desk
from t2i_core.ui.draft import Asked, initial
from t2i_core.ui.language import tr
from t2i_core.ui.messages import plain


def tag_pills(desk: Desk, choices: Sequence[Choice], said: Mapping[str, str]) -> Asked:
    """A row of pills for each choice, and a slider between two chosen ones. said: what the words say, by choice."""
    attributes: dict[str, Value] = {}
    blend: dict[str, tuple[str, float]] = {}
    for choice in choices:
        tags = _pills(desk, choice)
        if tags:
            attributes[choice.name] = tags[0]
        if len(tags) == 2:
            blend[choice.name] = (tags[1], _share(desk, choice, tags))
    _explain({name: value for name, value in said.items() if name not in attributes})
    return Asked(attributes, blend)


def surprise(desk: Desk, choices: Sequence[Choice]) -> bool:
    """A button that chooses tags and a seed at random, in place of any words; whether it was pressed."""
    return st.button(
        tr("Surprise me"),
        key=desk.key("surprise"),
        on_click=_at_random,
        args=(desk, choices),
        icon=":material/casino:",
        help=tr("Draws tags and a seed at random."),
    )


def _pills(desk: Desk, choice: Choice) -> list[str]:
    key = initial(desk.value_key(choice.name), [])
    st.session_state[key] = [tag for tag in st.session_state[key] if tag in choice.values]  # another model's may not be
    return st.pills(
        label(choice.name),
        choice.values,
        selection_mode="multi",
        key=key,
        on_change=_keep_two,
        args=(key,),
        persist_state="session",
        help=tr("One draws it, two are blended. A third replaces the first."),
    )


def _share(desk: Desk, choice: Choice, tags: Sequence[str]) -> float:
    first, second = (spoken(choice.name, tag) for tag in tags)
    return st.slider(
        plain(tr("From {first} to {second}", first=first, second=second)),
        0.0,
        1.0,
        step=0.05,
        format="percent",
        width=480,
        key=initial(desk.share_key(choice.name), 0.5),
        persist_state="session",
        help=tr("0 % is all the first, 100 % all the second."),
    )


def _explain(said: Mapping[str, str]) -> None:
    words = ", ".join(spoken(*pair) for pair in said.items())
    heard = tr("The words say: {words}.", words=words) if said else ""
    st.caption(plain(f"{heard} {tr('One tag of a kind draws it; two of a kind are blended.')}"))


def _keep_two(key: str) -> None:
    """A third tag replaces the one that was chosen first."""
    st.session_state[key] = st.session_state[key][-2:]


def _at_random(desk: Desk, choices: Sequence[Choice]) -> None:
    for choice in choices:
        st.session_state[desk.value_key(choice.name)] = [secrets.choice(choice.values)]
    st.session_state[desk.key("prompt")] = ""
    st.session_state[desk.key("variation")] = 0.0
    st.session_state[desk.key("seed")] = secrets.randbelow(MAX_SEED + 1)
