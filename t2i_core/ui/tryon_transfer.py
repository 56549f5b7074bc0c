"""The person drawn anew: in another pose, with parts of somebody else's look, wholly or by halves."""

from hashlib import sha256
from pathlib import Path

import streamlit as st
from PIL import Image

from t2i_core.errors import WeightsError
from t2i_core.generate.picture import XMP
from t2i_core.images import open_image, png_bytes
from t2i_core.tryon.appearance import of_person
from t2i_core.tryon.person import Person
from t2i_core.tryon.stances import STANCES, stance
from t2i_core.tryon.transfer import Borrowed, Transfer, TransferRequest, enlarged, notes, worn
from t2i_core.ui.language import N_, Later, tr
from t2i_core.ui.messages import plain
from t2i_core.ui.tryon_photo import MAX_UPLOAD, load_dresser
from t2i_core.weights import CONFIG, locate

MODEL = "transfer"
OWN, OTHERS = N_("your own"), N_("that of the other photo")
OTHER = "tryon_other_person"
NAMES = {
    "head": N_("Face and hair"),
    "skin": N_("Skin"),
    "upper": N_("Top"),
    "lower": N_("Trousers or skirt"),
    "dress": N_("Dress"),
    "outer": N_("Jacket, bag"),
    "shoes": N_("Shoes"),
}
TIMES = 5  # the picture is shown so many times as large


def show_transfer(person: Person) -> None:
    """Everything there is to choose, and the picture. Raises a T2IError for a photo that won't do."""
    drawer = _drawer()
    if drawer is None:
        return
    choices, result = st.columns([2, 3], gap="medium")
    with choices:
        other = _other_person()
        pose = _posed(person, other)
        shares = _shares(other, drawer) if other else {}
    look = of_person(person, drawer.size)
    borrowed = (Borrowed(of_person(other, drawer.size), shares),) if other and shares else ()
    request = TransferRequest(look, of_person(pose, drawer.size).joints, borrowed)
    with result:
        _show(drawer, request)


def _drawer() -> Transfer | None:
    """The network; where there is none, the page says how to get one."""
    try:
        folder = locate(MODEL)
    except WeightsError:
        st.info(
            tr(
                "No network for this has been trained here yet. On a machine with the data: "
                "`t2i train people-adgan --data DATA --out runs/transfer`, then "
                "`t2i export runs/transfer --out weights/transfer`."
            ),
            icon=":material/model_training:",
        )
        return None
    return _load(str(folder), (folder / CONFIG).stat().st_mtime_ns)


@st.cache_resource(max_entries=1, show_spinner=Later("Loading the network …"))
def _load(folder: str, changed: int) -> Transfer:
    """`changed` is part of the key alone: a network that was trained anew replaces the old."""
    return Transfer.from_pretrained(str(Path(folder)))


def _other_person() -> Person | None:
    """Whoever is in a second photo; it stays in memory as the first does."""
    file = st.file_uploader(
        tr("A second photo, of somebody who agreed to this: for its pose, or its clothes"),
        key="tryon_other",
        max_upload_size=MAX_UPLOAD,
        help=tr("Its pose can be taken over, and parts of its look mixed into yours. It stays in memory."),
    )
    if file is None:
        st.session_state.pop(OTHER, None)
        return None
    given = file.getvalue()
    digest, kept = sha256(given).hexdigest(), st.session_state.get(OTHER)
    if not (isinstance(kept, tuple) and kept[0] == digest):
        with st.spinner(tr("Looking at the second photo …")):
            kept = digest, load_dresser().see(open_image(given))
        st.session_state[OTHER] = kept
    other: Person = kept[1]
    return other


def _named(pose: str) -> str:
    said = tr(pose)
    return said[0].upper() + said[1:]


def _posed(person: Person, other: Person | None) -> Person:
    """The person, or the mannequin, whose pose is taken."""
    poses = [*STANCES, OWN, *([OTHERS] if other else [])]
    pose = st.selectbox(
        tr("Pose"),
        poses,
        format_func=_named,
        key="tryon_pose",
        help=tr("How you are to stand: as you do, as a mannequin does, or as in the second photo."),
    )
    if pose == OWN or (pose == OTHERS and other is None):
        return person
    if pose == OTHERS and other is not None:
        return other
    model = _stance(pose)
    st.image(Image.fromarray(model.photo), width=120, alt=tr("The pose: {pose}", pose=tr(pose)))
    return model


@st.cache_resource(max_entries=len(STANCES), show_spinner=False)
def _stance(name: str) -> Person:
    return stance(name)


def _shares(other: Person, drawer: Transfer) -> dict[str, float]:
    """How much of each part comes from the second photo."""
    st.caption(tr("How much of the second photo's look:"))
    found = {
        name: st.slider(
            tr(NAMES[name]),
            0,
            100,
            0,
            format="%d %%",
            key=f"tryon_share_{name}",
            help=tr("How much of this part comes from the second photo."),
        )
        / 100
        for name in worn(of_person(other, drawer.size))
    }
    return {name: share for name, share in found.items() if share > 0}


def _show(drawer: Transfer, request: TransferRequest) -> None:
    with st.spinner(tr("Drawing …")):
        image = enlarged(drawer.draw(request), TIMES)
    st.image(image, alt=tr("You, drawn anew"))
    for note in notes(request):
        st.caption(plain(note))
    st.caption(
        tr(
            "A preview by a small network: everything here is drawn, at {width} x {height} pixels, "
            "before a plain ground. Faces and prints are rough.",
            width=drawer.size[1],
            height=drawer.size[0],
        )
    )
    st.download_button(
        tr("Download"),
        png_bytes(image, {}, XMP),
        "another-pose.png",
        "image/png",
        icon=":material/download:",
        key="tryon_transfer_download",
        help=tr("The drawn picture as a PNG file."),
    )
