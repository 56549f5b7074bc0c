import json
import math
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from t2i_core.errors import InputError
from t2i_core.generate.request import (
    MAX_BLENDS,
    MAX_COUNT,
    MAX_GUIDANCE,
    MAX_PROMPT,
    MAX_SEED,
    MAX_STEPS,
    GenerateRequest,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
attributes = st.dictionaries(texts, texts | st.floats(-1e6, 1e6) | st.integers(-1000, 1000), max_size=4)
shares = st.tuples(texts, st.floats(0, 1) | st.integers(0, 1))


@st.composite
def blended(draw: st.DrawFn, plain: st.SearchStrategy[GenerateRequest]) -> GenerateRequest:
    """A request that blends some of its attributes."""
    request = draw(plain)
    names = draw(st.lists(st.sampled_from(sorted(request.attributes) or [""]), unique=True, max_size=MAX_BLENDS))
    return replace(request, blend={name: draw(shares) for name in names if name in request.attributes})


plain_requests = st.builds(
    GenerateRequest,
    prompt=texts.map(lambda text: "shoes " + text),
    attributes=attributes,
    seed=st.integers(0, MAX_SEED),
    count=st.integers(1, MAX_COUNT),
    num_steps=st.none() | st.integers(1, MAX_STEPS),
    guidance=st.none() | st.floats(0, MAX_GUIDANCE),
    variation=st.floats(0, 1),
    variation_seed=st.integers(0, MAX_SEED),
)
requests = plain_requests | blended(plain_requests)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
anything = scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.text(max_size=8), scalars, max_size=2)
FIELDS = [field.name for field in fields(GenerateRequest)]


@given(requests)
def test_a_request_comes_back_from_its_own_json(request: GenerateRequest) -> None:
    assert GenerateRequest.from_json(request.to_json()) == request


@given(requests)
def test_json_of_a_request_is_one_line_of_strict_json(request: GenerateRequest) -> None:
    assert "\n" not in request.to_json()
    json.loads(request.to_json(), parse_constant=pytest.fail)


@given(st.dictionaries(st.sampled_from(FIELDS), anything))
def test_stored_settings_of_any_kind_give_a_request_or_an_input_error(stored: dict[str, object]) -> None:
    try:
        request = GenerateRequest.from_dict(stored)
    except InputError:
        return
    assert GenerateRequest.from_json(request.to_json()) == request


@given(st.text())
def test_text_that_is_not_a_stored_request_is_an_input_error(text: str) -> None:
    with pytest.raises(InputError):
        GenerateRequest.from_json(text)


@given(requests)
def test_singles_are_count_many_requests_that_differ_in_one_seed(request: GenerateRequest) -> None:
    singles = request.singles()
    seeds = {(single.seed, single.variation_seed) for single in singles}
    assert len(singles) == len(seeds) == request.count
    same = replace(request, count=1, seed=0, variation_seed=0)
    assert all(replace(single, seed=0, variation_seed=0) == same for single in singles)


def test_seeds_go_on_from_the_largest_to_zero() -> None:
    singles = GenerateRequest("shoes", seed=MAX_SEED, count=2).singles()
    assert [single.seed for single in singles] == [MAX_SEED, 0]


def test_a_variation_keeps_the_seed_and_counts_variation_seeds() -> None:
    singles = GenerateRequest("shoes", seed=5, count=2, variation=0.3, variation_seed=8).singles()
    assert [(single.seed, single.variation_seed) for single in singles] == [(5, 8), (5, 9)]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"prompt": ""}, "Say what to draw"),
        ({"prompt": " \n\t"}, "Say what to draw"),
        ({"prompt": "x" * 10_000}, "10,000 characters"),
        ({"prompt": b"shoes"}, "must be text"),
        ({"prompt": "shoes \udcff"}, "UTF-8"),
        ({"count": 0}, "count must be a whole number from 1 to 64; got 0"),
        ({"count": 10_000}, "got 10000"),
        ({"count": 2.0}, "count"),
        ({"count": True}, "count"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**32}, "seed"),
        ({"seed": 10**5000}, "thousands of digits"),
        ({"num_steps": 0}, "steps"),
        ({"num_steps": 201}, "steps"),
        ({"guidance": math.nan}, "guidance must be a number from 0 to 20; got nan"),
        ({"guidance": math.inf}, "guidance"),
        ({"guidance": -0.1}, "guidance"),
        ({"guidance": 10**400}, "guidance"),
        ({"guidance": "2"}, "guidance"),
        ({"variation": 1.01}, "variation"),
        ({"variation_seed": -1}, "variation seed"),
        ({"attributes": ["colour"]}, "name=value"),
        ({"attributes": {"colour": ["Red"]}}, "name=value"),
        ({"attributes": {"fill": math.nan}}, "name=value"),
        ({"attributes": {"fill": True}}, "name=value"),
        ({"attributes": {1: "Red"}}, "name=value"),
    ],
)
def test_a_senseless_request_says_what_is_wrong(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        GenerateRequest.from_dict({"prompt": "shoes", **wrong})


@pytest.mark.parametrize("prompt", ["👟👟", "أحذية رياضية حمراء", "красные кроссовки", "x" * MAX_PROMPT, "a\x00b"])
def test_any_text_of_reasonable_length_may_be_asked_for(prompt: str) -> None:
    assert GenerateRequest.from_json(GenerateRequest(prompt).to_json()).prompt == prompt


def test_an_attribute_alone_is_enough_to_ask_for() -> None:
    assert GenerateRequest(attributes={"category": "Watches"}).prompt == ""


def test_fields_of_a_later_version_are_ignored() -> None:
    assert GenerateRequest.from_dict({"prompt": "shoes", "mood": "bright"}) == GenerateRequest("shoes")


def test_attributes_cannot_change_under_a_request() -> None:
    asked = {"colour": "Red"}
    request = GenerateRequest("shoes", asked)
    asked["colour"] = "Blue"
    assert request.attributes == {"colour": "Red"}


def test_a_request_without_a_blend_is_stored_as_it_was_before_there_were_blends() -> None:
    assert "blend" not in GenerateRequest("x").to_dict()
    assert GenerateRequest.from_dict({"prompt": "x"}).blend == {}


def test_a_blend_is_stored_with_its_share() -> None:
    request = GenerateRequest("x", {"hair": "pink"}, blend={"hair": ("blue", 1)})
    assert json.loads(request.to_json())["blend"] == {"hair": ["blue", 1.0]}
    assert GenerateRequest.from_json(request.to_json()) == request


@pytest.mark.parametrize(
    ("blend", "said"),
    [
        ("hair", "A blend names"),
        ({f"a{i}": ("b", 0.5) for i in range(MAX_BLENDS + 1)}, f"at most {MAX_BLENDS} attributes"),
        ({"hair": "blue"}, "must be given as name"),
        ({"hair": ("blue",)}, "must be given as name"),
        ({"hair": (3, 0.5)}, "must be given as name"),
        ({3: ("blue", 0.5)}, "must be given as name"),
        ({"hair": ("blue", 1.5)}, "share of hair in a blend must be a number from 0 to 1; got 1.5"),
        ({"hair": ("blue", math.nan)}, "share of hair"),
        ({"hair": ("blue", True)}, "share of hair"),
        ({"hair": ("\ud800", 0.5)}, "must be given as name"),
        ({"eyes": ("blue", 0.5)}, "A blend of eyes with blue needs eyes among the attributes"),
    ],
)
def test_a_blend_that_makes_no_sense_is_refused(blend: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        GenerateRequest.from_dict({"prompt": "x", "attributes": {"hair": "pink"}, "blend": blend})
