from t2i_core.generate.request import GenerateRequest
from t2i_core.ui.cards import chosen, describe


def test_a_request_is_described_by_its_words_and_choices() -> None:
    assert describe(GenerateRequest(" red shoes ", {"gender": "Men", "fill": 0.80})) == "red shoes · Men, 0.8"


def test_a_blend_names_both_values_and_the_share_of_the_second() -> None:
    request = GenerateRequest("", {"hair": "pink", "eyes": "red"}, blend={"hair": ("blue", 0.4)})
    assert chosen(request) == {"hair": "pink with 40% blue", "eyes": "red"}
    assert describe(request) == "pink with 40% blue, red"


def test_a_long_description_is_cut() -> None:
    assert len(describe(GenerateRequest("x" * 500))) == 120
