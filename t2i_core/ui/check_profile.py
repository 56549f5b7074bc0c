"""Which rules pictures are held to: a marketplace's, and thresholds moved from there and saved as a profile."""

from dataclasses import replace

import streamlit as st

from t2i_core.abuse.profile import Profile, find_profile, save_profile, saved_profiles, shipped_profiles
from t2i_core.abuse.rules import GROUPS, RULES
from t2i_core.settings import get_settings
from t2i_core.ui.draft import initial
from t2i_core.ui.language import tr
from t2i_core.ui.messages import plain, shown_problems
from t2i_core.ui.verdicts import NAMES

CHOSEN = "abuse_profile"
SAVED = "profile that was saved"


def choose_profile() -> Profile:
    """The chosen profile, with its thresholds as they stand on the sliders."""
    folder = get_settings().profiles
    shipped = shipped_profiles()
    names = [*shipped, *saved_profiles(folder)]
    _keep_choice(names)
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        name = st.selectbox(
            tr("Rules of"),
            names,
            key=CHOSEN,
            format_func=lambda one: tr(shipped[one].title) if one in shipped else one,
            persist_state="session",
            help=tr("Which marketplace's rules count, or a profile you saved."),
        )
    profile = Profile()
    with shown_problems():
        profile = find_profile(name, folder)
    with right:
        return _adjusted(profile)


def _keep_choice(names: list[str]) -> None:
    saved = st.session_state.pop(SAVED, None)
    if saved in names:
        st.session_state[CHOSEN] = saved
    if st.session_state.get(CHOSEN) not in names:
        st.session_state[CHOSEN] = names[0]


def _adjusted(profile: Profile) -> Profile:
    with st.popover(
        tr("Thresholds"),
        icon=":material/tune:",
        width="stretch",
        help=tr("How sure a rule must be before it counts, and which rules do not count at all."),
    ):
        st.caption(tr("A rule counts as broken from its threshold on: lower finds more, higher blames less."))
        off = st.multiselect(
            tr("Rules that do not count"),
            [rule for rule in RULES if not rule.startswith(("duplicate", "check"))],
            default=list(profile.off),
            key=f"abuse_off_{profile.name}",
            persist_state="session",
            help=tr("These are still measured, but blame nothing."),
        )
        moved = {rule: _slider(profile, rule) for group in GROUPS for rule in _soft(group) if rule not in off}
        changed = {rule: value for rule, value in moved.items() if value != profile.threshold(rule)}
        held = replace(profile.with_thresholds(changed), off=tuple(off))
        if changed or set(off) != set(profile.off):
            _save(held)
    return held


def _soft(group: str) -> list[str]:
    return [rule.id for rule in RULES.values() if rule.group == group and not rule.hard]


def _slider(profile: Profile, rule: str) -> float:
    label = f"{tr(NAMES.get(RULES[rule].group, RULES[rule].group))}: {tr(RULES[rule].label)}"
    key = initial(f"abuse_threshold_{profile.name}_{rule}", profile.threshold(rule))
    return st.slider(label, 0.0, 1.0, step=0.01, key=key, help=plain(tr(RULES[rule].message)), persist_state="session")


def _save(held: Profile) -> None:
    with st.form("abuse_save_profile", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            tr("Save as a profile"),
            placeholder="our-shop",
            max_chars=40,
            key="abuse_save_name",
            help=tr("Letters, digits and dashes. It then stands in the list of rules."),
        )
        pressed = st.form_submit_button(
            tr("Save"), icon=":material/save:", help=tr("Keeps these thresholds under that name.")
        )
    if pressed:
        with shown_problems():
            saved = save_profile(held, name, get_settings().profiles)
            st.session_state[SAVED] = saved.name
            st.rerun()
