from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from t2i_core.errors import Cancelled, InputError
from t2i_core.generate.picture import Picture
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.generate.variations import Axis, vary
from tests.tiny import SPACE

REQUEST = GenerateRequest("Nike Men Red Sports Shoes", {"fill": 0.8}, seed=5)
ROWS = ("category", ["Sports Shoes", "Watches"])
COLUMNS = ("colour", ["Red", "Blue", "Green"])


def test_every_pair_of_values_gets_its_cell(pipe: TextToImage) -> None:
    grid = vary(pipe, REQUEST, ROWS, COLUMNS)
    asked = [(cell.request.attributes["category"], cell.request.attributes["colour"]) for cell in grid.pictures]
    assert asked == [(row, column) for row in ROWS[1] for column in COLUMNS[1]]
    assert grid.at(1, 2).request.attributes == {"category": "Watches", "colour": "Green", "fill": 0.8}


def test_cells_differ_in_nothing_but_the_two_attributes(pipe: TextToImage) -> None:
    grid = vary(pipe, replace(REQUEST, count=4), ROWS, COLUMNS)
    assert {(cell.request.prompt, cell.request.seed, cell.request.count) for cell in grid.pictures} == {
        (REQUEST.prompt, 5, 1)
    }
    noises = [pipe.noise(cell.request) for cell in grid.pictures]
    assert all((noise == noises[0]).all() for noise in noises)


def test_a_cell_can_be_drawn_again_from_its_own_request(pipe: TextToImage) -> None:
    cell = vary(pipe, REQUEST, ROWS, COLUMNS).at(1, 1)
    again = pipe.generate(cell.request)[0]
    assert np.abs(np.asarray(cell.image, int) - np.asarray(again.image, int)).max() <= 3


def test_the_words_the_network_reads_follow_the_cell(pipe: TextToImage) -> None:
    grid = vary(pipe, REQUEST, ROWS, COLUMNS)
    assert pipe.words(grid.at(0, 0).request) == "Nike Men Red Sports Shoes"
    assert pipe.words(grid.at(1, 2).request) == "Nike Men Green Watches"


def test_numbers_may_vary_too(pipe: TextToImage) -> None:
    grid = vary(pipe, REQUEST, ("fill", [0.5, "0.75", 1]), ("tone", ["#FF0000", "#00ff00"]))
    assert grid.rows.labels == ["0.5", "0.75", "1"]
    assert grid.columns.labels == ["#ff0000", "#00ff00"]
    assert len(grid.pictures) == 6


def test_the_sheet_has_room_for_every_cell_and_its_labels(pipe: TextToImage) -> None:
    grid = vary(pipe, REQUEST, ROWS, COLUMNS)
    width, height = grid.sheet(scale=2).size
    assert width > 3 * 64
    assert height > 2 * 64


def test_the_saved_sheet_remembers_the_request_its_cells_share(pipe: TextToImage, tmp_path: Path) -> None:
    saved = vary(pipe, REQUEST, ROWS, COLUMNS).picture().save(tmp_path / "grid.png")
    assert Picture.open(saved).request == replace(REQUEST, model="tiny")


@pytest.mark.parametrize(
    ("rows", "columns", "told"),
    [
        (("size", ["42"]), COLUMNS, "no attribute “size”"),
        (ROWS, ("colour", ["Sparkling"]), "colour cannot be “Sparkling”"),
        (ROWS, ("colour", []), "at least one value of colour"),
        (ROWS, ROWS, "both category"),
        (("fill", [0.5] * 21), ("aspect", [0.0] * 20), "420 cells"),
    ],
)
def test_a_senseless_grid_says_what_is_wrong(
    pipe: TextToImage, rows: tuple[str, list[str]], columns: tuple[str, list[str]], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        vary(pipe, REQUEST, rows, columns)


def test_a_grid_can_be_cancelled(pipe: TextToImage) -> None:
    def stop(done: int, total: int) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        vary(pipe, REQUEST, ROWS, COLUMNS, stop)


def test_an_axis_is_read_from_text() -> None:
    assert Axis.parse("colour=red, Navy Blue", SPACE) == Axis("colour", ["Red", "Navy Blue"])
    assert Axis.parse(" fill = 0.5,1", SPACE) == Axis("fill", [0.5, 1.0])


def test_the_bare_name_of_a_choice_stands_for_all_its_values() -> None:
    assert list(Axis.parse("gender", SPACE).values) == ["Men", "Women", "Boys", "Girls", "Unisex"]


@pytest.mark.parametrize("text", ["", "=", "size=42", "colour=Sparkling", "fill", "fill=wide"])
def test_text_that_is_no_axis_is_an_input_error(text: str) -> None:
    with pytest.raises(InputError):
        Axis.parse(text, SPACE)
