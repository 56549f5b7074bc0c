"""What can be done with a run: end it, take it up again, use what it learned."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from t2i_core.errors import T2IError
from t2i_core.jobs import service
from t2i_core.jobs.spec import State
from t2i_core.jobs.store import JobRecord
from t2i_core.settings import get_settings
from t2i_core.training.adopting import adopt, adoptable, completes, refines, unusable
from t2i_core.ui.admin import may_act
from t2i_core.ui.job import Job, OnStep
from t2i_core.ui.language import N_, tr
from t2i_core.ui.messages import plain, shown_problems
from t2i_core.weights import list_models, locate, read_config

DOING = "training_doing"
SAID, REFUSED = "training_said", "training_refused"

WRITES = N_("Writes the newest checkpoint's averaged weights as a model.")


def acting(job: str) -> bool:
    """Whether this session is ending the run, or taking it up again."""
    return isinstance(st.session_state.get(f"{DOING}_{job}"), Job)


def run_actions(record: JobRecord) -> None:
    """Buttons for whoever may act; what came of the last one."""
    if not may_act():
        return
    with shown_problems():
        busy = _outcome(record.id)
        with st.container(horizontal=True, key="training_actions_row"):
            _ending(record, busy)
            if adoptable(Path(record.spec.run)):
                _adopting(record)
    _tell(record.id)
    if record.state in (State.FAILED, State.CANCELLED) and not busy:
        st.caption(plain(service.open_jobs().aftermath(record.id).words))


def _ending(record: JobRecord, busy: bool) -> None:
    if not record.state.ended:
        st.button(
            tr("Ending …") if busy else tr("Cancel"),
            key="training_cancel",
            disabled=busy,
            on_click=_begin,
            args=(record.id, "cancel"),
            icon=":material/stop_circle:",
            help=tr("Ends the run with all its processes. It can be resumed from its last checkpoint."),
        )
    elif record.state is not State.SUCCEEDED:
        st.button(
            tr("Starting …") if busy else tr("Resume"),
            key="training_resume",
            disabled=busy,
            on_click=_begin,
            args=(record.id, "resume"),
            icon=":material/resume:",
            help=tr("Goes on from the last checkpoint, with the same recipe, until the budget is used up."),
        )


def _adopting(record: JobRecord) -> None:
    with st.popover(
        tr("Use this model"),
        icon=":material/deployed_code_update:",
        help=tr("Makes a model of what this run has learned so far."),
    ):
        run = Path(record.spec.run)
        if refusal := unusable(run):
            st.info(plain(refusal), icon=":material/info:")
            return
        kinds, flow = refines(run), completes(run)
        st.caption(plain(f"{tr(WRITES)} {_becomes(kinds, flow)}"))
        name = flow or _target(record, kinds)
        again = st.checkbox(
            tr("Replace a model of that name"),
            key=f"training_replace_{record.id}",
            help=tr("Only models that were trained here give way; those that came with the studio stay."),
        )
        st.button(
            tr("Use it"),
            key="training_adopt",
            type="primary",
            on_click=_adopt,
            args=(record, name, again),
            icon=":material/check:",
            help=tr("Writes it. Runs that are still going are not disturbed."),
        )


def _becomes(kinds: list[str], flow: str | None) -> str:
    if flow:
        return tr("This run draws the pictures of “{model}” in one step, and goes into that model.", model=flow)
    return tr("This run doubles the pictures of a model.") if kinds else tr("Every page can choose it from then on.")


def _tell(job: str) -> None:
    """What came of adopting it: shown until something else is done."""
    if said := st.session_state.get(f"{SAID}_{job}"):
        st.success(plain(str(said)), icon=":material/check_circle:")
    if refused := st.session_state.get(f"{REFUSED}_{job}"):
        st.error(plain(str(refused)), icon=":material/error:")


def _target(record: JobRecord, kinds: list[str]) -> str:
    key = f"training_name_{record.id}"
    if kinds:
        models = [name for name in list_models("patchflow") if _domain(name) in kinds]
        if models:
            return str(
                st.selectbox(tr("Model whose pictures it doubles"), models, key=key, help=tr("It gets this refiner."))
            )
    return st.text_input(
        tr("Name"),
        value=Path(record.spec.run).name,
        key=key,
        max_chars=60,
        help=tr("Letters, digits, dots, dashes and underscores."),
    ).strip()


def _domain(name: str) -> str:
    return str(read_config(locate(name)).get("domain", "products"))


def _begin(job: str, what: str) -> None:
    """Ending a run may take its processes some seconds, so it happens beside the page."""
    if may_act():  # asked again: what a page has shown proves nothing
        st.session_state[f"{DOING}_{job}"] = Job(partial(_do, job, what))


def _do(job: str, what: str, on_step: OnStep) -> None:
    jobs = service.open_jobs()
    actions: dict[str, Callable[[str], JobRecord]] = {"cancel": jobs.cancel, "resume": jobs.resume}
    actions[what](job)


def _outcome(job: str) -> bool:
    """Whether an action is still under way. Raises what went wrong with one that has ended."""
    doing = st.session_state.get(f"{DOING}_{job}")
    if not isinstance(doing, Job):
        return False
    if not doing.wait(0.2):
        return True
    del st.session_state[f"{DOING}_{job}"]
    doing.outcome()
    return st.rerun()


def _adopt(record: JobRecord, name: str, again: bool) -> None:
    if not may_act():
        return
    for old in (SAID, REFUSED):
        st.session_state.pop(f"{old}_{record.id}", None)
    try:
        folder = adopt(Path(record.spec.run), name, get_settings(), replace=again)
    except T2IError as problem:
        st.session_state[f"{REFUSED}_{record.id}"] = str(problem)
    else:
        st.session_state[f"{SAID}_{record.id}"] = tr(
            "“{model}” can be chosen on the pages that draw such pictures.", model=folder.name
        )
