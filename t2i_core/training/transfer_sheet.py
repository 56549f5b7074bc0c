"""The sheet of a card of pose transfer, on which nobody's photo is: a drawn mannequin in drawn garments."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from t2i_core.data.parts import LOWER, SKIN, UPPER
from t2i_core.images import contact_sheet
from t2i_core.tryon.appearance import Appearance, Size, of_person
from t2i_core.tryon.dress import Dresser, put_on
from t2i_core.tryon.framing import around
from t2i_core.tryon.parsing import Parsed
from t2i_core.tryon.stances import STANCES, stance
from t2i_core.tryon.transfer import Borrowed, Transfer, TransferRequest, enlarged
from t2i_core.tryon.wardrobe import WARDROBE

OUTFITS = (("Striped T-shirt", "Jeans"), ("Red T-shirt",), ("Green pullover", "Jeans"))
CHANGED = 24  # of 255: from which on a pixel shows the garment that was put on
TIMES = 2


def drawn_sheet(drawer: Transfer, dresser: Dresser) -> Image.Image:
    """A row an outfit: the mannequin in it, then drawn in every other stance. The last row: the first outfit with more
    and more of the last one's top."""
    looks = [dressed(names, dresser, drawer.size) for names in OUTFITS]
    poses = [of_person(stance(name), drawer.size).joints for name in STANCES][1:]
    pictures: list[Image.Image] = []
    for look in looks:
        pictures += [Image.fromarray(look.pixels), *(drawer.draw(TransferRequest(look, pose)) for pose in poses)]
    shares = np.linspace(0, 1, len(STANCES))
    mixed = [TransferRequest(looks[0], poses[0], (Borrowed(looks[-1], {"upper": float(share)}),)) for share in shares]
    pictures += [drawer.draw(request) for request in mixed]
    return contact_sheet([enlarged(picture, TIMES) for picture in pictures], len(STANCES))


def dressed(names: Sequence[str], dresser: Dresser, size: Size) -> Appearance:
    """The mannequin in garments of the wardrobe, with their parts."""
    person = stance("standing")
    garments = [(one.slot, dresser.cut(one.draw(), one.slot)) for one in WARDROBE if one.name in names]
    parts = person.parts.copy()
    for slot, garment in garments:
        done = np.asarray(put_on(person, [garment]).image).astype(int)
        shown = np.abs(done - person.photo).max(2) > CHANGED
        part = UPPER if slot == "upper" else LOWER
        parts[shown & np.isin(person.parts, (SKIN, part))] = part
    image = put_on(person, [garment for _, garment in garments]).image
    parsed = Parsed.of_parts(parts, around(person.pose.box()))
    return of_person(replace(person, photo=np.asarray(image), parsed=parsed), size)
