from t2i_core.text.telling import MOST, few_of


def test_of_many_words_the_first_are_told_and_that_there_are_more() -> None:
    words = [f"w{number}" for number in range(MOST + 1)]
    assert few_of(words[:1]) == "w0"
    assert few_of(words[:MOST]).endswith(", w11")
    assert few_of(words) == few_of(words[:MOST]) + ", …"
    assert few_of([]) == ""
