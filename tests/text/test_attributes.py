import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from t2i_core.errors import InputError
from t2i_core.text.attributes import AttributeSpace, Choice, Number, Tone, Value
from t2i_core.text.colours import hex_to_lab

COLOUR = Choice("colour", ("Red", "Navy Blue"))
FILL = Number("fill", 0.5, 1.0, mean=0.9, scale=0.1, default=0.92)
TONE = Tone("tone", mean=(50.0, 4.0, 3.0), scale=(25.0, 15.0, 10.0))
SPACE = AttributeSpace((Choice("gender", ("Men", "Women")), TONE, COLOUR, FILL, Number("aspect", -3, 3, 0.0, 2.0)))


def test_a_choice_is_spelled_as_the_model_spells_it() -> None:
    assert COLOUR.check("  navy blue ") == "Navy Blue"


def test_a_choice_the_model_lacks_is_answered_with_those_it_has() -> None:
    with pytest.raises(InputError, match=r"colour cannot be “teal”\. Choose one of: Red, Navy Blue\."):
        COLOUR.check("teal")


def test_of_many_choices_only_the_first_dozen_are_listed() -> None:
    with pytest.raises(InputError) as problem:
        Choice("category", tuple(f"Thing {i}" for i in range(90))).check("x" * 10_000)
    assert "Thing 11, …" in str(problem.value)
    assert len(str(problem.value)) < 300


@pytest.mark.parametrize("value", [0.5, 1, "0.75", " 1.0 "])
def test_a_number_in_range_may_be_given_as_text(value: Value) -> None:
    assert FILL.check(value) == float(value)


@pytest.mark.parametrize("value", [0.49, 1.01, "nan", float("inf"), "-inf", 10**400])
def test_a_number_out_of_range_is_answered_with_the_range(value: Value) -> None:
    with pytest.raises(InputError, match="fill must"):
        FILL.check(value)


@pytest.mark.parametrize("value", ["", "big", "1,0", "0.7 of it"])
def test_what_is_not_a_number_is_refused_and_quoted(value: str) -> None:
    with pytest.raises(InputError, match=f"fill must be a number, not “{value}”"):
        FILL.check(value)


def test_a_tone_is_a_colour_code() -> None:
    assert TONE.check("D02030") == "#d02030"
    with pytest.raises(InputError, match="tone must be a colour like"):
        TONE.check("red")


def test_an_unknown_attribute_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"no attribute “size”\. It knows: gender, tone, colour, fill, aspect\."):
        SPACE.check({"size": "XL"})


def test_defaults_are_those_of_the_numbers_that_have_one() -> None:
    assert SPACE.defaults() == {"fill": 0.92}


def test_width_counts_three_for_a_tone_and_none_for_a_choice() -> None:
    assert SPACE.width == 5


def test_what_is_not_asked_for_is_marked_as_not_given() -> None:
    encoded = SPACE.encode({})
    assert encoded.choices.tolist() == [0, 0]
    assert encoded.numbers.tolist() == [0, 0, 0, 0, 0]
    assert encoded.given.tolist() == [0, 0, 0, 0, 0]


def test_values_are_encoded_in_the_order_of_the_space() -> None:
    encoded = SPACE.encode({"colour": "navy blue", "aspect": 1, "tone": "#ff0000", "fill": 0.8})
    lightness, a, b = hex_to_lab("#ff0000")
    assert encoded.choices.tolist() == [0, 2]
    assert encoded.numbers == pytest.approx([(lightness - 50) / 25, (a - 4) / 15, (b - 3) / 10, -1.0, 0.5], abs=1e-5)
    assert encoded.given.tolist() == [1, 1, 1, 1, 1]
    assert encoded.choices.dtype == np.int64
    assert encoded.numbers.dtype == np.float32


def test_a_space_comes_back_from_its_json() -> None:
    stored = json.loads(json.dumps(SPACE.to_json()))
    assert AttributeSpace.from_json(stored) == SPACE


@given(st.text(), st.one_of(st.text(), st.floats(), st.integers()))
def test_any_name_and_value_are_either_understood_or_refused_in_words(name: str, value: Value) -> None:
    for attribute in (name, "gender", "tone", "fill"):
        try:
            checked = SPACE.check({attribute: value})
        except InputError as problem:
            assert len(str(problem)) < 300  # noqa: PT017 - either outcome is right
        else:
            assert SPACE.check(checked) == checked
