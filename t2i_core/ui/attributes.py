"""Widgets for what a model can be asked for besides words."""

import math
from collections.abc import Iterable, Mapping

import streamlit as st

from t2i_core.text.attributes import AttributeSpace, Choice, Number, Tone, Value
from t2i_core.ui.desk import Desk
from t2i_core.ui.draft import FIRST_COLOUR, FROM_WORDS, initial
from t2i_core.ui.language import N_, tr
from t2i_core.ui.messages import plain

NAMES = {
    "aspect": N_("Shape"),
    "category": N_("Category"),
    "colour": N_("Colour"),
    "eyes": N_("Eyes"),
    "fill": N_("Size in the picture"),
    "gender": N_("Gender"),
    "guidance": N_("Guidance"),
    "hair": N_("Hair"),
    "kind": N_("Kind"),
    "lightness": N_("Lightness"),
    "model": N_("Guitar"),
    "num_steps": N_("Steps"),
    "prompt": N_("Words"),
    "season": N_("Season"),
    "seed": N_("Seed"),
    "species": N_("Species"),
    "tone": N_("Exact colour"),
    "usage": N_("Usage"),
    "variation": N_("Variation"),
    "variation_seed": N_("Variation seed"),
}
HINTS = {
    "tone": N_("The main colour of what is drawn. It overrules the colour's name."),
    "lightness": N_("How light it is: 0 is black, 100 is white."),
    "aspect": N_("From tall (below 0) over square (0) to wide (above 0); each 1 doubles the width."),
    "fill": N_("How much of the picture's side it takes."),
}


def label(name: str) -> str:
    """The name of an attribute, or of another part of a request, as people read it."""
    return tr(NAMES[name]) if name in NAMES else name.replace("_", " ").capitalize()


def hint(name: str) -> str:
    """What there is to know of a measure."""
    return tr(HINTS.get(name, ""))


def choice_chips(desk: Desk, choices: Iterable[Choice], said: Mapping[str, str]) -> dict[str, Value]:
    """A chip for each choice, showing what the prompt said; a click opens it to choose something else.

    Returns what was chosen by hand.
    """
    chosen: dict[str, Value] = {}
    with st.container(horizontal=True, gap="xsmall", key="chips"):
        for choice in choices:
            value = _chip(desk, choice, said.get(choice.name))
            if value != FROM_WORDS:
                chosen[choice.name] = value
    return chosen


def _chip(desk: Desk, choice: Choice, said: str | None) -> str:
    key = initial(desk.value_key(choice.name), FROM_WORDS)
    if st.session_state[key] not in choice.values:  # left over from another model
        st.session_state[key] = FROM_WORDS
    by_hand = st.session_state[key]
    shown = by_hand or said or tr("any")
    icon = ":material/edit:" if by_hand else ":material/check:" if said else None
    kind = "secondary" if by_hand or said else "tertiary"
    title = f"{label(choice.name)}: **{plain(shown)}**"
    with st.popover(
        title,
        icon=icon,
        type=kind,  # type: ignore[arg-type]
        key=desk.key(f"chip_{choice.name}"),
        help=tr("What is drawn for this; click to choose something else than the words say."),
    ):
        left_to_prompt = tr("As the words say: {value}", value=said) if said else tr("As the words say")
        value = st.selectbox(
            label(choice.name),
            (FROM_WORDS, *choice.values),
            format_func=lambda v: v or left_to_prompt,
            key=key,
            persist_state="session",
            help=tr("What you choose here wins over the words."),
        )
    return value or FROM_WORDS


def measure_controls(desk: Desk, space: AttributeSpace) -> dict[str, Value]:
    """Sliders and colour pickers. Returns what is asked for: nothing that is switched off or left at its default."""
    asked: dict[str, Value] = {}
    for attribute in space.attributes:
        if isinstance(attribute, Choice):
            continue
        value = _tone(desk, attribute) if isinstance(attribute, Tone) else _number(desk, attribute)
        if value is not None:
            asked[attribute.name] = value
    return asked


def _tone(desk: Desk, tone: Tone) -> str | None:
    if not _switched_on(desk, tone.name):
        return None
    key = initial(desk.value_key(tone.name), FIRST_COLOUR)
    return st.color_picker(
        label(tone.name), key=key, label_visibility="collapsed", persist_state="session", help=hint(tone.name)
    )


def _number(desk: Desk, number: Number) -> float | None:
    if number.default is None and not _switched_on(desk, number.name):
        return None
    low, high = range_of(number)
    start = number.mean if number.default is None else number.default
    key = initial(desk.value_key(number.name), rounded(start, step_of(number)))
    st.session_state[key] = min(max(float(st.session_state[key]), low), high)  # another model's range may be narrower
    value = st.slider(
        label(number.name),
        low,
        high,
        step=step_of(number),
        key=key,
        help=hint(number.name),
        label_visibility="visible" if number.default is not None else "collapsed",
        persist_state="session",
    )
    return None if number.default is not None and math.isclose(value, number.default) else float(value)


def _switched_on(desk: Desk, name: str) -> bool:
    key = initial(desk.use_key(name), False)
    return st.toggle(tr("Set {name}", name=label(name).lower()), key=key, help=hint(name), persist_state="session")


def step_of(number: Number) -> float:
    """A round step that cuts the number's range into 50 to 500 parts."""
    return float(10 ** math.floor(math.log10((number.high - number.low) / 50)))


def range_of(number: Number) -> tuple[float, float]:
    """Its ends as floats: a config.json may hold whole numbers, which a slider does not mix with fractions."""
    return float(number.low), float(number.high)


def rounded(value: float, step: float) -> float:
    """The nearest whole number of steps."""
    return round(round(value / step) * step, 6)
