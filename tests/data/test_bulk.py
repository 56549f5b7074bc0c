"""What is read at once must be what is read alone, whatever the lines are."""

import ast
import json
from collections.abc import Sequence
from itertools import islice

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from t2i_core.data import bulk
from t2i_core.data.amazon import wanted_categories
from t2i_core.data.bulk import read_lines
from t2i_core.data.bulk_paths import path_chooser
from t2i_core.data.catalogues import Parsed
from t2i_core.data.lines import Block
from t2i_core.data.made_up import FORMS, made_up_lines
from t2i_core.data.prepare import parse_alone, parse_block

texts = st.text(max_size=8) | st.text(alphabet="a'\"\\\t é—&<b>\u2028Ã©/", max_size=12)
addresses = st.sampled_from(
    ["", "http://a/b.jpg", "https://a/c.jpg", "ftp://a", "http://a/no-img-sm.gif", "http://a b"]
)
ids = st.sampled_from(["B1", "0123456789", "é1", "", "a b", "x" * 65]) | st.none()
prices = st.sampled_from(["$1,0.5", "from $3 - $4", "", "x"])
lists = st.lists(st.sampled_from(["B1", "B2"]) | texts, max_size=3)
paths = st.lists(st.sampled_from(["Shoes", "Boots & More", " Guitars ", "<b>"]) | texts, max_size=3)
wrong: st.SearchStrategy[object] = (
    st.none() | st.integers() | st.just({}) | st.lists(st.integers() | st.none(), max_size=2) | st.just(1e308)
)
pictures = st.fixed_dictionaries(
    {},
    optional={
        "variant": st.sampled_from(["MAIN", "PT01"]),
        "hi_res": addresses | st.none(),
        "large": addresses | wrong,
    },
)
records = st.fixed_dictionaries(
    {},
    optional={
        "asin": ids | wrong,
        "parent_asin": ids,
        "title": texts | st.sampled_from(["Boots", "new Date().getTime()", "x" * 2_500, "a  b", " a "]) | wrong,
        "brand": texts | wrong,
        "store": texts | st.none(),
        "details": st.fixed_dictionaries({}, optional={"Brand": texts | wrong}) | wrong,
        "categories": st.lists(paths, max_size=3) | paths | wrong,
        "category": paths | st.lists(paths, max_size=2) | wrong,
        "main_category": texts | st.none(),
        "main_cat": texts | st.just('<img alt="Shop"/>') | wrong,
        "price": st.floats(allow_nan=False, allow_infinity=False)
        | st.sampled_from(["$1,0.5", "from $3 - $4", "", "x"])
        | wrong,
        "imUrl": addresses | wrong,
        "imageURLHighRes": st.lists(addresses, max_size=2) | wrong,
        "imageURL": st.lists(addresses, max_size=2) | wrong,
        "images": st.lists(pictures, max_size=3) | wrong,
        "related": st.fixed_dictionaries({}, optional={"also_bought": lists | wrong, "bought_together": lists}) | wrong,
        "also_buy": lists | wrong,
        "also_view": lists,
        "description": texts | wrong,
    },
)
written = st.builds(lambda write, record: write(record).encode(), st.sampled_from([ascii, json.dumps]), records)
unicode_lines = st.builds(lambda write, record: write(record).encode("utf-8", "surrogatepass"), st.just(repr), records)
ODD = [
    b"",
    b"  ",
    b"{'asin': ",
    b"\xff\xfe",
    b"{'asin': 'B1', 'x': '\xf8'}",
    b'{"asin": "B1", "imageURL": ["\xe9"]}',
    b"\xef\xbb\xbf{'asin': 'B1'}",
    b' {"asin": "B1", "title": "a\\/b"}',
    b"{'asin': 'B1'} {'asin': 'B2'}",
    b'{"asin": "B1"} {"asin": "B2"}',
    b"{'asin': \"B1'}",
    b"{'asin': 'B1', 'title': 'a' # it's \"}",
    b"{'asin': 'B1', 'title': None}\r",
    b"['B1']",
    b"null",
    b'{"asin": "B1", "asin": "B2", "title": "a", "title": 5}',
    b'{"asin": "B1", "title": "a\\ud800b", "categories": [["c"]]}',
    b'{"asin": "B1", "title": "\\ud83d\\ude00 \\u00e9", "categories": [["c"]], "x": "\\ud800"}',
    b'{"asin": "B1", "price": NaN, "categories": [["c"]]}',
    b'{"asin": "B1", "price": 1e999, "categories": [["c"]]}',
    b'{"asin": "B1", "price": ' + b"9" * 400 + b', "categories": [["c"]]}',
    b'{"asin": "B1", "categories": [["c"]], "x": ' + b"9" * 5_000 + b"}",
    b'{"asin": "B1", "categories": [[["c"]]], "category": [{"a": ["b"]}]}',
    b'{"asin": "B1", "categories": [["c"]], "details": 1, "x": ' + b"9" * 5_000 + b"}",
    b'{"asin": "B1", "categories": [["c"]], "also_buy": ["B2"], "bought_together": null}',
    b'{"asin": "B1", "categories": [["c"]], "related": {"also_bought": ["B2"], "bought_together": "null"}}',
    b'{"asin": "B1", "categories": [["c"]], "also_buy": [["B2"], "B3", 5], "also_view": "B4"}',
    b'{"asin": "B1", "categories": [["c"]], "also_buy": [["B2"], "B3"], "also_view": "B4"}',
    b'{"asin": "B1", "categories": [["c"]], "x": "\x00"}',
    b'{"asin": "B1", "x": [{}',
    b'{"asin": "B2"}, {"categories": [["c"]]}]}',
    b'{"asin": "B1", "categories": [["c"]]}\r',
]
any_lines = st.lists(written | unicode_lines | st.sampled_from(ODD), min_size=1, max_size=5)


def at_once(lines: Sequence[bytes], words: Sequence[str] = ()) -> Parsed:
    return parse_block(Block(b"\n".join(lines) + b"\n"), words)


def alone(lines: Sequence[bytes], words: Sequence[str] = ()) -> Parsed:
    return parse_alone(enumerate(lines), wanted_categories(words))[0]


def check(lines: Sequence[bytes], words: Sequence[str] = ()) -> None:
    quick, slow = at_once(lines, words), alone(lines, words)
    assert quick.table.to_pylist() == slow.table.to_pylist()
    assert (quick.rejects, quick.lines, quick.other) == (slow.rejects, slow.lines, slow.other)


few = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@few
@given(any_lines)
@example([b'{"asin": "B1"} {"asin": "B2"}', b""])
@example([b'{"asin": "B1"} {"asin": "B2"}', b'{"a": [{}', b'{"b": 1}]}'])
@example([b'{"a": [', b'{"asin": "B1"}]}', b'{"asin": "B1"} {"asin": "B2"}'])
def test_any_lines_give_what_each_gives_alone(lines: list[bytes]) -> None:
    check(lines)


@few
@given(st.lists(written, min_size=1, max_size=4), st.sampled_from([["shoes"], ["boots", "guitars"], ["none"]]))
def test_with_wanted_categories_too(lines: list[bytes], words: list[str]) -> None:
    check(lines, words)


@pytest.mark.parametrize("form", FORMS)
def test_made_up_lines_of_every_form_give_what_each_gives_alone(form: str) -> None:
    lines = [line.strip() for line in islice(made_up_lines(form), 600)]
    check(lines)
    check(lines, ["guitars", "women"])


@pytest.mark.parametrize("form", FORMS)
def test_none_of_them_is_read_alone(form: str) -> None:
    lines = [line.strip() for line in islice(made_up_lines(form), 600)]
    (found,) = read_lines(b"\n".join(lines), path_chooser(()))
    assert (found.odd, found.places) == ([], list(range(600)))


def test_every_odd_line_gives_what_it_gives_alone_whatever_stands_beside_it() -> None:
    plain = b'{"asin": "A1", "categories": [["a"]]}'
    for line in ODD:
        check([line])
        check([plain, line, plain])
        check([plain.replace(b'"', b"'"), line])
        check([line, b"{'asin': 'B1', 'also_view': [], 'also_buy': None}"])


def test_rows_of_lines_read_alone_stand_where_their_lines_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PIECE", 80)
    monkeypatch.setattr(bulk, "TOGETHER", 5)
    lines = [f"{{'asin': '{place}', 'categories': [['a']]}}".encode() for place in range(12)]
    for place in (0, 4, 7, 11):
        lines[place] = lines[place].replace(b"'a'", b"None or 1, 'a'"[8:])
    lines[3], lines[8] = b"{'asin'", b""
    parsed = at_once(lines)
    assert parsed.table["id"].to_pylist() == [str(place) for place in range(12) if place not in (3, 8)]
    assert [reject.line for reject in parsed.rejects] == [4]
    assert parsed.lines == 12
    assert ast.literal_eval(lines[0].decode())
