"""A form made from a recipe's schema: a widget for each of its settings, with the recipe's own value to start from."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from t2i_core.errors import InputError
from t2i_core.training.schema import Kind, Setting, Value, changed, settings_of
from t2i_core.ui.draft import initial
from t2i_core.ui.language import N_, tr
from t2i_core.ui.messages import plain

TITLES = {
    "network": N_("Network"),
    "flow": N_("Examples"),
    "loop": N_("Pace"),
    "game": N_("Adversaries"),
    "distil": N_("Distilling"),
    "critic": N_("Discriminator"),
    "weights": N_("Losses"),
    "seen": N_("Examples"),
}
LEFT_TO_THE_STUDIO = N_("as the machine likes")
BOTH_WAYS = {LEFT_TO_THE_STUDIO: None, N_("on"): True, N_("off"): False}


def overrides_form(recipe: str) -> list[str]:
    """The overrides that were chosen, as `t2i train --set` takes them; what is as in the recipe is none."""
    settings = settings_of(recipe)
    sections = list(dict.fromkeys(setting.section for setting in settings))
    values: dict[str, Value] = {}
    with st.expander(tr("Change the recipe"), icon=":material/tune:"):
        st.caption(tr("Every setting starts as the recipe has it; only what you change is sent along."))
        for section, tab in zip(sections, st.tabs([tr(TITLES.get(one, one)) for one in sections]), strict=True):
            with tab, st.grid(min_column_width=210, gap="small", key=f"training_form_{section}") as grid:
                for setting in settings:
                    if setting.section == section:
                        with grid.cell():
                            values[setting.key] = _asked(recipe, setting)
    overrides = changed(settings, values)
    if overrides:
        st.caption(tr("Changed: {settings}", settings=", ".join(f"`{one}`" for one in overrides)))
    return overrides


def _asked(recipe: str, setting: Setting) -> Value:
    try:
        return WIDGETS[setting.kind](f"training_set_{recipe}_{setting.key}", setting)
    except InputError as problem:
        st.error(plain(str(problem)))
        raise InputError(tr("{setting}: mend what is marked above.", setting=setting.key)) from problem


def _switch(key: str, setting: Setting) -> Value:
    if not setting.optional:
        value = bool(setting.value)
        return bool(st.toggle(setting.name, key=initial(key, value), help=setting.help, persist_state="session"))
    words = next(word for word, value in BOTH_WAYS.items() if value == setting.value)
    chosen = st.selectbox(
        setting.name,
        list(BOTH_WAYS),
        format_func=tr,
        key=initial(key, words),
        help=setting.help,
        persist_state="session",
    )
    return BOTH_WAYS[chosen]


def _whole(key: str, setting: Setting) -> Value:
    return _number_input(key, setting, int(str(setting.value)) if setting.value is not None else None, 1, None)


def _number(key: str, setting: Setting) -> Value:
    value = float(str(setting.value)) if setting.value is not None else None
    return _number_input(key, setting, value, _step(value), "%g")


def _number_input(key: str, setting: Setting, value: float | None, step: float, form: str | None) -> Value:
    given: float | None = st.number_input(
        setting.name, step=step, format=form, key=initial(key, value), help=setting.help, persist_state="session"
    )
    return setting.value if given is None and not setting.optional else given


def _step(value: float | None) -> float:
    """A step of the arrows that neither jumps over everything nor takes forever."""
    if not value:
        return 0.1
    return float(f"{abs(value) / 10:.0e}")


def _numbers(key: str, setting: Setting) -> Value:
    assert isinstance(setting.value, tuple)
    shown = ", ".join(f"{one:g}" for one in setting.value)
    text = st.text_input(
        setting.name, key=initial(key, shown), max_chars=80, help=setting.help, persist_state="session"
    )
    return setting.value if text == shown else setting.read(text)


def _choice(key: str, setting: Setting) -> Value:
    return str(
        st.selectbox(
            setting.name,
            setting.options,
            key=initial(key, str(setting.value)),
            help=setting.help,
            persist_state="session",
        )
    )


def _text(key: str, setting: Setting) -> Value:
    return st.text_input(
        setting.name, key=initial(key, str(setting.value)), max_chars=40, help=setting.help, persist_state="session"
    )


WIDGETS: Mapping[Kind, Callable[[str, Setting], Value]] = {
    Kind.SWITCH: _switch,
    Kind.WHOLE: _whole,
    Kind.NUMBER: _number,
    Kind.NUMBERS: _numbers,
    Kind.CHOICE: _choice,
    Kind.TEXT: _text,
}


def forget_form(recipes: Sequence[str]) -> None:
    """Puts the forms of these recipes back to what the recipes say."""
    for key in [key for key in st.session_state if str(key).startswith(tuple(f"training_set_{r}_" for r in recipes))]:
        del st.session_state[key]
