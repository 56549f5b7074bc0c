"""What may be edited of a photo: shown, and brushed larger or smaller; a slider and a file do it without a mouse."""

import base64
from hashlib import sha256

import numpy as np
import streamlit as st
from PIL import Image

from t2i_core.images import jpeg_bytes, open_image, png_bytes
from t2i_core.tryon.brush import Bits, brushed, grown, mask_of, read_strokes
from t2i_core.tryon.dress import Dressed
from t2i_core.tryon.person import Person
from t2i_core.ui.language import language, tr
from t2i_core.ui.tryon_brush import CSS, SCRIPT, brush_html

SHOWN = 720  # pixels of the photo's longer side that are sent to be brushed on
MOST_GROWN = 40  # thousandths of the photo's longer side


def choose_mask(person: Person, done: Dressed) -> Bits | None:
    """What may be edited, after the visitor changed it; None where it was left as it is. Raises an InputError for a
    mask's file that won't do."""
    with st.expander(tr("Change what may be edited"), icon=":material/brush:", key="tryon_mask_box"):
        file = st.file_uploader(
            tr("A mask of your own: a PNG of the photo's shape, white where it may be edited"),
            type=["png"],
            key="tryon_mask_file",
            help=tr("Nothing outside the white of this picture is edited."),
        )
        by = st.slider(
            tr("Shrink ↔ grow"), -MOST_GROWN, MOST_GROWN, 0, key="tryon_mask_grow", help=tr("Around its whole edge.")
        )
        start = mask_of(open_image(file.getvalue()), person.photo.shape) if file else done.mask
        start = grown(start, round(by / 1000 * max(start.shape)))
        mask = brushed(start, read_strokes(_brush(person, start)))
        _download(mask)
    return None if np.array_equal(mask, done.mask) else mask


def _brush(person: Person, mask: Bits) -> object:
    """The strokes that were drawn over this photo and this mask, as the browser tells them."""
    shown = Image.fromarray(person.photo)
    shown.thumbnail((SHOWN, SHOWN))
    small = Image.fromarray(mask).convert("L").resize(shown.size)
    alpha = Image.merge("LA", (small, small))
    identity = sha256(person.photo.tobytes() + mask.tobytes()).hexdigest()[:16]
    data = {
        "id": identity,
        "photo": _address(jpeg_bytes(shown), "jpeg"),
        "mask": _address(png_bytes(alpha, {}), "png"),
        "width": shown.width,
        "height": shown.height,
    }
    mount = st.components.v2.component(f"t2i_brush_{language()}", html=brush_html(), css=CSS, js=SCRIPT)
    told = mount(key="tryon_brush", data=data, on_drawn_change=_nothing)
    drawn = told.get("drawn")
    return drawn.get("strokes") if isinstance(drawn, dict) and drawn.get("id") == identity else None


def _nothing() -> None:
    """The page runs again after every stroke; there is nothing more to do."""


def _address(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _download(mask: Bits) -> None:
    st.download_button(
        tr("The mask as a PNG"),
        png_bytes(Image.fromarray(mask).convert("L"), {}),
        "mask.png",
        "image/png",
        key="tryon_mask_get",
        help=tr("White where the photo may be edited: change it in any program, and upload it here."),
    )
