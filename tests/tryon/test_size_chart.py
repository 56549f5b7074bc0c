from pathlib import Path

import numpy as np
import pytest

from t2i_core.errors import InputError
from t2i_core.tryon.anthropometry import MEASURES, people
from t2i_core.tryon.size import Estimate, Interval
from t2i_core.tryon.size_chart import advise, chart_of_bytes, example_chart, read_chart

HEAD = "size,chest_min,chest_max,waist_min,waist_max\n"
GOOD = HEAD + "S,84,92,68,76\nM,92,100,76,84\nL,100,108,84,92\n"


def chart(text: str | bytes) -> object:
    return chart_of_bytes(text if isinstance(text, bytes) else text.encode(), "sizes.csv")


def somebody(chest: float, waist: float, sure: float = 0.005) -> Estimate:
    """Somebody of 170 cm, of whom chest and waist are known well."""
    beliefs = people().of(MEASURES)
    for name, value in (("chest", chest), ("waist", waist)):
        beliefs = beliefs.told({name: 1.0}, float(np.log(value / 170)), sure)
    values = np.exp(beliefs.mean) * 170
    measures = {
        name: Interval(float(value), float(value) - 1, float(value) + 1)
        for name, value in zip(MEASURES, values, strict=True)
    }
    return Estimate(170, measures, beliefs, ("front",), (), ())


def test_the_example_is_read_and_calls_itself_one() -> None:
    found = example_chart()
    assert "example" in found.name
    assert [size.name for size in found.sizes] == ["XS", "S", "M", "L", "XL", "XXL"]


@pytest.mark.parametrize(
    "text",
    [
        GOOD.encode("utf-8-sig"),
        GOOD.replace(",", ";").encode(),
        GOOD.replace(",", ";").replace("84;", "84,0;").encode(),
        GOOD.encode("utf-16"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("size", "Größe").encode("cp1252"),
    ],
    ids=["byte-order mark", "semicolons", "decimal commas", "utf-16", "windows line ends", "german"],
)
def test_charts_as_spreadsheets_write_them_are_read(text: bytes) -> None:
    found = chart_of_bytes(text, "sizes.csv")
    assert [size.name for size in found.sizes] == ["S", "M", "L"]
    assert found.sizes[1].ranges["chest"] == (92, 100)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no size chart"),
        (HEAD, "holds no sizes"),
        ("a,b,c\n1,2,3\n", "its columns are a, b, c"),
        ("size,length_min,length_max\nS,1,2\n", "at least one of shoulder"),
        ("size,chest_min\nS,84\n", "only one of the columns"),
        (HEAD + "S,eighty,92,68,76\n", "should be a number of centimetres; it is “eighty”"),
        (HEAD + "S,84,92,68\n", "waist of size S"),
        (HEAD + "S,92,84,68,76\n", "turn them round"),
        (HEAD + "S,33,36,26,28\nS,36,39,28,30\n", "has the size S twice"),
        (HEAD + "S,3,6,26,28\n", "no centimetres of a body"),
        (HEAD + "S,nan,92,68,76\n", "no centimetres"),
        (HEAD + ",84,92,68,76\n", "Line 2 of sizes.csv names no size"),
        (HEAD + "S,84,94,68,76\nM,92,100,76,84\n", "overlap in chest: one ends at 94, the other begins at 92"),
        (HEAD + "S,84,92,68,76\n" * 61, "at most 60"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "no size chart"),
        (GOOD + "x" * 1_000_000, "larger than 100 KB"),
    ],
)
def test_a_chart_that_is_none_is_refused_in_a_sentence(text: str | bytes, said: str) -> None:
    with pytest.raises(InputError) as refused:
        chart(text)
    assert said in str(refused.value)


def test_a_chart_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be opened"):
        read_chart(tmp_path / "none.csv")


def test_a_name_with_folders_in_it_stays_a_name() -> None:
    assert chart_of_bytes(GOOD.encode(), "../../etc/sizes.csv").name == "sizes.csv"


def test_rows_in_any_order_are_sorted() -> None:
    lines = GOOD.splitlines()
    found = chart_of_bytes("\n".join([lines[0], *lines[:0:-1]]).encode(), "sizes.csv")
    assert [size.name for size in found.sizes] == ["S", "M", "L"]


def test_somebody_in_the_middle_of_a_size_gets_it() -> None:
    advice = advise(somebody(96, 80), chart_of_bytes(GOOD.encode(), "sizes.csv"))
    assert advice.size == "M"
    assert advice.chances["M"] > 0.9


def test_the_larger_of_two_measures_decides() -> None:
    advice = advise(somebody(96, 89), chart_of_bytes(GOOD.encode(), "sizes.csv"))
    assert advice.size == "L"
    assert any("chest M, waist L" in note for note in advice.notes)


def test_an_unsure_body_lies_between_two_sizes() -> None:
    advice = advise(somebody(100, 83, sure=0.05), chart_of_bytes(GOOD.encode(), "sizes.csv"))
    assert any("nearly as likely" in note or "look at the intervals" in note for note in advice.notes)


def test_somebody_beyond_the_chart_gets_no_size() -> None:
    advice = advise(somebody(130, 120), chart_of_bytes(GOOD.encode(), "sizes.csv"))
    assert advice.size is None
    assert advice.chances["larger than the chart"] > 0.9
    small = advise(somebody(75, 60), chart_of_bytes(GOOD.encode(), "sizes.csv"))
    assert small.size is None
    assert small.chances["smaller than the chart"] > 0.9


def test_chances_add_up_and_are_the_same_each_time() -> None:
    found, sizes = somebody(98, 82, sure=0.05), example_chart()
    first, second = (advise(found, sizes) for _ in range(2))
    assert first == second
    assert sum(first.chances.values()) == pytest.approx(1, abs=0.01)


def test_what_the_chart_is_silent_on_is_named() -> None:
    assert any("says nothing of" in note for note in advise(somebody(96, 80), example_chart()).notes)
