import ast
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from t2i_core.data.amazon import Row, Unusable, read_row, wanted_categories
from t2i_core.data.tables import MAX_RELATED, related_ids, table_of

RECORD_2014 = {
    "asin": "0000031852",
    "title": 'Girls Ballet Tutu 12" "Zebra\'s" Pok\xc3\xa9mon',
    "price": 3.17,
    "imUrl": "http://ecx.images-amazon.com/images/I/51fAmVkTbyL._SY300_.jpg",
    "related": {"also_bought": ["B00JHONN1S", "B002BZX8Z6"], "bought_together": ["B002BZX8Z6"]},
    "salesRank": {"Toys & Games": 211836},
    "brand": "Coxlures",
    "categories": [["Sports & Outdoors", "Other Sports", "Dance"], ["Clothing", "Girls"]],
}
RECORD_2018 = {
    "category": ["Clothing, Shoes &amp; Jewelry", "Women", "Boots", "<span>" + "x" * 500],
    "title": "  <b>Leather</b> Boots &amp; Laces\n",
    "also_buy": ["B1", "B2"],
    "also_view": ["B3"],
    "imageURL": ["https://images/I/a._SS40_.jpg"],
    "imageURLHighRes": ["https://images/I/a.jpg"],
    "brand": "by\n    \n    Dr. Martens",
    "main_cat": '<img src="x.png" alt="AMAZON FASHION"/>',
    "price": "$1,012.99 - $1,024.50",
    "asin": "B000K",
    "details": {"\n Weight": "1"},
}
RECORD_2023 = {
    "main_category": "Musical Instruments",
    "title": "Electric Guitar",
    "price": None,
    "images": [
        {"thumb": "https://m/t.jpg", "large": "https://m/p.jpg", "variant": "PT01", "hi_res": None},
        {"thumb": "https://m/t.jpg", "large": "https://m/l.jpg", "variant": "MAIN", "hi_res": None},
    ],
    "store": None,
    "categories": [],
    "details": {"Brand": "Fender", "Number of Strings": 6},
    "parent_asin": "B0X",
    "bought_together": None,
}


def shown(row: Row | None) -> dict[str, object]:
    assert row is not None
    return dict(table_of([row]).to_pylist()[0])


def test_a_literal_of_2014_becomes_a_row() -> None:
    assert shown(read_row(ascii(RECORD_2014).encode())) == {
        "id": "0000031852",
        "title": 'Girls Ballet Tutu 12" "Zebra\'s" Pokémon',
        "brand": "Coxlures",
        "category": "Dance",
        "categories": ["Sports & Outdoors", "Other Sports", "Dance"],
        "price": 3.17,
        "image_url": "http://ecx.images-amazon.com/images/I/51fAmVkTbyL._SY300_.jpg",
        "related": ["B002BZX8Z6", "B00JHONN1S", "B002BZX8Z6"],
    }


def test_strict_json_of_2014_gives_the_same_row_as_the_literal() -> None:
    assert read_row(json.dumps(RECORD_2014).encode()) == read_row(ascii(RECORD_2014).encode())


def test_json_of_2018_is_freed_of_markup_and_page_code() -> None:
    row = shown(read_row(json.dumps(RECORD_2018).encode()))
    assert (row["title"], row["brand"], row["price"]) == ("Leather Boots & Laces", "Dr. Martens", 1012.99)
    assert row["categories"] == ["Clothing, Shoes & Jewelry", "Women", "Boots"]
    assert (row["image_url"], row["related"]) == ("https://images/I/a.jpg", ["B1", "B2", "B3"])
    bare = {**RECORD_2018, "category": [], "imageURLHighRes": [], "price": ".a-box{margin:0}"}
    row = shown(read_row(json.dumps(bare).encode()))
    assert (row["category"], row["image_url"], row["price"]) == (
        "AMAZON FASHION",
        "https://images/I/a._SS40_.jpg",
        None,
    )


def test_json_of_2023_takes_the_main_picture_the_details_brand_and_the_main_category() -> None:
    assert shown(read_row(json.dumps(RECORD_2023).encode())) == {
        "id": "B0X",
        "title": "Electric Guitar",
        "brand": "Fender",
        "category": "Musical Instruments",
        "categories": ["Musical Instruments"],
        "price": None,
        "image_url": "https://m/l.jpg",
        "related": [],
    }


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["dance"], "Dance"),
        (["girls"], "Girls"),
        (["SPORTS"], "Dance"),
        (["other  sports"], "Dance"),
        (["boots", "Dance"], "Dance"),
        (["port"], None),
        (["dances"], None),
    ],
)
def test_the_filter_finds_whole_words_of_any_category_of_any_path(words: list[str], found: str | None) -> None:
    row = read_row(ascii(RECORD_2014).encode(), wanted_categories(words))
    assert (row.categories[-1] if row else None) == found


def test_no_words_want_everything() -> None:
    assert wanted_categories(["", " "]) is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{'asin': 'B1', 'title'", "neither JSON nor a Python literal"),
        (b"\xff\xfe\x00", "neither JSON nor a Python literal"),
        (b"[" * 5_000, "neither JSON nor a Python literal"),
        (b"['B1']", "not a record"),
        (b"null", "not a record"),
        (b"{'title': 'no id'}", "no asin"),
        (b'{"asin": "../../etc"}', "no asin"),
        (b'{"asin": 12}', "no asin"),
        (b'{"asin": "B1", "title": "var t = (new Date()).getTime();"}', "page code for a title"),
    ],
)
def test_a_line_without_a_product_says_why(line: bytes, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        read_row(line)


def test_a_field_of_another_form_costs_that_field_alone() -> None:
    line = json.dumps({"asin": "B1", "title": ["a"], "brand": 3, "price": 1e999, "imUrl": {}, "categories": "x"})
    assert shown(read_row(line.encode())) == {
        **dict.fromkeys(("title", "brand", "category", "price", "image_url")),
        **{"id": "B1", "categories": [], "related": []},
    }
    assert shown(read_row(b"{'asin': 'B1', 'title': 'a', 'price': 2j, 'brand': (1, 2)}"))["title"] == "a"


def test_what_pythons_own_json_writer_makes_beyond_json_is_read_too() -> None:
    row = shown(read_row(b'{"asin": "B1", "title": "a\\ud800b", "price": NaN, "brand": "c"}'))
    assert (row["title"], row["price"], row["brand"]) == ("a\ufffdb", None, "c")


@pytest.mark.parametrize(
    "address",
    ["ftp://a/b.jpg", "file:///etc/passwd", "http://a/no-img-sm.gif", "http://a/\nb", "http://" + "a" * 3_000, "x"],
)
def test_what_is_no_address_of_a_picture_is_none(address: str) -> None:
    row = read_row(json.dumps({"asin": "B1", "imUrl": address}).encode())
    assert row is not None
    assert row.image_url is None


@given(st.text())
def test_any_title_becomes_a_line_of_text_that_parquet_can_hold(title: str) -> None:
    for line in (json.dumps({"asin": "B1", "title": title}), ascii({"asin": "B1", "title": title})):
        kept = shown(read_row(line.encode()))["title"]
        assert kept is None or (kept == " ".join(str(kept).split()) and "\n" not in str(kept))


@given(st.lists(st.lists(st.text(max_size=4) | st.none() | st.integers(), max_size=4), max_size=4))
def test_lists_of_ids_come_out_as_they_went_in(lists: list[list[object]]) -> None:
    text = b"".join(json.dumps(one).encode() for one in lists)
    expected = [one for ids in lists for one in ids if isinstance(one, str) and one.isascii() and one.isprintable()]
    assert related_ids([text, b"", b'["A", "B"]["C"]', b"null"]).to_pylist() == [expected, [], ["A", "B", "C"], []]


def test_plain_ids_are_read_all_at_once_whether_spaces_stand_between_them_or_not() -> None:
    assert related_ids([b'["A1", "B2"]', b"[]", b'["C3","D4"]["E5"]']).to_pylist() == [
        ["A1", "B2"],
        [],
        ["C3", "D4", "E5"],
    ]
    many = json.dumps([f"B{number}" for number in range(1_000)]).encode()
    assert len(related_ids([many])[0]) == MAX_RELATED


def test_nothing_of_a_line_is_run(tmp_path: object) -> None:
    with pytest.raises(Unusable):
        read_row(b"{'asin': __import__('os').abort()}")
    assert ast.literal_eval("1") == 1
