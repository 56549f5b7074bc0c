"""A picture as pages hold it, whether it was drawn just now or comes from the gallery."""

from collections.abc import Sequence
from dataclasses import dataclass

from t2i_core.errors import ImageError
from t2i_core.generate.gallery import Entry, picture_id
from t2i_core.generate.picture import Picture
from t2i_core.generate.request import GenerateRequest
from t2i_core.ui.language import tr
from t2i_core.ui.messages import shorten


@dataclass(frozen=True)
class Card:
    """The PNG file itself is what a page shows, so that a browser's own “save image” keeps the settings too."""

    id: str
    png: bytes
    request: GenerateRequest

    @classmethod
    def of(cls, picture: Picture) -> "Card":
        png = picture.png()
        return cls(picture_id(png), png, picture.request)


def cards_of(entries: Sequence[Entry]) -> tuple[list[Card], list[Entry]]:
    """The gallery's pictures as cards, and the entries whose files are gone or damaged."""
    cards, lost = [], []
    for entry in entries:
        try:
            png = entry.path.read_bytes()
            Picture.open(png)
        except (OSError, ImageError):
            lost.append(entry)
        else:
            cards.append(Card(entry.id, png, entry.request))
    return cards, lost


def describe(request: GenerateRequest) -> str:
    """A request in a few words: the prompt and what was asked for besides."""
    named = ", ".join(chosen(request).values())
    return shorten(" · ".join(part for part in (request.prompt.strip(), named) if part), 120)


def chosen(request: GenerateRequest) -> dict[str, str]:
    """The attributes of a request in words; a blended one tells both values, e.g. “pink with 40% blue”."""
    values = {name: shown(value) for name, value in request.attributes.items()}
    return values | {
        name: tr("{first} with {share:.0%} {second}", first=values[name], share=share, second=other)
        for name, (other, share) in request.blend.items()
    }


def shown(value: object) -> str:
    """A value without needless digits."""
    return f"{value:g}" if isinstance(value, float) else str(value)
