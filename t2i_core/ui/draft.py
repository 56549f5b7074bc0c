"""The request a session is putting together at a desk: which widget holds which part of it.

Every part lives in the session's state under its own key, so that it outlives a visit to another page, and so that
another page (a cell of a variation grid, a saved picture) can fill all of them at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

import streamlit as st

from t2i_core.errors import InputError
from t2i_core.generate.request import GenerateRequest
from t2i_core.text.attributes import AttributeSpace, Choice, Tone, Value
from t2i_core.ui.desk import Desk, desk_of
from t2i_core.ui.language import tr

PENDING = "request to bring to its desk"
FROM_WORDS = ""  # a choice that is left to the prompt
FIRST_COLOUR = "#c62828"
PLAIN = ("prompt", "seed", "count", "variation", "variation_seed")


@dataclass(frozen=True)
class Defaults:
    """What the widgets show before anyone touched them."""

    num_steps: int
    guidance: float
    count: int = 8


@dataclass(frozen=True)
class Asked:
    """What was chosen beside the words, in the form of a request."""

    attributes: Mapping[str, Value] = field(default_factory=dict)
    blend: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    moves: Mapping[str, float] = field(default_factory=dict)


def initial(name: str, value: object) -> str:
    """The key, whose widget shows `value` until it was touched."""
    st.session_state.setdefault(name, value)
    return name


def use_again(request: GenerateRequest) -> NoReturn:
    """Brings a request to the desk of its model, which draws it."""
    st.session_state[PENDING] = request
    st.switch_page(desk_of(request.model).page)


def pending_model() -> str | None:
    """The model that a brought request asks for, if one was brought."""
    request = st.session_state.get(PENDING)
    return request.model if isinstance(request, GenerateRequest) else None


def take_pending(
    desk: Desk, model: str, space: AttributeSpace, directions: Iterable[str], defaults: Defaults
) -> GenerateRequest | None:
    """Fills the desk's widgets with a request that was brought, once. directions: the names of the model's own.

    Raises InputError where it asks for another model, or for attributes this one does not know; the widgets are
    then left alone.
    """
    request = st.session_state.pop(PENDING, None)
    if not isinstance(request, GenerateRequest):
        return None
    if request.model != model:
        raise foreign(request.model)
    attributes = space.check(request.attributes)
    for part in PLAIN:
        st.session_state[desk.key(part)] = getattr(request, part)
    st.session_state[desk.key("num_steps")] = request.num_steps or defaults.num_steps
    guidance = defaults.guidance if request.guidance is None else request.guidance
    st.session_state[desk.key("guidance")] = float(guidance)
    for name in directions:
        st.session_state[desk.move_key(name)] = request.moves.get(name, 0.0)
    _fill_attributes(desk, space, attributes, request.blend)
    return request


def foreign(model: str) -> InputError:
    """What is to be said of settings for a model that a page cannot draw with."""
    return InputError(
        tr(
            "These settings are for the model “{model}”, which is not here. "
            "Put its folder into the weights folder, or start from new words.",
            model=model[:60],
        )
    )


def _fill_attributes(
    desk: Desk, space: AttributeSpace, asked: Mapping[str, Value], blend: Mapping[str, tuple[str, float]]
) -> None:
    for attribute in space.attributes:
        value, name = asked.get(attribute.name), attribute.name
        if isinstance(attribute, Choice):
            _fill_choice(desk, name, value, blend.get(name))
            continue
        st.session_state[desk.use_key(name)] = value is not None
        if value is not None:
            st.session_state[desk.value_key(name)] = value
        elif not isinstance(attribute, Tone) and attribute.default is not None:
            st.session_state[desk.value_key(name)] = attribute.default


def _fill_choice(desk: Desk, name: str, value: Value | None, blended: tuple[str, float] | None) -> None:
    if not desk.tags:
        st.session_state[desk.value_key(name)] = FROM_WORDS if value is None else value
        return
    other, share = blended or (None, 0.5)
    st.session_state[desk.value_key(name)] = [tag for tag in (value, other) if tag is not None]
    st.session_state[desk.share_key(name)] = share


def request_of(desk: Desk, asked: Asked, model: str) -> GenerateRequest:
    """The request the desk's widgets describe. Raises InputError for one that makes no sense."""
    parts = {part: st.session_state[desk.key(part)] for part in (*PLAIN, "num_steps", "guidance")}
    return GenerateRequest(**parts, attributes=asked.attributes, blend=asked.blend, moves=asked.moves, model=model)
