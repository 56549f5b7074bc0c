"""A new run: recipe, data, place, budget, changes; and off it goes."""

import re
from datetime import UTC, datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from t2i_core.jobs import service
from t2i_core.jobs.check import BODIES, FROM_A_MODEL, FROM_A_RUN, from_browser
from t2i_core.jobs.spec import JobSpec
from t2i_core.settings import get_settings
from t2i_core.training.checkpoint import find_checkpoint, kind_of_run
from t2i_core.training.recipe import kind_of, recipe_text, shipped_recipes
from t2i_core.ui.admin import may_act
from t2i_core.ui.draft import initial
from t2i_core.ui.language import N_, tr
from t2i_core.ui.messages import shown_problems
from t2i_core.ui.training_data import choose_data
from t2i_core.ui.training_form import overrides_form
from t2i_core.ui.training_runs import TABS, go_to
from t2i_core.ui.training_where import Budget, Where, choose_budget, choose_place
from t2i_core.weights import list_models

KINDS = {
    "patchflow": N_("draws pictures"),
    "refiner": N_("doubles pictures"),
    "damsm": N_("matches texts and pictures"),
}
AT_ONCE = ("damsm", "overlay", "realism")  # kinds that train in one go: they leave no curves, and cannot be resumed
NOTHING = N_("nothing: from scratch")
MADE = "training_launched"


def new_run_tab() -> None:
    """The whole form, from recipe to launch."""
    if not may_act():
        st.caption(tr("Starting runs takes the administrator's word, above."))
        return
    with st.container(border=True):
        recipe, init = _recipe()
    with st.container(border=True):
        where = choose_place()
    with st.container(border=True):
        data = choose_data(recipe, where.away)
    with st.container(border=True):
        budget = choose_budget(recipe, where)
        overrides = overrides_form(recipe)
    _launch(recipe, init, where, data, budget, overrides)


def _recipe() -> tuple[str, str | None]:
    recipes = shipped_recipes()
    left, right = st.columns(2, gap="medium")
    recipe = left.selectbox(
        tr("Recipe"),
        recipes,
        key=initial("training_recipe", "products" if "products" in recipes else recipes[0]),
        format_func=lambda one: f"{one}: {_purpose(one)}",
        help=tr("What is trained and how. Each is a TOML file of the studio's; your own run from the command line."),
        persist_state="session",
    )
    kind = kind_of(recipe)
    init = NOTHING
    if kind in FROM_A_RUN:
        init = _run_to_finish(right, FROM_A_RUN[kind])
    if kind in FROM_A_MODEL:
        init = right.selectbox(
            tr("Start from"),
            [NOTHING, *list_models(kind if kind in BODIES else "patchflow")],
            format_func=tr,
            key=initial(f"training_init_{recipe}", NOTHING),
            help=tr("The weights of a model of the same shape, with its words and labels. From scratch takes longer."),
            persist_state="session",
        )
    if kind in AT_ONCE:
        st.caption(
            tr("This recipe trains in one go: it leaves no curves on the way, and starts anew when it is resumed.")
        )
    with st.popover(
        tr("The recipe's file"),
        icon=":material/description:",
        help=tr("Everything that this recipe says, as it stands on the disk."),
    ):
        st.code(recipe_text(recipe), language="toml")
    return recipe, None if init == NOTHING else init


def _run_to_finish(place: DeltaGenerator, kind: str) -> str:
    """Which of the studio's runs a recipe is made of."""
    runs = sorted(
        one.name for one in get_settings().runs.glob("*") if find_checkpoint(one) and kind_of_run(one) == kind
    )
    if not runs:
        place.info(tr("This recipe is made of a {kind}'s run, and there is none yet. Train one first.", kind=kind))
        return NOTHING
    return str(
        place.selectbox(
            tr("Made of the run"),
            runs,
            key=initial(f"training_of_{kind}", runs[-1]),
            help=tr("Its newest checkpoint is what this recipe goes on from."),
            persist_state="session",
        )
    )


def _purpose(recipe: str) -> str:
    """The first line of a recipe's file, which says what it is for."""
    first = recipe_text(recipe).partition("\n")[0]
    return first.removeprefix("#").strip().rstrip(".") or tr(KINDS.get(kind_of(recipe), ""))


def _launch(
    recipe: str, init: str | None, where: Where, data: str | None, budget: Budget, overrides: list[str]
) -> None:
    key = f"training_name_new_{recipe}"
    if st.session_state.pop(MADE, False):
        st.session_state.pop(key, None)  # the next run gets a name of its own
    name = st.text_input(
        tr("Name of the run"),
        key=initial(key, f"{recipe}-{datetime.now(UTC):%m%d-%H%M}"),
        max_chars=60,
        help=tr("Its folder among the studio's runs, and how it is listed."),
        persist_state="session",
    )

    pressed = st.button(
        tr("Start training"),
        type="primary",
        key="training_launch",
        disabled=data is None or not re.search(r"\w", name),
        icon=":material/rocket_launch:",
        help=tr("Goes on when you close this page, and when the studio is restarted."),
    )
    if pressed and data is not None and may_act():
        with shown_problems(), st.spinner(tr("Handing it over …")):
            spec = _spec(recipe, init, where, data, budget, overrides, name)
            record = service.open_jobs().submit(where.place, spec)
            st.session_state[MADE] = True
            go_to(TABS[0], record.id)


def _spec(
    recipe: str, init: str | None, where: Where, data: str, budget: Budget, overrides: list[str], name: str
) -> JobSpec:
    return from_browser(
        get_settings(),
        recipe=recipe,
        data=[data],
        run=name.strip(),
        overrides=[*budget.overrides, *overrides],
        minutes=budget.minutes,
        init=init,
        processes=where.processes,
        flavor=where.flavor,
        timeout_minutes=where.timeout_minutes,
        keep_minutes=where.keep_minutes,
    )
