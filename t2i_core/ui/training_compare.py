"""Two runs over each other: their curves, their settings where they differ, their sheets side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from t2i_core.jobs import service
from t2i_core.jobs.service import Jobs
from t2i_core.jobs.store import JobRecord
from t2i_core.jobs.watching import loop_of, pace, sheets_of
from t2i_core.training.health import Line, diagnose
from t2i_core.ui.language import tr
from t2i_core.ui.messages import plain
from t2i_core.ui.training_curves import curve_controls, curves
from t2i_core.ui.training_runs import choose_run, lasting, no_runs
from t2i_core.ui.training_sheets import show_sheet


def compare_tab() -> None:
    """Choose two runs and lay them beside each other."""
    jobs = service.open_jobs()
    records = jobs.list()
    if len(records) < 2:
        no_runs()
        st.caption(tr("Two runs are needed to compare."))
        return
    left, right = st.columns(2, gap="medium")
    with left:
        one = choose_run(tr("One run"), records, "training_one", 0)
    with right:
        other = choose_run(tr("Another"), records, "training_other", 1)
    if one.id == other.id:
        st.info(tr("Choose two different runs."), icon=":material/compare_arrows:")
        return
    one, other = (_as_it_stands(jobs, record) for record in (one, other))
    names = _names(one, other)
    metrics = {name: jobs.metrics(record.id) for name, record in zip(names, (one, other), strict=True)}
    with_metrics = {name: lines for name, lines in metrics.items() if lines}
    if with_metrics:
        curves(with_metrics, curve_controls("training_compare", with_metrics, single=True))
    else:
        st.caption(tr("Neither run has told any figures yet."))
    _table(dict(zip(names, (one, other), strict=True)), metrics)
    _sheets(dict(zip(names, (one, other), strict=True)))


def _as_it_stands(jobs: Jobs, record: JobRecord) -> JobRecord:
    """The run after its place was asked about it."""
    jobs.refresh(record.id)
    return jobs.get(record.id)


def _names(one: JobRecord, other: JobRecord) -> tuple[str, str]:
    first, second = Path(one.spec.run).name, Path(other.spec.run).name
    return (first, second) if first != second else (f"{first} ({one.id})", f"{second} ({other.id})")


def _table(records: dict[str, JobRecord], metrics: Mapping[str, Sequence[Line]]) -> None:
    columns = {name: _facts(record, metrics[name]) for name, record in records.items()}
    one, other = columns.values()
    rows = [fact for fact in dict.fromkeys([*one, *other]) if one.get(fact) != other.get(fact)]
    if rows:
        shown = {"": rows} | {name: [facts.get(fact, "–") for fact in rows] for name, facts in columns.items()}
        st.dataframe(shown, hide_index=True, alt=tr("Where the two runs differ"))


def _facts(record: JobRecord, lines: Sequence[Line]) -> dict[str, str]:
    """What there is to say of a run, in words: how it stands, its figures, its settings."""
    now = pace(record.spec, record.recipe, lines)
    said = {tr("state"): tr(record.state), tr("recipe"): Path(record.spec.recipe).stem}
    if now is not None:
        loss = lines[-1].get("loss")
        said |= {
            tr("health"): tr(diagnose(lines).state),
            tr("step"): f"{now.step:,}",
            tr("loss"): f"{loss:.4g}" if loss is not None else "–",
            tr("images a second"): f"{now.speed:,.0f}" if now.speed else "–",
            tr("time spent"): lasting(now.spent),
        }
    said |= {f"loop.{name}": f"{value:g}" for name, value in loop_of(record.spec, record.recipe).items()}
    said |= {key.strip(): value for key, _, value in (one.partition("=") for one in record.spec.overrides)}
    return said | {
        tr("processes"): str(record.spec.processes),
        tr("data"): ", ".join(Path(d).name for d in record.spec.data),
    }


def _sheets(records: dict[str, JobRecord]) -> None:
    """Both runs' sheets at about the same step."""
    sheets = {name: sheets_of(Path(record.spec.run)) for name, record in records.items()}
    steps = sorted({step for found in sheets.values() for step in found})
    if not steps:
        st.caption(tr("Neither run has drawn sample pictures yet."))
        return
    key = "training_compare_step"
    if st.session_state.get(key) not in steps:
        st.session_state[key] = steps[-1]
    step = steps[-1]
    if len(steps) > 1:
        step = st.select_slider(
            tr("Sample pictures up to step"),
            steps,
            key=key,
            format_func=lambda one: f"{one:,}",
            help=tr("Of each run, the last sheet that it had drawn by then."),
            persist_state="session",
        )
    for column, (name, found) in zip(st.columns(2, gap="medium"), sheets.items(), strict=True):
        drawn = [at for at in found if at <= step]
        with column:
            st.markdown(f"**{plain(name)}**")
            if drawn:
                show_sheet(found[drawn[-1]], drawn[-1])
            else:
                st.caption(tr("No sheet by then."))
