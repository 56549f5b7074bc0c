import ast
import json
import warnings

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from t2i_core.data.literal_block import json_lines

texts = st.text() | st.text(alphabet="a'\"\\\n\t\x00é—\U0001f600{}[]:, /ux")
plain = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
records = st.recursive(plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))
quoted = st.dictionaries(st.text("ab'\"é &", max_size=5), st.text("ab'\"é\\\n", max_size=9))
pieces = st.lists(
    st.sampled_from(["'", '"', "\\", "a", "\\'", '\\"', "\\\\", "x41", "u0041", "ud83d", "/", "n", ", ", "[", "]", "#"])
)


def values(text: bytes) -> list[object]:
    """What a JSON parser makes of each line; the line itself where it takes none."""

    def value(line: bytes) -> object:
        try:
            return msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return ...

    return [value(line) for line in text.split(b"\n")]


def literals(lines: list[str]) -> list[object]:
    def value(line: str) -> object:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of unknown escapes
                return ast.literal_eval(line)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return ...

    return [value(line) for line in lines]


def read(lines: list[str]) -> list[object]:
    text = json_lines("\n".join(lines).encode())
    assert text is not None
    return values(text)


@given(st.lists(records, min_size=1, max_size=4))
def test_whatever_printed_records_become_says_what_they_say(made: list[object]) -> None:
    lines = [ascii(one) for one in made]
    for found, line in zip(read(lines), lines, strict=True):
        assert found is ... or repr(found) == repr(ast.literal_eval(line))


@given(
    st.lists(
        st.dictionaries(st.text("ab'\"é &", max_size=5), st.text("ab'\"é\\\n", max_size=9)), min_size=1, max_size=4
    )
)
def test_printed_texts_with_quotes_and_ordinary_escapes_all_become_json(made: list[dict[str, str]]) -> None:
    assert read([ascii(one) for one in made]) == made
    assert read([repr(one) for one in made]) == made


@given(st.lists(pieces.map("".join), min_size=1, max_size=4))
@example(["'a\\/b'", "'\\ud83d\\ude00'", '"it\'s"', "'5\"'", "'a'b'", "\"'"])
@example(["[\"a']", "['b']"])
@example(["'\\"])
@example(["'\\\\", "'a'"])
@example(["['\\x4', 'a']"])
@example(["'a' 'b'", "'''a'''", '""""""', "u'a'", "b'a'"])
@example(["['a' # it's\n]".replace("\n", " ")])
def test_no_scramble_of_quotes_and_escapes_is_read_as_anything_else_than_python_reads(lines: list[str]) -> None:
    for found, expected in zip(read(lines), literals(lines), strict=True):
        assert found is ... or repr(found) == repr(expected)


@given(st.lists(st.recursive(plain | st.none() | st.booleans(), lambda inner: st.lists(inner, max_size=3)), min_size=1))
def test_lines_of_json_stay_as_they_are(made: list[object]) -> None:
    lines = [json.dumps(one, ensure_ascii=False).encode("utf-8", "surrogatepass") for one in made]
    text = json_lines(b"\n".join(lines))
    for found, line in zip(values(text or b""), lines, strict=True):
        assert found is ... or found == msgspec.json.decode(line)


@pytest.mark.parametrize("text", [b"\xf8", b"'\xfb'", b"['a']\n\xfa"])
def test_bytes_that_are_no_utf8_are_left_alone(text: bytes) -> None:
    assert json_lines(text) is None


def test_a_hostile_text_takes_time_in_proportion_to_its_length() -> None:
    for text in (b"'\"" * 200_000, b"\\'" * 200_000, b'"' + b"'" * 400_000, b"\\" * 400_000):
        assert json_lines(text) is not None  # were it quadratic, the test would not end
