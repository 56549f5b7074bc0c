"""The request a session is putting together on the products page: which widget holds which part of it.

Every part lives in the session's state under its own key, so that it outlives a visit to another page, and so that
another page (a cell of a variation grid, a saved picture) can fill all of them at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

import streamlit as st

from t2i_core.errors import InputError
from t2i_core.generate.request import GenerateRequest
from t2i_core.text.attributes import AttributeSpace, Choice, Tone, Value

PENDING = "request to bring to the products page"
FROM_WORDS = ""  # a choice that is left to the prompt
FIRST_COLOUR = "#c62828"


@dataclass(frozen=True)
class Defaults:
    """What the widgets show before anyone touched them."""

    num_steps: int
    guidance: float
    count: int = 8


def key(part: str) -> str:
    """The session key of a part of the request: prompt, seed, count, num_steps, guidance, variation, …"""
    return f"draft_{part}"


def value_key(attribute: str) -> str:
    """The session key of an attribute's value."""
    return key(f"value_{attribute}")


def use_key(attribute: str) -> str:
    """The session key of the switch that says whether an attribute is asked for at all."""
    return key(f"use_{attribute}")


def initial(name: str, value: object) -> str:
    """The key, whose widget shows `value` until it was touched."""
    st.session_state.setdefault(name, value)
    return name


def use_again(request: GenerateRequest) -> NoReturn:
    """Brings a request to the products page, which draws it."""
    st.session_state[PENDING] = request
    st.switch_page("pages/products.py")


def pending_model() -> str | None:
    """The model that a brought request asks for, if one was brought."""
    request = st.session_state.get(PENDING)
    return request.model if isinstance(request, GenerateRequest) else None


def take_pending(model: str, space: AttributeSpace, defaults: Defaults) -> GenerateRequest | None:
    """Fills the widgets with a request that another page brought, once.

    Raises InputError where it asks for another model, or for attributes this one does not know; the widgets are
    then left alone.
    """
    request = st.session_state.pop(PENDING, None)
    if not isinstance(request, GenerateRequest):
        return None
    if request.model != model:
        raise InputError(
            f"These settings are for the model “{request.model[:60]}”, which is not here. "
            "Put its folder into the weights folder, or start from the title."
        )
    checked = space.check(request.attributes)
    for part in ("prompt", "seed", "count", "variation", "variation_seed"):
        st.session_state[key(part)] = getattr(request, part)
    st.session_state[key("num_steps")] = request.num_steps or defaults.num_steps
    st.session_state[key("guidance")] = float(defaults.guidance if request.guidance is None else request.guidance)
    _fill_attributes(space, checked)
    return request


def _fill_attributes(space: AttributeSpace, asked: Mapping[str, Value]) -> None:
    for attribute in space.attributes:
        value, name = asked.get(attribute.name), attribute.name
        if isinstance(attribute, Choice):
            st.session_state[value_key(name)] = FROM_WORDS if value is None else value
            continue
        st.session_state[use_key(name)] = value is not None
        if value is not None:
            st.session_state[value_key(name)] = value
        elif not isinstance(attribute, Tone) and attribute.default is not None:
            st.session_state[value_key(name)] = attribute.default


def request_of(attributes: Mapping[str, Value], model: str) -> GenerateRequest:
    """The request the widgets describe. Raises InputError for one that makes no sense."""
    parts = ("prompt", "seed", "count", "num_steps", "guidance", "variation", "variation_seed")
    return GenerateRequest(**{part: st.session_state[key(part)] for part in parts}, attributes=attributes, model=model)
