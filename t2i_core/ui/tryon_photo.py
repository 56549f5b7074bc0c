"""The visitor's photo: consent, upload or camera, and the person who is meant. It never leaves the memory."""

from hashlib import sha256

import streamlit as st
from PIL import Image
from starlette.formparsers import MultiPartParser

from t2i_core.images import open_image
from t2i_core.tryon.dress import Dresser
from t2i_core.tryon.mannequin import mannequin
from t2i_core.tryon.overlays import with_parts, with_skeleton
from t2i_core.tryon.person import Person, fitted
from t2i_core.tryon.problems import SeveralPeople
from t2i_core.ui.language import N_, Later, tr
from t2i_core.ui.messages import plain
from t2i_core.ui.paste import paste_into

CONSENT = N_(
    "This is a photo of me, or of somebody who agreed to this. Photos stay in memory, never on disk, and are gone when "
    "you leave."
)
UPLOADER, SEEN, CHOSEN = "tryon_upload", "tryon_person", "tryon_at"
FILE, CAMERA, MANNEQUIN = WAYS = (N_("File or clipboard"), N_("Camera"), N_("A mannequin"))
MAX_UPLOAD = 20  # MB
# Streamlit's server would put uploads beyond a megabyte into a temporary file while it receives them.
MultiPartParser.spool_max_size = 2 * MAX_UPLOAD * 1024 * 1024


@st.cache_resource(max_entries=1, show_spinner=Later("Loading the networks …"))
def load_dresser() -> Dresser:
    """The networks, shared by all visitors."""
    return Dresser.from_pretrained()


@st.cache_resource(max_entries=1, show_spinner=False)
def load_mannequin() -> Person:
    """Somebody to dress for who has no photo at hand."""
    return mannequin()


def choose_person() -> Person | None:
    """The person to dress, from a photo of the visitor's; None until there is one. Raises a T2IError for a photo that
    won't do."""
    way = st.segmented_control(
        tr("Photo from"),
        WAYS,
        default=WAYS[0],
        format_func=tr,
        key="tryon_source",
        required=True,
        help=tr("A file, this device's camera, or a drawn mannequin to try with."),
    )
    if way == MANNEQUIN:
        return load_mannequin()
    if not st.checkbox(
        tr(CONSENT), key="tryon_consent", help=tr("Photos of others need their consent. Nothing of a photo is kept.")
    ):
        st.info(tr("Tick this first."), icon=":material/lock:")
        return None
    given = _source(way)
    if given is None:
        st.session_state.pop(SEEN, None)
        return None
    try:
        return _seen(given)
    except SeveralPeople as several:
        _ask_which(open_image(given), several)
        return None


def _source(way: str) -> bytes | None:
    if way == CAMERA:
        photo = st.camera_input(
            tr("Stand back, so that you are in the picture to the hips or the feet"),
            key="tryon_camera",
            help=tr("The picture stays in memory and is never written to disk."),
        )
        return photo.getvalue() if photo else None
    file = st.file_uploader(
        tr("Your photo, from the front, arms beside the body"),
        key=UPLOADER,
        max_upload_size=MAX_UPLOAD,
        help=tr("A picture file. It stays in memory and is never written to disk."),
    )
    paste_into(UPLOADER)
    return file.getvalue() if file else None


def _seen(given: bytes) -> Person:
    """Looked at once for each photo and choice of a person; kept with the session alone."""
    digest = sha256(given).hexdigest()
    chosen = st.session_state.get(CHOSEN)
    at = chosen[1] if isinstance(chosen, tuple) and chosen[0] == digest else None
    kept = st.session_state.get(SEEN)
    if not (isinstance(kept, tuple) and kept[0] == (digest, at)):
        with st.spinner(tr("Looking at the photo …")):
            kept = ((digest, at), load_dresser().see(open_image(given), at))
        st.session_state[SEEN] = kept
    person: Person = kept[1]
    return person


def _ask_which(photo: Image.Image, several: SeveralPeople) -> None:
    st.warning(plain(str(several)), icon=":material/group:")
    photo = fitted(photo)
    given = st.session_state.get(UPLOADER) or st.session_state.get("tryon_camera")
    columns = st.columns(max(len(several.boxes), 3))
    for number, (box, column) in enumerate(zip(sorted(several.boxes), columns, strict=False), 1):
        with column:
            seen = photo.crop(tuple(round(side) for side in box))  # type: ignore[arg-type]
            st.image(seen, width="stretch", alt=tr("Person {number}", number=number))
            if (
                st.button(
                    tr("Person {number}", number=number),
                    key=f"tryon_person_{number}",
                    help=tr("Takes this person, of the several in the photo."),
                )
                and given is not None
            ):
                middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
                st.session_state[CHOSEN] = sha256(given.getvalue()).hexdigest(), middle
                st.rerun()


def show_person(person: Person) -> None:
    """The photo, with what was seen of the person laid over where that is wanted."""
    shown = st.pills(
        tr("Show"),
        [N_("Skeleton"), N_("Parts")],
        format_func=tr,
        selection_mode="multi",
        key="tryon_overlays",
        help=tr("Draws what was found over the photo: joints and bones, or the parts of body and clothes."),
    )
    photo = Image.fromarray(person.photo)
    if "Parts" in shown:
        photo = with_parts(photo, person.parts)
    if "Skeleton" in shown:
        photo = with_skeleton(photo, person.pose)
    st.image(photo, width="stretch", alt=tr("Your photo"))
