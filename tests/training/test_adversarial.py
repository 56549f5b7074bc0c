import math

import pytest
import torch

from t2i_core.errors import InputError
from t2i_core.training.adversarial import (
    Scores,
    check_loss,
    discriminator_loss,
    diversity,
    generator_loss,
    gradient_penalty,
    matching_loss,
    others,
)

REAL, MADE, WRONG = torch.tensor([2.0, 0.0]), torch.tensor([-1.0, 1.0]), torch.tensor([0.5, 0.5])


def softplus(x: float) -> float:
    return math.log(1 + math.exp(x))


def test_bce_of_a_discriminator_is_that_of_two_coins() -> None:
    real = (softplus(-2.0) + softplus(0.0)) / 2  # -log sigmoid(x)
    made = (softplus(-1.0) + softplus(1.0)) / 2  # -log(1 - sigmoid(x))
    assert float(discriminator_loss("bce", REAL, MADE)) == pytest.approx(real + made)


def test_lsgan_of_a_discriminator_is_half_the_squared_distances() -> None:
    assert float(discriminator_loss("lsgan", REAL, MADE)) == pytest.approx((1 + 1) / 2 / 2 + (1 + 1) / 2 / 2)


def test_one_sided_smoothing_moves_the_target_of_real_pictures_alone() -> None:
    real = ((2 - 0.9) ** 2 + 0.9**2) / 2 / 2
    assert float(discriminator_loss("lsgan", REAL, MADE, 0.9)) == pytest.approx(real + 0.5)
    cross = (0.9 * softplus(-2.0) + 0.1 * softplus(2.0) + 0.9 * softplus(0.0) + 0.1 * softplus(0.0)) / 2
    made = (softplus(-1.0) + softplus(1.0)) / 2
    assert float(discriminator_loss("bce", REAL, MADE, 0.9)) == pytest.approx(cross + made)


def test_wrong_texts_and_generated_pictures_count_half_each() -> None:
    wrong = 0.25 / 2
    found = float(matching_loss("lsgan", Scores(REAL, WRONG, MADE)))
    assert found == pytest.approx(0.5 + (wrong + 0.5) / 2)
    cross = (softplus(-2.0) + softplus(0.0)) / 2
    cross += (softplus(0.5) + (softplus(-1.0) + softplus(1.0)) / 2) / 2
    assert float(matching_loss("bce", Scores(REAL, WRONG, MADE))) == pytest.approx(cross)


def test_a_generator_wants_to_pass_for_real() -> None:
    assert float(generator_loss("bce", MADE)) == pytest.approx((softplus(1.0) + softplus(-1.0)) / 2)
    assert float(generator_loss("lsgan", MADE)) == pytest.approx((4 + 0) / 2 / 2)
    assert float(generator_loss("minimax", MADE)) == pytest.approx(-(softplus(-1.0) + softplus(1.0)) / 2)


def test_the_first_game_hardly_teaches_a_generator_that_is_seen_through_and_the_modified_one_does() -> None:
    slopes = {}
    for kind in ("minimax", "bce"):
        made = torch.tensor([-6.0], requires_grad=True)
        generator_loss(kind, made).backward()
        assert made.grad is not None
        slopes[kind] = abs(float(made.grad))
    assert slopes["minimax"] == pytest.approx(1 / (1 + math.exp(6)), rel=1e-3)
    assert slopes["bce"] == pytest.approx(1 - 1 / (1 + math.exp(6)), rel=1e-3)


def test_the_gradient_penalty_is_the_squared_slope() -> None:
    shown = torch.tensor([[1.0, 2.0], [3.0, -1.0]], requires_grad=True)
    scores = (shown * torch.tensor([2.0, 3.0])).sum(1)  # the slope is (2, 3) everywhere
    assert float(gradient_penalty(scores, [shown])) == pytest.approx(13.0)
    assert float(gradient_penalty((shown**2).sum(1), [shown])) == pytest.approx((4 * 5 + 4 * 10) / 2)


def test_the_penalty_can_be_learned_from() -> None:
    weight = torch.tensor([2.0], requires_grad=True)
    shown = torch.tensor([[5.0]], requires_grad=True)
    gradient_penalty((shown * weight).sum(1), [shown]).backward()
    assert weight.grad is not None
    assert float(weight.grad) == pytest.approx(4.0)  # d w² / d w


def test_diversity_is_nothing_where_all_pictures_are_alike() -> None:
    one = torch.rand(1, 3, 4, 4)
    assert float(diversity(one.expand(5, -1, -1, -1))) == 0
    apart = torch.stack([torch.full((3, 4, 4), value) for value in (-1.0, 0.0, 1.0)])
    assert float(diversity(apart)) == pytest.approx((1 + 1 + 2) / 3)


def test_a_wrong_text_is_one_of_other_labels() -> None:
    labels = torch.tensor([[1, 1], [1, 1], [1, 2], [2, 1]])
    found = others(labels)
    assert found.tolist() == [2, 2, 3, 0]
    assert (labels != labels[found]).any(1).all()
    assert others(torch.ones(3, 2)).tolist() == [0, 1, 2]  # all alike: there is no other


def test_a_loss_of_another_name_is_refused() -> None:
    assert check_loss("lsgan") == "lsgan"
    with pytest.raises(InputError, match="wasserstein"):
        check_loss("wasserstein")
