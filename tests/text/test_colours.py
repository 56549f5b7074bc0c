import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from t2i_core.errors import InputError
from t2i_core.text.colours import difference, hex_to_lab, lab_to_hex, name_of, normalise_hex

hexes = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize("text", ["#D02030", "d02030", "  #d02030\n", "D02030"])
def test_a_colour_may_be_typed_with_or_without_hash_in_any_case(text: str) -> None:
    assert normalise_hex(text) == "#d02030"


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12345g", "##112233", "#1122334", "rgb(1,2,3)", "#１１２２３３"])
def test_anything_else_is_refused_by_the_attributes_name(text: str) -> None:
    with pytest.raises(InputError, match="tone must be a colour like #d02030"):
        normalise_hex(text, "tone")


def test_a_long_wrong_colour_is_quoted_only_in_part() -> None:
    with pytest.raises(InputError) as problem:
        normalise_hex("x" * 10_000)
    assert len(str(problem.value)) < 200


@pytest.mark.parametrize(
    ("colour", "lab"),
    [
        ("#000000", (0.0, 0.0, 0.0)),
        ("#ffffff", (100.0, 0.0, 0.0)),
        ("#ff0000", (53.24, 80.09, 67.20)),
        ("#0000ff", (32.30, 79.19, -107.86)),
    ],
)
def test_lab_values_are_those_of_the_standard(colour: str, lab: tuple[float, float, float]) -> None:
    assert hex_to_lab(colour) == pytest.approx(lab, abs=0.05)


@given(hexes)
def test_every_colour_comes_back_from_lab(colour: str) -> None:
    assert lab_to_hex(hex_to_lab(colour)) == colour


@pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB:UserWarning")
@given(st.tuples(st.floats(-50, 150), st.floats(-200, 200), st.floats(-200, 200)))
def test_a_lab_colour_no_screen_can_show_becomes_one_it_can(lab: tuple[float, float, float]) -> None:
    shown = lab_to_hex(np.array(lab))
    assert normalise_hex(shown) == shown


def test_the_difference_is_that_of_the_published_test_pairs() -> None:
    # Sharma, Wu & Dalal (2005), The CIEDE2000 color-difference formula, table 1, pairs 1 and 24
    assert difference((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert difference((50.0, 2.5, 0.0), (61.0, -5.0, 29.0)) == pytest.approx(22.8977, abs=1e-4)


@given(hexes, hexes)
def test_the_difference_has_no_direction(first: str, second: str) -> None:
    there, back = (difference(hex_to_lab(a), hex_to_lab(b)) for a, b in ((first, second), (second, first)))
    assert there == pytest.approx(back, abs=1e-6)
    assert (there > 0) == (first != second)


@pytest.mark.parametrize(
    ("code", "name"),
    [("#000000", "Black"), ("#ffffff", "White"), ("#d01818", "Red"), ("#203a8a", "Blue"), ("#5a3a20", "Brown")],
)
def test_a_measured_colour_gets_the_name_a_shop_would_use(code: str, name: str) -> None:
    assert name_of(hex_to_lab(code)) == name
