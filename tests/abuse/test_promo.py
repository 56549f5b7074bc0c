import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from t2i_core.abuse import promo_words
from t2i_core.abuse.promo import edits, find_hits, plain

ABUSES = [
    ("SALE 50% OFF", "text.discount"),
    ("Hot Sale", "text.promo"),
    ("FREESHIPPING", "text.promo"),
    ("限时特价包邮", "text.promo"),
    ("무료배송", "text.promo"),
    ("РАСПРОДАЖА", "text.promo"),
    ("Envío GRATIS", "text.promo"),
    ("Kostenloser Versand", "text.promo"),
    ("Räumungsverkauf", "text.promo"),
    ("全场5折", "text.discount"),
    ("-30%", "text.discount"),
    ("Buy 1 Get 1", "text.discount"),
    ("3x2", "text.discount"),
    ("$19.99", "text.price"),
    ("1.299,00 руб", "text.price"),
    ("￥99", "text.price"),
    ("₩9,900", "text.price"),
    ("Rs. 499", "text.price"),
    ("www.shop-best.com", "text.url"),
    ("https://ali.cn/abc", "text.url"),
    ("mystore.de", "text.url"),
    ("+7 (912) 345-67-89", "text.phone"),
    ("call 1-800-555-1234", "text.phone"),
    ("138 1234 5678", "text.phone"),
    ("@my_store", "text.handle"),
    ("IG: shop_x", "text.handle"),
    ("mail@shop.ru", "text.handle"),
    ("加微信", "text.handle"),
]
READ_WRONGLY = [  # as the reader gave them
    ("5O% 0FF", "text.discount"),
    ("FREE SHlPPlNG", "text.promo"),
    ("8EST PR1CE", "text.promo"),
    ("$l9.99", "text.price"),
    ("S19.99", "text.price"),
    ("W9,900", "text.price"),
    ("1.299,00 py6", "text.price"),
    ("www.sh0p.c0m", "text.url"),
    ("vvww.shop.ru", "text.url"),
    ("+7 912 345 6O 7l", "text.phone"),
    ("PACNPOAAKA", "text.promo"),
    ("CKИAKA 30%", "text.promo"),
    ("AKLNA BeCnNaTHaA AOCTaBKa", "text.promo"),
]
PRINTS = """
    ADIDAS|NEW YORK|Just do it|Manchester United 10|SINCE 1892|U.S. POLO ASSN. 1890|100% COTTON|60% Baumwolle|hotel|
    MICHAEL JORDAN 23|ROCK N ROLL|THE BEATLES|CALIFORNIA 1985|Route 66|12:30|42 x 30 cm|Size 42|No.1|FREE SPIRIT|Salem|
    2012|KEEP CALM AND CARRY ON|SUPERMAN|Reebok|Wrangler|3 x 2 cm|BEST DAD EVER|Club 99|Ferrari F1|24 / 7
"""


def rules(text: str, least: float = 0.5) -> set[str]:
    return {hit.rule for hit in find_hits(text) if hit.score >= least}


@pytest.mark.parametrize(("text", "rule"), ABUSES + READ_WRONGLY)
def test_what_sellers_write_over_pictures_is_found(text: str, rule: str) -> None:
    assert rule in rules(text)


@pytest.mark.parametrize("text", [text.strip() for text in PRINTS.split("|")])
def test_what_shirts_say_is_no_abuse(text: str) -> None:
    assert rules(text) == set()


@given(st.sampled_from(ABUSES), st.sampled_from(["Model A7", "女士", "Blusa", "платье"]), st.booleans())
def test_other_words_beside_it_hide_nothing(abuse: tuple[str, str], other: str, before: bool) -> None:
    text, rule = abuse
    if (text, rule) == ("3x2", "text.discount") or text in ("mystore.de", "FREESHIPPING"):
        other = ""
    assert rule in rules(f"{other} {text}" if before else f"{text} {other}")


@given(st.sampled_from(ABUSES))
def test_case_does_not_matter(abuse: tuple[str, str]) -> None:
    assert rules(abuse[0].upper()) == rules(abuse[0].lower())


@given(st.integers(1, 9999), st.integers(0, 99), st.sampled_from("$€£¥₹₽"), st.booleans())
def test_every_amount_with_a_sign_is_a_price(whole: int, part: int, sign: str, before: bool) -> None:
    amount = f"{whole}.{part:02}"
    assert "text.price" in rules(f"{sign}{amount}" if before else f"{amount} {sign}")


@given(st.text(string.digits, min_size=10, max_size=12), st.sampled_from([" ", "-", ""]))
def test_every_number_with_a_plus_is_a_phone(digits: str, gap: str) -> None:
    number = gap.join((digits[:2], digits[2:5], digits[5:8], digits[8:]))
    assert "text.phone" in rules(f"+{number}")


@given(st.text(string.ascii_lowercase, min_size=2, max_size=20), st.sampled_from(["com", "ru", "cn", "co.uk", "shop"]))
def test_every_address_is_found(name: str, ending: str) -> None:
    assert "text.url" in rules(f"{name}.{ending}")


@given(st.text(max_size=600))
def test_no_text_is_too_odd(text: str) -> None:
    for hit in find_hits(text):
        assert 0 < hit.score <= 1
        assert hit.rule.startswith("text.")
        assert len(hit.said) <= 60
    assert plain(plain(text)) == plain(text)


@given(st.text("abcde", max_size=8), st.text("abcde", max_size=8))
def test_edits_count_alike_from_both_sides(one: str, other: str) -> None:
    assert edits(one, other, 9) == edits(other, one, 9)
    assert (edits(one, other, 9) == 0) == (one == other)
    assert edits(one, other, 0) == min(edits(one, other, 9), 1)


def test_one_wrong_letter_in_a_long_russian_word_is_allowed_and_none_in_a_short_one() -> None:
    assert "text.promo" in rules("PACNPQAAKA")
    assert rules("AKLXA") == set()


@pytest.mark.parametrize("table", ["STRONG", "CHINESE", "KOREAN", "RUSSIAN"])
def test_every_listed_phrase_is_found_by_itself(table: str) -> None:
    for phrase in getattr(promo_words, table).split("|"):
        assert "text.promo" in rules(phrase.strip().rstrip("*")), phrase
