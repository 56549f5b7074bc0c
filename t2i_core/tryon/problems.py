"""Why a garment cannot be put on a photo, each in a sentence that says what to do about it."""

from t2i_core.errors import ImageError
from t2i_core.tryon.framing import Box


class TryOnError(ImageError):
    """A photo or a garment that try-on cannot work with. `kind` names the reason for programs."""

    kind = "try-on"


class NoPerson(TryOnError):
    """Nobody is in the photo."""

    kind = "no person"


class SeveralPeople(TryOnError):
    """More than one; boxes are around each, so that one can be chosen."""

    kind = "several people"

    def __init__(self, message: str, boxes: list[Box]) -> None:
        super().__init__(message)
        self.boxes = boxes


class BackView(TryOnError):
    """Seen from behind."""

    kind = "back view"


class HeadOnly(TryOnError):
    """A portrait without the part of the body that the garment covers."""

    kind = "head only"


class TooSmall(TryOnError):
    """Too few pixels."""

    kind = "too small"


class ArmsHidden(TryOnError):
    """Neither arm can be seen."""

    kind = "arms hidden"


class GarmentNotFound(TryOnError):
    """No garment of that kind in its picture."""

    kind = "garment not found"
