from t2i_core.text.brands import find_brands


def titles(brand: str, times: int = 5, rest: str = "Red Shoes") -> list[str]:
    return [f"{brand} Men {rest} {number}" for number in range(times)]


def test_what_stands_before_the_gender_is_the_brand() -> None:
    found = find_brands(titles("United Colors of Benetton", 6) + titles("Puma", 9))
    assert found == ["Puma", "United Colors of Benetton"]


def test_every_spelling_of_a_brand_counts_and_the_commonest_is_kept() -> None:
    assert find_brands(titles("ADIDAS", 3) + titles("Adidas", 2)) == ["ADIDAS"]


def test_what_few_titles_begin_with_is_no_brand() -> None:
    assert find_brands(titles("Rare", 3)) == []
    assert find_brands(titles("Rare", 3), min_count=3) == ["Rare"]


def test_a_series_of_a_brand_is_not_a_brand_of_its_own() -> None:
    assert find_brands(titles("Puma", 60) + titles("Puma Ferrari", 5)) == ["Puma"]


def test_two_brands_may_begin_alike() -> None:
    assert find_brands(titles("Lee", 20) + titles("Lee Cooper", 8)) == ["Lee", "Lee Cooper"]


def test_a_pattern_before_the_gender_is_not_part_of_the_brand() -> None:
    assert find_brands(titles("Turtle Check", 5)) == ["Turtle"]


def test_an_ordinary_word_that_happens_to_come_first_is_no_brand() -> None:
    ordinary = [f"Puma Future Cat Red Shoes {number}" for number in range(20)]
    assert find_brands(titles("Cat", 5) + ordinary) == []


def test_mr_men_are_a_brand_and_not_a_mister() -> None:
    assert find_brands([f"Mr.Men Boys T-shirt {number}" for number in range(5)]) == ["Mr.Men"]


def test_titles_without_a_gender_have_no_brand_to_find() -> None:
    assert find_brands(["Red Shoes"] * 9 + [""] * 9 + ["Men Shoes"] * 9) == []
