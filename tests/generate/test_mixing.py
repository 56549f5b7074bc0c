from dataclasses import replace

import numpy as np
import pytest
import torch

from t2i_core.errors import InputError
from t2i_core.generate.mixing import NEAR, between_seeds, corners, more_like
from t2i_core.generate.picture import Picture
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest

RED = GenerateRequest("Nike shoes", {"colour": "Red"}, seed=4)
BLUE = GenerateRequest("Nike shoes", {"colour": "Blue"}, seed=4)


def mixed(share: float) -> GenerateRequest:
    return GenerateRequest("Nike shoes", {"colour": "Red"}, seed=4, blend={"colour": ("Blue", share)})


def far(first: Picture, second: Picture) -> float:
    return float(np.abs(np.asarray(first.image, float) - np.asarray(second.image, float)).mean())


def test_a_plain_request_is_its_own_only_corner() -> None:
    assert list(corners(RED)) == [(RED, 1.0)]


def test_two_blends_lie_between_four_requests_whose_weights_sum_to_one() -> None:
    blend = {"colour": ("Blue", 0.25), "gender": ("Men", 0.5)}
    found = corners(GenerateRequest("x", {"colour": "Red", "gender": "Women"}, blend=blend))
    assert {(c.attributes["colour"], c.attributes["gender"]): weight for c, weight in found} == {
        ("Red", "Women"): 0.375,
        ("Blue", "Women"): 0.125,
        ("Red", "Men"): 0.375,
        ("Blue", "Men"): 0.125,
    }


def test_the_ends_of_a_blend_are_the_pictures_of_its_two_values(pipe: TextToImage) -> None:
    plain = pipe.generate_many([RED, BLUE])
    ends = pipe.generate_many([mixed(0), mixed(1)])
    assert [far(*pair) for pair in zip(plain, ends, strict=True)] == [0, 0]


def test_what_is_asked_for_halfway_is_the_mean_of_both(pipe: TextToImage) -> None:
    red, blue, half = pipe.embed([RED, BLUE, mixed(0.5)])
    assert torch.allclose(half, (red + blue) / 2, atol=1e-6)


def test_a_saved_blend_draws_itself_again(pipe: TextToImage) -> None:
    (drawn,) = pipe.generate(mixed(0.4))
    opened = Picture.open(drawn.png())
    assert opened.request.blend == {"colour": ("Blue", 0.4)}
    assert pipe.generate(opened.request)[0].png() == drawn.png()


def test_the_other_value_is_spelled_as_the_model_does(pipe: TextToImage) -> None:
    request = GenerateRequest("x", {"colour": "Red"}, blend={"colour": ("navy blue", 0.5)})
    assert pipe.tidy(request).blend == {"colour": ("Navy Blue", 0.5)}


@pytest.mark.parametrize(
    ("name", "value", "other", "said"),
    [
        ("colour", "Red", "Mauve", "colour cannot be “Mauve”"),
        ("sleeve", "short", "long", "no attribute “sleeve”"),
        ("lightness", "20", "40", "lightness is a measure"),
    ],
)
def test_what_cannot_be_blended_is_refused(pipe: TextToImage, name: str, value: str, other: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        pipe.generate(GenerateRequest("x", {name: value}, blend={name: (other, 0.5)}))


def test_pictures_like_one_stay_around_its_seed() -> None:
    around = more_like(RED, 70, 3)
    assert (around.seed, around.variation, around.count) == (4, NEAR, 3)
    assert [single.variation_seed for single in around.singles()] == [70, 71, 72]


def test_pictures_like_a_varied_one_stay_around_the_nearer_of_its_seeds() -> None:
    assert more_like(replace(RED, variation=0.3, variation_seed=9), 70, 1).seed == 4
    assert more_like(replace(RED, variation=0.8, variation_seed=9), 70, 1).seed == 9


def test_the_ends_between_two_seeds_are_the_pictures_of_these_seeds(pipe: TextToImage) -> None:
    ends = pipe.generate_many([between_seeds(RED, 1, 2, share) for share in (0.0, 1.0)])
    seeds = pipe.generate_many([replace(RED, seed=seed) for seed in (1, 2)])
    assert max(far(*pair) for pair in zip(ends, seeds, strict=True)) < 0.5
    middle = pipe.generate(between_seeds(RED, 1, 2, 0.5))[0]
    assert min(far(middle, end) for end in ends) > 5
