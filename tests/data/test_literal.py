import ast
import json
import warnings
from itertools import islice

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from t2i_core.data import literal
from t2i_core.data.made_up import made_up_lines

texts = st.text() | st.text(alphabet="a'\"\\\n\t\x00é—\U0001f600{}[]:, ")
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
records = st.recursive(plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))
odd = st.binary() | st.complex_numbers(allow_nan=False, allow_infinity=False) | st.tuples(texts, st.integers())
anything = st.recursive(
    plain | odd, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers() | texts, inner, max_size=3)
)


def same(line: str) -> bool:
    """Whether a line is read as `ast.literal_eval` reads it, to the types and the signs of zeros."""
    return repr(literal.loads(line.encode())) == repr(ast.literal_eval(line))


@given(records)
def test_what_printing_a_record_gives_is_read_as_ast_reads_it(value: object) -> None:
    assert same(ascii(value))


@given(anything)
def test_any_other_literal_is_read_as_ast_reads_it(value: object) -> None:
    assert same(ascii(value))


@given(st.lists(texts, max_size=5), st.sampled_from(["u", "U", ""]), st.sampled_from([" ", ""]))
def test_marked_and_quoted_as_another_python_would_texts_are_the_same(words: list[str], mark: str, space: str) -> None:
    line = "[" + f",{space}".join(f"{mark}{word!a}" for word in words) + "]"
    assert same(line)


@given(st.text(alphabet="ab'\"\\ux01nNULd8,[]{}: #()-+.eE_jTrueNone", max_size=24))
@example("'''a'b'''")
@example("['a' 'b']")
@example("{'a': true}")
@example("['\\ud83d\\ude00']")
@example("['\\/']")
@example("[b'a', u'b']")
@example("[1e999, 1_000, 0x1f, 1.e5, .5, 1E5, 1e-05]")
@example("['a' # b\n]")
@example("['\\x4']")
@example("['\\x4a\\'\"']")
@example("[0o17, -1, +1, 1+2j]")
def test_whatever_ast_reads_is_read_the_same(line: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of unknown escapes
            expected = ast.literal_eval(line)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return
    assert repr(literal.loads(line.encode())) == repr(expected)


def test_made_up_metadata_is_read_as_ast_reads_it_and_never_by_ast(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = list(islice(made_up_lines("2014-literal"), 300))
    expected = [ast.literal_eval(line.decode()) for line in lines]
    monkeypatch.setattr(literal, "evaluate", lambda line: pytest.fail(f"left to ast: {line!r}"))
    assert [literal.loads(line) for line in lines] == expected


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"{'a': }",
        b"{'a': 'b'",
        b"'abc",
        b'"abc\\',
        b"\xff\xfe",
        b"__import__('os').getcwd()",
        b"{'a': open('/etc/passwd')}",
        b"[" * 100_000,
        b"-" * 100_000 + b"1",
        b"1" + b"+1" * 50_000,
        b"'a'" + b" 'a'" * 10 + b"\x00",
        b"9" * 10_000,
    ],
)
def test_what_is_no_literal_raises_value_error_and_runs_nothing(line: bytes) -> None:
    with pytest.raises(ValueError, match="neither JSON nor a Python literal"):
        literal.loads(line)


def test_a_hostile_line_takes_time_in_proportion_to_its_length() -> None:
    for line in (b"'\"" * 200_000, b"['" + b"\\'" * 200_000, b'["' + b"'" * 400_000, b"a" * 400_000):
        with pytest.raises(ValueError, match="neither"):
            literal.loads(line)  # were it quadratic, the test would not end


def test_json_is_read_too() -> None:
    assert literal.loads(json.dumps({"a": ["b", 1, "it's"]}).encode()) == {"a": ["b", 1, "it's"]}
