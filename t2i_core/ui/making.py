"""Work that pages run in the background: draw, and put what was drawn into the gallery.

Results are made here and not in the pages: Streamlit runs a page's file anew each time, so that a class defined in
it is another class each time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from t2i_core.errors import OutputError
from t2i_core.generate.gallery import open_gallery
from t2i_core.generate.picture import Picture
from t2i_core.generate.request import GenerateRequest
from t2i_core.text.attributes import Value
from t2i_core.ui.cards import Card
from t2i_core.ui.job import OnStep

if TYPE_CHECKING:  # torch takes seconds to import: a page shows itself first
    from t2i_core.generate.pipeline import TextToImage
    from t2i_core.generate.variations import Grid

Side = tuple[str, Sequence[Value]]  # an attribute and the values it goes through


@dataclass(frozen=True)
class Made:
    """Drawn pictures, and why they are not in the gallery where they could not be saved."""

    cards: Sequence[Card]
    problem: str | None = None


@dataclass(frozen=True)
class MadeGrid:
    """A drawn grid, and its pictures as cards, row by row."""

    grid: "Grid"
    made: Made


def draw_pictures(pipe: "TextToImage", request: GenerateRequest, on_step: OnStep) -> Made:
    """The request's pictures, saved."""
    return _saved(pipe.generate(request, on_step))


def draw_many(pipe: "TextToImage", requests: Sequence[GenerateRequest], on_step: OnStep) -> Made:
    """The pictures of several requests, saved."""
    return _saved(pipe.generate_many(requests, on_step))


def draw_grid(pipe: "TextToImage", request: GenerateRequest, rows: Side, columns: Side, on_step: OnStep) -> MadeGrid:
    """A variation grid, saved."""
    from t2i_core.generate.variations import vary

    grid = vary(pipe, request, rows, columns, on_step)
    return MadeGrid(grid, _saved(grid.pictures))


def _saved(pictures: Sequence[Picture]) -> Made:
    """A gallery that cannot be written to costs no picture: the page shows them and says why."""
    problem = None
    try:
        open_gallery().add(pictures)
    except OutputError as refused:
        problem = str(refused)
    return Made([Card.of(picture) for picture in pictures], problem)
