"""The person with the garments on: before and after, what was edited, what to know, a file to take away."""

import io
from collections.abc import Mapping

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from t2i_core.errors import T2IError
from t2i_core.images import png_bytes
from t2i_core.tryon.dress import ORDER, Dressed, put_on
from t2i_core.tryon.garment import Garment, Slot
from t2i_core.tryon.overlays import with_mask
from t2i_core.tryon.person import Person, require
from t2i_core.ui.language import tr
from t2i_core.ui.messages import plain, shown_problems
from t2i_core.ui.tryon_mask import choose_mask
from t2i_core.ui.tryon_shelf import COLUMNS, cut, shelf


def show_result(person: Person, garments: Mapping[Slot, Garment]) -> None:
    """Dresses the person and shows how. Raises a TryOnError where the photo does not show enough."""
    for slot in garments:
        require(person, slot)
    worn = [garments[slot] for slot in ORDER if slot in garments]
    with st.spinner(tr("Dressing …")):
        done = put_on(person, worn)
    space = st.container()
    with shown_problems():
        may = choose_mask(person, done)
        if may is not None:
            done = put_on(person, worn, may)
    with space:
        _show(person, done)


def _show(person: Person, done: Dressed) -> None:
    share = st.slider(
        tr("Before ↔ after"),
        0,
        100,
        100,
        key="tryon_split",
        format="%d %%",
        help=tr("How much of the picture shows the result; the rest shows your photo."),
    )
    picture = (
        with_mask(done.image, done.mask)
        if st.toggle(
            tr("Show what was edited"),
            key="tryon_mask",
            help=tr("Tints the pixels that were edited; all others are your photo's own."),
        )
        else done.image
    )
    st.image(split(Image.fromarray(person.photo), picture, share / 100), width="stretch", alt=tr("Before and after"))
    _notes(done)
    st.download_button(
        tr("Download"),
        png_bytes(done.image, {}),
        "try-on.png",
        "image/png",
        icon=":material/download:",
        key="tryon_download",
        help=tr("The result as a PNG file, as large as your photo."),
    )


def split(before: Image.Image, after: Image.Image, share: float) -> Image.Image:
    """The left `share` of the picture after, the rest before, with a line between."""
    edge = round(share * before.width)
    out = before.copy()
    out.paste(after.crop((0, 0, edge, after.height)), (0, 0))
    if 0 < edge < before.width:
        ImageDraw.Draw(out).line((edge, 0, edge, before.height), fill="white", width=max(1, before.width // 200))
    return out


def _notes(done: Dressed) -> None:
    for note in done.notes:
        st.caption(plain(note))
    st.caption(
        tr(
            "{share:.0f} % of the photo was edited; every other pixel is exactly as it was.",
            share=100 * float(np.mean(done.mask)),
        )
    )


def show_whole_shelf(person: Person, slot: Slot) -> None:
    """Every garment of the shelf on the person, as a gallery that fills as it goes."""
    require(person, slot)
    garments = [one for one in shelf() if one.slot == slot]
    if not st.button(
        tr("Put all {count} on", count=len(garments)),
        key="tryon_all",
        disabled=not garments,
        help=tr("Dresses you in each garment of this kind in turn; the gallery fills as it goes."),
    ):
        return
    bar = st.progress(0.0)
    for start in range(0, len(garments), COLUMNS):
        for index, column in enumerate(st.columns(COLUMNS), start):
            if index >= len(garments):
                break
            with column:
                _one(person, garments[index].file, slot, tr(garments[index].name))
            bar.progress((index + 1) / len(garments))


def _one(person: Person, file: bytes, slot: Slot, name: str) -> None:
    try:
        done = put_on(person, [cut(file, slot)])
    except T2IError as problem:
        st.image(io.BytesIO(file), width="stretch", alt=name)
        st.caption(plain(str(problem)))
        return
    st.image(done.image, width="stretch", alt=name)
    st.caption(plain(name))
