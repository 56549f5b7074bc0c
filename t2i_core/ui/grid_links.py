"""Links to a variation grid: `?prompt=Men&seed=3&rows=category&row=Shirts&row=Jeans&columns=colour&column=Red`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import streamlit as st

from t2i_core.errors import InputError
from t2i_core.generate.links import number_of, whole_in
from t2i_core.generate.request import MAX_PROMPT, MAX_SEED
from t2i_core.text.attributes import Attribute, Number, Value
from t2i_core.ui.attributes import step_of
from t2i_core.ui.axes import MOST, evenly
from t2i_core.ui.draft import foreign
from t2i_core.ui.language import tr
from t2i_core.ui.links import address, new_query
from t2i_core.ui.making import Side

if TYPE_CHECKING:
    from t2i_core.generate.pipeline import TextToImage
    from t2i_core.generate.variations import Grid

PAGE = "variations"
SIDES = {"rows": "row", "columns": "column"}  # what holds a side's attribute, and what each of its values


@dataclass(frozen=True)
class GridLink:
    """What a link asks the variations page for; values as the link spells them."""

    model: str | None
    sides: dict[str, tuple[str, Sequence[str]]]


def take_grid_link() -> GridLink | None:
    """Fills the page's first row of fields from its address, once. Raises InputError for what makes no sense."""
    query = new_query(PAGE)
    if not query.keys() & {"prompt", "seed", "model", *SIDES}:
        return None
    seed = whole_in(query, "seed") if query.get("seed") else 0
    prompt = query["prompt"][-1] if query.get("prompt") else ""
    if not 0 <= seed <= MAX_SEED:
        raise InputError(
            tr("seed must be a whole number from 0 to {most:,}; got {seed}.", most=MAX_SEED, seed=str(seed)[:40])
        )
    if len(prompt) > MAX_PROMPT:
        raise InputError(
            tr(
                "The prompt has {count:,} characters; the limit is {most:,}. Shorten it.",
                count=len(prompt),
                most=MAX_PROMPT,
            )
        )
    st.session_state["vary_prompt"], st.session_state["vary_seed"] = prompt, seed
    model = query["model"][-1] if query.get("model") else None
    if model:
        st.session_state["vary_model"] = model
    return GridLink(
        model, {side: (query[side][-1], query.get(one, [])) for side, one in SIDES.items() if query.get(side)}
    )


def fill_axes(link: GridLink, pipe: "TextToImage") -> None:
    """Puts a link's two sides into their widgets. Raises InputError for another model, and for what this one does not
    know; the widgets are then left alone."""
    if link.model not in (None, pipe.name):
        raise foreign(str(link.model))
    filled: dict[str, object] = {}
    for side, (name, spelled) in link.sides.items():
        attribute, key = pipe.space.get(name), f"axis_{side}_{name}"
        filled[f"axis_{side}"] = name
        if spelled:
            filled |= _values(attribute, spelled, key)
    for key, value in filled.items():
        st.session_state[key] = value


def _values(attribute: Attribute, spelled: Sequence[str], key: str) -> dict[str, object]:
    if len(spelled) > MOST:
        raise InputError(
            tr("A side of the grid takes at most {most} values; this link has {count}.", most=MOST, count=len(spelled))
        )
    if not isinstance(attribute, Number):
        return {key: list(dict.fromkeys(attribute.check(value) for value in spelled))}
    values = [attribute.check(number_of(attribute.name, value)) for value in spelled]
    if len(values) < 2 or evenly(values[0], values[-1], len(values), step_of(attribute)) != values:
        raise InputError(
            tr("The values of {name} must be evenly spaced, at least two, from low to high.", name=attribute.name)
        )
    return {key: (values[0], values[-1]), f"{key}_count": len(values)}


def link_to_grid(grid: "Grid") -> str:
    """The address that draws this grid."""
    request = grid.request
    said: dict[str, str | int | list[Value]] = {"prompt": request.prompt, "seed": request.seed, "model": request.model}
    sides: dict[str, Side] = {"rows": grid.rows, "columns": grid.columns}
    for side, (name, values) in sides.items():
        said |= {side: name, SIDES[side]: list(values)}
    return address(PAGE, urlencode(said, doseq=True))
