"""A grid over two attributes with everything else, the noise above all, held fixed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from PIL import Image

from t2i_core.errors import InputError
from t2i_core.generate.picture import Picture
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.generate.sampler import Progress
from t2i_core.images import contact_sheet
from t2i_core.text.attributes import AttributeSpace, Choice, Value

MAX_CELLS = 400


class Axis(NamedTuple):
    """The attribute that changes along the rows or the columns of a grid, and its values in order."""

    name: str
    values: Sequence[Value]

    @property
    def labels(self) -> list[str]:
        return [value if isinstance(value, str) else f"{value:g}" for value in self.values]

    @classmethod
    def parse(cls, text: str, space: AttributeSpace) -> "Axis":
        """From `name=value,value,…`, or the bare name of a choice, which stands for all its values.

        Raises InputError for an attribute or a value the model does not know.
        """
        name, _, listed = text.partition("=")
        attribute = space.get(name.strip())
        if not listed.strip():
            if not isinstance(attribute, Choice):
                raise InputError(f"Say which values of {attribute.name} to show, as {attribute.name}=value,value.")
            return cls(attribute.name, attribute.values)
        values = [value for value in listed.split(",") if value.strip()]
        return cls(attribute.name, [attribute.check(value) for value in values])


@dataclass(frozen=True)
class Grid:
    """Pictures in rows of `len(columns.values)`, what changes along each side, and the request all cells share."""

    pictures: tuple[Picture, ...]
    rows: Axis
    columns: Axis
    request: GenerateRequest

    def at(self, row: int, column: int) -> Picture:
        """The picture of a cell; its request draws it again."""
        return self.pictures[row * len(self.columns.values) + column]

    def picture(self, scale: int = 2) -> Picture:
        """The sheet with the shared request, ready to be saved."""
        return Picture(self.sheet(scale), self.request, sum(picture.seconds for picture in self.pictures))

    def sheet(self, scale: int = 2) -> Image.Image:
        """The grid as one picture, its rows and columns labelled."""
        return contact_sheet(
            [picture.image for picture in self.pictures],
            len(self.columns.values),
            row_labels=self.rows.labels,
            column_labels=self.columns.labels,
            scale=scale,
        )


def vary(
    pipe: TextToImage,
    request: GenerateRequest,
    rows: tuple[str, Sequence[Value]],
    columns: tuple[str, Sequence[Value]],
    on_step: Progress | None = None,
) -> Grid:
    """One picture for every pair of values, all from the noise of `request.seed`, so that only what is named changes.

    rows, columns: an attribute's name and its values. Where the prompt says something else about it, the value wins,
    in the words the network reads too. Raises InputError for an unknown attribute or value, the same attribute on
    both sides, or more than 400 cells.
    """
    across, down = _checked(pipe.space, columns), _checked(pipe.space, rows)
    if across.name == down.name:
        raise InputError(f"Rows and columns are both {down.name}. Choose two attributes.")
    cells = len(across.values) * len(down.values)
    if cells > MAX_CELLS:
        raise InputError(f"This grid has {cells:,} cells; the limit is {MAX_CELLS}. Choose fewer values.")
    asked = [
        replace(request, count=1, attributes={**request.attributes, down.name: row, across.name: column})
        for row in down.values
        for column in across.values
    ]
    shared = pipe.tidy(replace(request, count=1))
    return Grid(tuple(pipe.generate_many(asked, on_step)), down, across, shared)


def _checked(space: AttributeSpace, axis: tuple[str, Sequence[Value]]) -> Axis:
    name, values = axis
    if not values:
        raise InputError(f"Name at least one value of {name}.")
    return Axis(name, [space.get(name).check(value) for value in values])
