"""Garments on photos."""

from typing import TYPE_CHECKING

from t2i_core.api.models import dresser
from t2i_core.errors import InputError
from t2i_core.images import open_image
from t2i_core.turns import Work, get_turns

if TYPE_CHECKING:  # OpenCV takes a second to import
    from PIL import Image

    from t2i_core.tryon.dress import Dressed
    from t2i_core.tryon.garment import Slot
    from t2i_core.tryon.person import Person


def try_on(
    photo: bytes | None = None,
    garment: bytes | None = None,
    slot: str = "upper",
    shelf: str = "",
    consent: bool = False,
    at: str = "",
) -> "Dressed":
    """Put a garment on the person of a photo, in their own pose; face and background stay as they are.

    Args:
        photo: one person from the front, at least to the hips; left out: a mannequin
        garment: its picture, worn by one person or flat on a plain ground; left out: one from the shelf
        slot: where the garment of the picture is worn: upper, lower or dress
        shelf: the name of a garment of the studio's own, in place of a picture
        consent: that the photo is of yourself, or of somebody who agreed to this
        at: where several people are in the photo, a point on the one who is meant, in its pixels, as X,Y
    """
    from t2i_core.tryon.dress import put_on
    from t2i_core.tryon.mannequin import mannequin
    from t2i_core.tryon.person import require

    if photo and not consent:
        raise InputError("Say first that the photo is of yourself, or of somebody who agreed to this.")
    picture, place, spot = *_garment(garment, slot, shelf), _point(at)
    shown = open_image(photo) if photo else None
    with get_turns().take(Work("try-on", "pose")):
        person: Person = dresser().see(shown, spot) if shown else mannequin()
        require(person, place)
        return put_on(person, [dresser().cut(picture, place)])


def shelf_names() -> list[str]:
    """The names of the garments that the studio has itself."""
    from t2i_core.tryon.wardrobe import WARDROBE

    return [one.name for one in WARDROBE]


def _point(text: str) -> tuple[float, float] | None:
    if not text.strip():
        return None
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as problem:
        raise InputError(f"A point is two numbers, as 120,300; got “{text[:40]}”.") from problem
    return x, y


def _garment(file: bytes | None, slot: str, shelf: str) -> "tuple[Image.Image, Slot]":
    """The garment's picture, and where it is worn."""
    from t2i_core.tryon.garment import SLOTS
    from t2i_core.tryon.wardrobe import WARDROBE

    if file:
        for known in SLOTS:
            if known == slot:
                return open_image(file), known
        raise InputError(f"A garment is worn as {', '.join(SLOTS)}; got “{slot[:40]}”.")
    for one in WARDROBE:
        if one.name == shelf:
            return one.draw(), one.slot
    raise InputError(f"Give a garment's picture, or choose one of the shelf: {', '.join(shelf_names())}.")
