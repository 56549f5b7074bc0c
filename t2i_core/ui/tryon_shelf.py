"""The garments to choose from: those of the shop, and the visitor's own."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import streamlit as st

import t2i_core.tryon as package
from t2i_core.errors import T2IError
from t2i_core.images import open_image, png_bytes
from t2i_core.tryon.garment import SLOTS, Garment, Slot
from t2i_core.tryon.wardrobe import WARDROBE
from t2i_core.ui.language import N_, tr
from t2i_core.ui.messages import plain
from t2i_core.ui.tryon_photo import load_dresser

SHELF = Path(package.__file__).parent / "shelf"
NAMES: Mapping[Slot, str] = {"upper": N_("Tops"), "lower": N_("Trousers and skirts"), "dress": N_("Dresses")}
COLUMNS = 2  # of garments, so that their names can be read


@dataclass(frozen=True)
class OnShelf:
    """A garment's picture, and where it is worn."""

    name: str
    slot: Slot
    file: bytes


@st.cache_data(max_entries=1, show_spinner=False)
def shelf() -> list[OnShelf]:
    """Garments drawn by code, then those that this studio's own model drew: files called slot-name.png."""
    found = [OnShelf(one.name, one.slot, png_bytes(one.draw(), {})) for one in WARDROBE]
    for path in sorted(SHELF.glob("*-*.png")):
        slot, _, name = path.stem.partition("-")
        found += [
            OnShelf(name.replace("-", " ").capitalize(), kind, path.read_bytes()) for kind in SLOTS if kind == slot
        ]
    return found


def choose_garments() -> dict[Slot, Garment]:
    """What was chosen, by slot. Garments that cannot be cut out are told of in place."""
    slot = st.segmented_control(
        tr("What to try on"),
        list(SLOTS),
        default="upper",
        format_func=lambda kind: tr(NAMES[kind]),
        key="tryon_slot",
        required=True,
        help=tr("Where the garment is worn. One of each kind may be on at once; a dress takes the place of both."),
    )
    file = st.file_uploader(
        tr("A garment of yours: worn by one person, or flat on a plain ground"),
        key=f"tryon_own_{slot}",
        help=tr("A picture file. The garment is cut out of it; nothing of it is kept."),
    )
    own = [OnShelf(tr("Yours"), slot, file.getvalue())] if file else []
    _offer([*own, *(one for one in shelf() if one.slot == slot)], chosen=_chosen())
    return _cut(_chosen())


def _chosen() -> dict[Slot, OnShelf]:
    kept: dict[Slot, OnShelf] = st.session_state.setdefault("tryon_garments", {})
    return kept


def _offer(garments: list[OnShelf], chosen: dict[Slot, OnShelf]) -> None:
    for start in range(0, len(garments), COLUMNS):
        for garment, column in zip(garments[start : start + COLUMNS], st.columns(COLUMNS), strict=False):
            with column:
                st.image(io.BytesIO(garment.file), width="stretch", alt=tr(garment.name))
                on = chosen.get(garment.slot) == garment
                key = f"tryon_take_{sha256(garment.file).hexdigest()[:12]}"
                if st.button(
                    tr("Take off") if on else tr(garment.name),
                    key=key,
                    type="primary" if on else "secondary",
                    help=tr("Puts this garment on, or takes it off again."),
                ):
                    _take(garment, chosen, on)
    if not garments:
        st.caption(tr("Nothing of that kind is on the shelf: use a picture of your own."))


def _take(garment: OnShelf, chosen: dict[Slot, OnShelf], on: bool) -> None:
    chosen.pop(garment.slot, None)
    if not on:
        chosen[garment.slot] = garment
        for other in ("upper", "lower") if garment.slot == "dress" else ("dress",):
            chosen.pop(other, None)
    st.rerun()


def _cut(chosen: Mapping[Slot, OnShelf]) -> dict[Slot, Garment]:
    found = {}
    for slot, one in chosen.items():
        try:
            found[slot] = cut(one.file, slot)
        except T2IError as problem:
            st.error(plain(str(problem)), icon=":material/error:")
    return found


def cut(file: bytes, slot: Slot) -> Garment:
    """The garment of a picture, cut out once in a session."""
    kept: dict[tuple[str, Slot], Garment] = st.session_state.setdefault("tryon_cut", {})
    key = sha256(file).hexdigest(), slot
    if key not in kept:
        with st.spinner(tr("Cutting the garment out …")):
            kept[key] = load_dresser().cut(open_image(file), slot)
    return kept[key]
