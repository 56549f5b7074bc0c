"""A model from the Hub, wherever a page lets one choose a model: what it is and how big, then the download."""

from functools import partial

import streamlit as st

from t2i_core.errors import WeightsError
from t2i_core.ui.admin import may_act
from t2i_core.ui.job import Job, OnStep
from t2i_core.ui.language import tr
from t2i_core.ui.messages import plain, shown_problems
from t2i_core.ui.model_card import KINDS
from t2i_core.ui.redrawing import redrawn
from t2i_core.weights import Offer, Place, look, places_of, pull

MEGABYTE = 1e6
POLL = 0.3
SLOT = "hub_pull"


def hub_model(key: str) -> None:
    """Takes owner/name, shows what a download would fetch, and fetches it. Pages then offer it like any other."""
    with st.form(f"{key}_form", border=False, enter_to_submit=True):
        name = st.text_input(
            tr("On the Hugging Face Hub"),
            key=f"{key}_name",
            placeholder="owner/name",
            max_chars=200,
            help=tr("A repository that holds a model of this studio."),
        )
        asked = st.form_submit_button(
            tr("Look at it"),
            icon=":material/search:",
            help=tr("Shows what it is and how big, before anything is downloaded."),
        )
    if asked:
        st.session_state.pop(f"{key}_offer", None)
        with shown_problems(), st.spinner(tr("Asking the Hub …")):
            st.session_state[f"{key}_offer"] = _offer(name.strip())
    offer = st.session_state.get(f"{key}_offer")
    if isinstance(offer, Offer):
        _show(offer)
        with shown_problems():
            _download(offer, key)


def _offer(name: str) -> Offer:
    """What the Hub has under that name. Only the first place with such a model counts."""
    places = places_of(name)
    if not places:
        raise WeightsError(tr("“{name}” is not a Hub repository. Write it as owner/name.", name=name[:80]))
    for place in places[:-1]:
        try:
            return look(place)
        except WeightsError:
            continue
    return look(places[-1])


def _show(offer: Offer) -> None:
    known = tr(KINDS.get(offer.kind, offer.kind))
    version = tr("version {commit}", commit=plain(offer.commit[:7]))
    st.markdown(f"**{plain(str(offer.place))}**: {plain(known)}, {version}")
    st.dataframe(
        {
            tr("File"): list(offer.files),
            tr("MB"): [size / MEGABYTE for size in offer.files.values()],
            tr("Here"): [name not in offer.missing for name in offer.files],
        },
        hide_index=True,
        column_config={tr("MB"): st.column_config.NumberColumn(format="%.2f")},
    )


def _download(offer: Offer, key: str) -> None:
    """The button, the progress, and what came of it. Raises what the download raised."""
    slot = f"{key}_{SLOT}"
    job = st.session_state.get(slot)
    if isinstance(job, Job):
        if not job.wait(0):
            redrawn(partial(_progress, slot), POLL, f"{slot}_progress")
            return
        del st.session_state[slot]
        job.outcome()
        st.session_state[f"{key}_offer"] = look(offer.place)
        st.rerun()
    if not offer.missing:
        st.success(tr("{model} is here. Choose it on any page that draws with it.", model=plain(_called(offer.place))))
    elif not may_act():
        st.caption(tr("Downloads are for whoever runs this studio: enter the administrator's word on the page Train."))
    else:
        label = tr("Download {size:.1f} MB", size=offer.to_fetch / MEGABYTE)
        st.button(
            label,
            key=f"{key}_download",
            icon=":material/download:",
            on_click=_start,
            args=(key, offer.place),
            help=tr("Fetches the files that are missing and checks each."),
        )


def _called(place: Place) -> str:
    return place.folder or place.repository


def _start(key: str, place: Place) -> None:
    def work(on_step: OnStep) -> str:
        pull(place, on_step)
        return str(place)

    st.session_state[f"{key}_{SLOT}"] = Job(work)


def _progress(slot: str) -> None:
    """Redrawn on its own; when the download has ended the whole page is drawn again."""
    job = st.session_state.get(slot)
    if not isinstance(job, Job) or job.wait(0):
        st.rerun()
    done, total = job.steps
    text = tr("Starting …")
    if total:
        text = tr("{done:.1f} of {total:.1f} MB", done=done / MEGABYTE, total=total / MEGABYTE)
    st.progress(min(1.0, done / total) if total else 0.0, text=tr("Stopping …") if job.stopping else text)
    st.button(
        tr("Cancel"),
        key=f"{slot}_cancel",
        on_click=job.cancel,
        icon=":material/stop_circle:",
        help=tr("Stops the download; what was fetched is kept for the next time."),
    )
