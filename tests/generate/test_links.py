from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from t2i_core.errors import InputError
from t2i_core.generate.links import Query, query_of, request_in, together
from t2i_core.generate.request import MAX_SEED, GenerateRequest

FULL = GenerateRequest(
    "red & blue shoes, 50%?",
    {"colour": "Navy Blue", "aspect": 0.4, "tone": "#205080"},
    seed=7,
    count=3,
    num_steps=12,
    guidance=2.5,
    variation=0.25,
    variation_seed=9,
    model="shoes",
    blend={"colour": ("Red, dark", 0.4)},
    moves={"lightness": -1.5},
)


def there_and_back(request: GenerateRequest) -> GenerateRequest | None:
    return request_in(parse_qs(query_of(request), keep_blank_values=True), "products")


def spelled(request: GenerateRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.attributes.items()}


def test_a_request_comes_back_whole_from_its_link() -> None:
    back = there_and_back(FULL)
    assert back is not None
    assert spelled(back) == spelled(FULL)  # numbers are texts until a model says which are numbers
    assert {**back.to_dict(), "attributes": 0} == {**FULL.to_dict(), "attributes": 0}


@given(st.text(max_size=60).filter(str.strip), st.integers(0, MAX_SEED))
def test_any_words_and_seed_come_back(prompt: str, seed: int) -> None:
    request = GenerateRequest(prompt, seed=seed)
    assert there_and_back(request) == request


def test_a_short_request_has_a_short_link() -> None:
    assert query_of(GenerateRequest("red shoes", seed=7)) == "prompt=red+shoes&seed=7&model=products"


def test_a_query_about_something_else_brings_nothing() -> None:
    assert request_in({"utm_source": ["mail"], "embed": ["true"], "prompt": []}, "products") is None


def test_the_page_decides_the_model_where_the_link_does_not() -> None:
    found = request_in({"prompt": ["boots"]}, "shoes")
    assert found is not None
    assert found.model == "shoes"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"seed": ["5"]}, "Say what to draw"),
        ({"prompt": ["x"], "seed": ["five"]}, "seed must be a whole number, not “five”"),
        ({"prompt": ["x"], "seed": ["-1"]}, "seed must be a whole number from 0"),
        ({"prompt": ["x"], "seed": ["9" * 5000]}, "whole number"),
        ({"prompt": ["x"], "seed": ["²"]}, "whole number"),
        ({"prompt": ["x"], "count": ["1000000"]}, "count must be a whole number from 1 to 64"),
        ({"prompt": ["x"], "steps": ["0"]}, "steps must be"),
        ({"prompt": ["x"], "guidance": ["nan"]}, "guidance must be"),
        ({"prompt": ["x"], "guidance": ["<b>"]}, "guidance must be a number, not “<b>”"),
        ({"prompt": ["x"], "variation": ["inf"]}, "variation must be"),
        ({"prompt": ["x" * 2001]}, "the limit is 2,000"),
        ({"prompt": ["x"], "move.light": ["9"]}, "the move along light"),
        ({"prompt": ["x"], "blend.hair": ["blue,0.5"]}, "needs hair among the attributes"),
        ({"prompt": ["x"], "attribute.hair": ["red"], "blend.hair": ["blue"]}, "number"),
    ],
)
def test_a_hostile_link_is_refused_in_a_sentence(query: Query, said: str) -> None:
    with pytest.raises(InputError) as problem:
        request_in(query, "products")
    assert said in str(problem.value)
    assert len(str(problem.value)) < 300


@pytest.mark.parametrize("whole", [FULL, GenerateRequest("x", count=4, seed=MAX_SEED)])
def test_pictures_of_one_request_are_one_request_again(whole: GenerateRequest) -> None:
    assert together(whole.singles()) == whole


def test_pictures_of_several_requests_are_not() -> None:
    assert together([GenerateRequest("x", seed=1), GenerateRequest("x", seed=5)]) is None
    assert together([]) is None
