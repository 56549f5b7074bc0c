"""Curves of one run or of several over each other."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from t2i_core.jobs.watching import curve, losses_in
from t2i_core.training.health import Line
from t2i_core.ui.draft import initial
from t2i_core.ui.language import N_, tr

if TYPE_CHECKING:
    import altair

NAMES = {
    "grad_norm": N_("gradient norm"),
    "lr": N_("learning rate"),
    "images_per_second": N_("images a second"),
    "diversity": N_("diversity"),
}
COLOURS = ("#0f766e", "#d97706", "#2563eb", "#b91c1c")
HEIGHT = 300


@dataclass(frozen=True)
class Wanted:
    """What to show of the metrics, and how."""

    columns: tuple[str, ...]
    log: bool
    smoothing: float


def curve_controls(key: str, runs: Mapping[str, Sequence[Line]], single: bool = False) -> Wanted:
    """Which curves, on which axis, how smooth. single: one at a time, where runs lie over each other."""
    known = list(dict.fromkeys(name for lines in runs.values() for name in (*losses_in(lines), *_others(lines))))
    place = f"{key}_curves"
    chosen = st.session_state.get(place)
    left = [name for name in ([chosen] if isinstance(chosen, str) else chosen or []) if name in known]
    if not left:
        left = known[:1]
    st.session_state[place] = left[0] if single else left
    about = tr(
        "What the run wrote down of its steps. A loss that falls is learning; its health in words reads it for you."
    )
    if single:
        st.pills(tr("Curve"), known, key=place, format_func=_named, help=about, persist_state="session")
    else:
        st.pills(
            tr("Curves"),
            known,
            selection_mode="multi",
            key=place,
            format_func=_named,
            help=about,
            persist_state="session",
        )
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        log = st.toggle(
            tr("Log axis"),
            key=initial(f"{key}_log", False),
            help=tr("Shows ratios alike: a loss that halves falls as far at 0.01 as at 1."),
            persist_state="session",
        )
        smoothing = st.slider(
            tr("Smoothing"),
            0.0,
            0.99,
            step=0.01,
            key=initial(f"{key}_smoothing", 0.6),
            width=260,
            help=tr("How much each point leans on those before it. 0 shows what was measured."),
            persist_state="session",
        )
    return Wanted((left[0],) if single else tuple(left), log, smoothing)


def _named(column: str) -> str:
    return tr(NAMES.get(column, column))


def curves(runs: Mapping[str, Sequence[Line]], wanted: Wanted) -> None:
    """The curves, by step. One scale for losses; a chart of its own for everything else."""
    losses = [name for name in wanted.columns if name not in NAMES]
    for group in [losses] * bool(losses) + [[name] for name in wanted.columns if name in NAMES]:
        points = _points(runs, group, wanted)
        if points:
            alt = tr("Curves of {names} against the step", names=", ".join(map(_named, group)))
            st.altair_chart(_chart(points, group, wanted.log), width="stretch", alt=alt)
        else:
            st.caption(tr("There are no values of {names} that a curve could show.", names=", ".join(group)))


def _others(lines: Sequence[Line]) -> list[str]:
    return [name for name in NAMES if any(name in line for line in lines[-1:])]


def _points(runs: Mapping[str, Sequence[Line]], group: Sequence[str], wanted: Wanted) -> list[dict[str, object]]:
    """Rows of a table: what was measured as a faint line, and the smoothed one on top."""
    rows: list[dict[str, object]] = []
    for run, lines in runs.items():
        for name in group:
            label = " · ".join(part for part in (run, _named(name) if not run or len(group) > 1 else "") if part)
            for smoothing in {0.0, wanted.smoothing}:
                kept = smoothing == wanted.smoothing
                rows += [
                    {"step": step, "value": value, "curve": label, "strength": "smooth" if kept else "measured"}
                    for step, value in curve(lines, name, smoothing)
                    if not wanted.log or value > 0
                ]
    return rows


def _chart(points: Sequence[Mapping[str, object]], group: Sequence[str], log: bool) -> "altair.Chart":
    import altair
    import pandas

    labels = list(dict.fromkeys(str(point["curve"]) for point in points))
    values = [float(str(point["value"])) for point in points]
    scale = altair.Scale(type="log" if log else "linear", zero=False, nice=not _narrow(values))
    title = tr(NAMES.get(group[0], "loss") if len(group) == 1 else "loss")
    legend = altair.Legend(orient="top", title=None, labelLimit=300) if len(labels) > 1 else None
    drawn: altair.Chart = (
        altair.Chart(pandas.DataFrame(points), height=HEIGHT)
        .mark_line(interpolate="linear")
        .encode(
            x=altair.X("step:Q", title=tr("step"), axis=altair.Axis(format=",d", tickMinStep=1)),
            y=altair.Y("value:Q", title=title, scale=scale),
            color=altair.Color("curve:N", scale=altair.Scale(domain=labels, range=list(COLOURS)), legend=legend),
            opacity=altair.Opacity(
                "strength:N", scale=altair.Scale(domain=["smooth", "measured"], range=[1.0, 0.25]), legend=None
            ),
            strokeWidth=altair.value(2),
            tooltip=[
                altair.Tooltip("curve:N", title=tr("curve")),
                altair.Tooltip("step:Q", title=tr("step"), format=",d"),
                altair.Tooltip("value:Q", title=tr("value"), format=".4g"),
            ],
        )
    )
    return drawn


def _narrow(values: Sequence[float]) -> bool:
    """Whether rounding the axis to nice numbers would flatten the curve."""
    low, high = min(values), max(values)
    return not math.isclose(high, low) and (high - low) < 0.05 * abs(high)
