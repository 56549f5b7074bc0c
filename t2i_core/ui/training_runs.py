"""The runs there are, and one of them as it goes: its health, curves, sheets and log."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NoReturn

import streamlit as st

from t2i_core.jobs import service
from t2i_core.jobs.service import Jobs
from t2i_core.jobs.spec import State
from t2i_core.jobs.store import JobRecord
from t2i_core.jobs.watching import in_words, pace
from t2i_core.training.health import Line, diagnose
from t2i_core.training.health import State as Health
from t2i_core.ui.admin import may_act
from t2i_core.ui.language import N_, tr
from t2i_core.ui.messages import plain, shown_problems
from t2i_core.ui.redrawing import redrawn
from t2i_core.ui.training_actions import acting, run_actions
from t2i_core.ui.training_curves import curve_controls, curves
from t2i_core.ui.training_sheets import sheet_slider

TABS = (N_("Runs"), N_("New run"), N_("Compare"), N_("Benchmark"))
TAB = "training_tab"
CHOSEN = "training_run"
NEXT = "training_next_tab"
GLANCE = {"local": 2.0}  # seconds between two looks at a run, by place
FARTHER = 15.0  # ... where a network lies between
COLOURS = {
    State.QUEUED: "gray",
    State.RUNNING: "blue",
    State.SUCCEEDED: "green",
    State.FAILED: "red",
    State.CANCELLED: "orange",
}

UNITS = {"s": N_("s"), "min": N_("min"), "h": N_("h"), "days": N_("days")}


def go_to(tab: str, run: str) -> NoReturn:
    """Draws the page anew with another tab open, and a run chosen there."""
    st.session_state[NEXT] = (tab, run)
    st.rerun()


def arrive() -> None:
    """Opens the tab that `go_to` named: a widget's value can be set only before it is drawn."""
    if place := st.session_state.pop(NEXT, None):
        tab, st.session_state[CHOSEN] = place
        st.session_state[TAB] = tr(tab)


def runs_tab() -> None:
    """Choose a run and watch it."""
    records = service.open_jobs().list()
    if not records:
        no_runs()
        return
    chosen = choose_run(tr("Run"), records, CHOSEN)
    seconds = GLANCE.get(chosen.launcher, FARTHER)
    live = not chosen.state.ended or acting(chosen.id)
    watch = partial(_watch, chosen.id, was=chosen.state, live=live)
    redrawn(watch, seconds if live else None, chosen.id)


def no_runs() -> None:
    """What a studio says in which nothing was trained yet."""
    st.info(
        tr(
            "**No runs yet.** Start one under “New run”, or with `t2i jobs submit` on the command line: it shows up "
            "here with its curves and pictures while it trains."
        ),
        icon=":material/model_training:",
    )


def choose_run(label: str, records: Sequence[JobRecord], key: str, default: int = 0) -> JobRecord:
    """A list of runs, the newest first."""
    known = {record.id: record for record in records}
    if st.session_state.get(key) not in known:
        st.session_state[key] = list(known)[min(default, len(known) - 1)]
    chosen = st.selectbox(
        label,
        list(known),
        key=key,
        format_func=lambda one: title_of(known[one]),
        help=tr("Newest first: the run's folder, its recipe, where it runs."),
        persist_state="session",
    )
    return known[chosen]


def title_of(record: JobRecord) -> str:
    """A run in a line of a list. Not its state: a list whose words change forgets what was chosen."""
    return f"{Path(record.spec.run).name} · {Path(record.spec.recipe).stem} · {record.launcher}"


def lasting(seconds: float) -> str:
    """A length of time as a person says it: 45 s, 12 min, 3 h 20 min, 2 days 4 h."""
    return " ".join(tr(UNITS.get(word, word)) for word in in_words(seconds).split())


def _watch(job: str, was: State, live: bool) -> None:
    """One run as it stands now. live: whether it is drawn again on its own, as it is until it is over."""
    with shown_problems():
        jobs = service.open_jobs()
        jobs.refresh(job)
        record = jobs.get(job)
        if record.state is not was or (acting(job) and not live):
            st.rerun()  # the whole page, which decides whether the run is looked at again
        lines = jobs.metrics(job)
        _standing(record, lines)
        run_actions(record)
        if lines:
            curves({"": lines}, curve_controls("training_runs", {"": lines}))
        sheet_slider(record)
        if may_act():
            _log(jobs, record)


def _standing(record: JobRecord, lines: Sequence[Line]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(tr(record.state), color=COLOURS[record.state])  # type: ignore[arg-type]
        code = tr("code {commit}", commit=plain(record.code[:60]))
        st.caption(f"{_since(record)} · {plain(record.launcher)} · {code}")
    _health(record, lines)
    now = pace(record.spec, record.recipe, lines)
    if now is None:
        if not record.state.ended:
            st.caption(tr("No figures yet: the first come after the data are read and a few steps are taken."))
        return
    if now.used is not None and record.state is not State.SUCCEEDED:
        st.progress(now.used, text=tr("{share:.0%} of the budget", share=now.used))
    left = "–" if now.left is None or record.state.ended else lasting(now.left)
    loss = lines[-1].get("loss")
    facts = {
        tr("Step"): f"{now.step:,}",
        tr("Loss"): f"{loss:.4g}" if loss is not None else "–",
        tr("Images a second"): f"{now.speed:,.0f}" if now.speed else "–",
        tr("Time left"): left,
        tr("Time spent"): lasting(now.spent),
    }
    if (cost := record.cost()) is not None:
        facts[tr("Cost so far")] = tr("${cost:.2f} of at most ${most:.2f}", cost=cost, most=record.most or 0)
    elif record.unpriced:
        facts[tr("Cost so far")] = record.unpriced
    with st.grid(min_column_width=110, gap="small", key="training_facts") as grid:
        for name, value in facts.items():
            with grid.cell(), st.container(gap=None):
                st.caption(name)
                st.markdown(f"**{plain(value)}**")


def _health(record: JobRecord, lines: Sequence[Line]) -> None:
    """How the run does, in words."""
    if record.note:
        st.error(plain(record.note), icon=":material/error:")
    if not lines:
        return
    health = diagnose(lines)
    if health.state.sick:
        st.error(plain(tr(health.words)), icon=":material/heart_broken:")
    elif health.state is Health.PLATEAU:
        st.warning(plain(tr(health.words)), icon=":material/trending_flat:")
    elif health.state is Health.HEALTHY:
        st.success(plain(tr(health.words)), icon=":material/favorite:")
    else:
        st.info(plain(tr(health.words)), icon=":material/hourglass_top:")


def _log(jobs: Jobs, record: JobRecord) -> None:
    with st.expander(tr("Log"), icon=":material/terminal:", expanded=record.state is State.FAILED):
        lines = jobs.logs(record.id, last=100)
        st.code("\n".join(lines) or tr("Nothing was printed yet."), language=None, height=260)
        same = tr("The same from a terminal: {command}", command=f"t2i jobs logs {record.id}")
        st.caption(f"{tr('Run folder: {folder}', folder=plain(record.spec.run))}. {same}")


def _since(record: JobRecord) -> str:
    changed = record.history[-1].at if record.history else record.submitted
    passed = lasting(max(0.0, (datetime.now(UTC) - changed).total_seconds()))
    return tr("{time} ago", time=passed) if record.state.ended else tr("for {time}", time=passed)
