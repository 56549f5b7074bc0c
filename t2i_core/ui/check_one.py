"""One picture and what is to be said of it."""

from hashlib import sha256

import streamlit as st

from t2i_core.abuse.check import AbuseChecker, Looked, verdict_of
from t2i_core.abuse.fetch import UrlItem
from t2i_core.abuse.files import NoPicture
from t2i_core.abuse.profile import Profile
from t2i_core.abuse.verdict import Signal, Verdict
from t2i_core.settings import get_settings
from t2i_core.ui.check_models import checker_for, tell_missing
from t2i_core.ui.draft import initial
from t2i_core.ui.language import N_, Later, tr
from t2i_core.ui.paste import paste_into
from t2i_core.ui.verdicts import ICONS, bars, finding_lines, marked, summary

SHOWN = "abuse_one"
UPLOADER = "abuse_upload"
MAX_UPLOAD = 100  # MB


def check_one(profile: Profile) -> None:
    """A picture from a file, the clipboard, the camera or an address, and its verdict beside it."""
    left, right = st.columns(2, gap="medium")
    with left:
        title = st.text_input(
            tr("Title of the product"),
            key=initial("abuse_title", ""),
            placeholder="Nike Men Red Running Shoes",
            max_chars=500,
            persist_state="session",
            help=tr("What the picture is said to show. Without it, nothing is compared."),
        )
        given = _source()
    if given is None:
        with right:
            st.info(tr("Choose a picture, and its verdict stands here."), icon=":material/rule:")
        return
    looked, checker = _looked(given, title, profile)
    verdict = verdict_of(looked.signals, profile)
    with left:
        _picture(looked, verdict)
    with right:
        _verdict(verdict, profile)
        tell_missing(checker)


def _source() -> bytes | Signal | None:
    """The bytes that were given, a signal where they could not be had, None for nothing."""
    ways = [N_("File or clipboard"), N_("Camera")] + [N_("Address")] * get_settings().fetch
    way = st.segmented_control(
        tr("Picture from"),
        ways,
        default=ways[0],
        format_func=tr,
        key="abuse_source",
        required=True,
        label_visibility="collapsed",
        help=tr("Where the picture comes from."),
    )
    if way == "Camera":
        photo = st.camera_input(
            tr("Take a photo"), key="abuse_camera", help=tr("The photo is judged as any other picture.")
        )
        return photo.getvalue() if photo else None
    if way == "Address":
        return _fetched(
            st.text_input(
                tr("Address of the picture"),
                key="abuse_url",
                type="url",
                placeholder="https://",
                help=tr("Fetched once, from the open internet only."),
            )
        )
    file = st.file_uploader(
        tr("Choose a file, drop it here, or press Ctrl-V"),
        key=UPLOADER,
        max_upload_size=MAX_UPLOAD,
        help=tr("PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF."),
    )
    paste_into(UPLOADER)
    return file.getvalue() if file else None


def _fetched(url: str) -> bytes | Signal | None:
    if not url.strip():
        return None
    if not url.lower().startswith(("http://", "https://")):
        st.error(tr("Write the whole address, starting with https://."), icon=":material/error:")
        return None
    return _fetch(url.strip())


@st.cache_data(max_entries=8, ttl=600, show_spinner=Later("Fetching …"))
def _fetch(url: str) -> bytes | Signal:
    try:
        data = UrlItem(url).read()
    except NoPicture as nothing:
        return nothing.signal
    return data if isinstance(data, bytes) else data.read_bytes()


def _looked(given: bytes | Signal, title: str, profile: Profile) -> tuple[Looked, AbuseChecker]:
    """Judged once for each picture, title and marketplace; moving a threshold judges nothing anew."""
    checker = checker_for(profile)
    if isinstance(given, Signal):
        return Looked(Verdict(), [given]), checker
    numbers = profile.with_only_numbers().to_toml()
    key = sha256(given + b"\0" + f"{title}\0{numbers}".encode(errors="replace")).hexdigest()
    kept = st.session_state.get(SHOWN)
    if not (isinstance(kept, tuple) and kept[0] == key):
        with st.spinner(tr("Looking at it …")):
            kept = (key, checker.look(given, title))
        st.session_state[SHOWN] = kept
    return kept[1], checker


def _picture(looked: Looked, verdict: Verdict) -> None:
    subject = looked.subject
    if subject is None:
        return
    st.image(marked(subject.image, verdict.findings), width="stretch", alt=tr("The picture with its findings marked"))
    facts, (width, height) = subject.facts, subject.image.size
    size = tr("{width:,} × {height:,} pixels", width=width, height=height)
    weight = tr("{size:,.0f} kB", size=subject.file_size / 1000)
    st.caption(f"{size} · {facts.format} · {weight}")


def _verdict(verdict: Verdict, profile: Profile) -> None:
    severity = verdict.severity
    if severity is None:
        st.success(summary(verdict), icon=":material/check_circle:")
    else:
        show = {"error": st.error, "warning": st.warning, "note": st.info}[severity]
        show(summary(verdict), icon=ICONS[severity])
        st.markdown(finding_lines(verdict.findings))
    if any(rule for rule in verdict.scores):
        st.html(bars(verdict, profile))
