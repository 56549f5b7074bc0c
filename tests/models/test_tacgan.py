import pytest
import torch

from t2i_core.models.layers import count_parameters
from t2i_core.models.projected import CHANNELS, Projected, new_critic, softened
from t2i_core.models.tacgan import Critic, Discriminator, Generator, TacGanConfig, baked

SMALL = {"classes": 5, "text_dim": 8, "image_size": 32, "latent": 6, "cond_dim": 16, "hidden": 8}
WIDTHS = {"widths": (32, 32, 16), "critic": (16, 32, 32)}
OWN = TacGanConfig(**SMALL, **WIDTHS)  # type: ignore[arg-type]
LITE = TacGanConfig(**SMALL, **WIDTHS, eye="lite0")  # type: ignore[arg-type]


def seeded(config: TacGanConfig) -> Critic:
    torch.manual_seed(0)
    return new_critic(config)


def test_a_generator_draws_what_it_is_told_from_a_latent_and_a_text() -> None:
    torch.manual_seed(0)
    generator = Generator(OWN)
    latent, text = torch.randn(3, 6), torch.randn(3, 8)
    pictures = generator(latent, text)
    assert pictures.shape == (3, 3, 32, 32)
    assert float(pictures.detach().abs().max()) <= 1
    assert not torch.allclose(pictures, generator(latent, text.flip(0)))
    assert not torch.allclose(pictures, generator(latent.flip(0), text))


@pytest.mark.parametrize("config", [OWN, LITE], ids=["own", "lite0"])
def test_a_discriminator_scores_pictures_and_names_their_class(config: TacGanConfig) -> None:
    critic = seeded(config)
    opinion = critic(torch.rand(4, 3, 32, 32), torch.randn(4, 8))
    assert opinion.scores.shape == (4, 1 if config.eye == "own" else len(CHANNELS))
    assert opinion.classes.shape == (4, 5)


@pytest.mark.parametrize("config", [OWN, LITE], ids=["own", "lite0"])
def test_the_text_moves_the_score_and_a_picture_can_be_judged_without_one(config: TacGanConfig) -> None:
    critic, pictures = seeded(config).eval(), torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        seen = critic.see(pictures)
        plain, one, other = (critic.judge(seen, text).scores for text in (None, torch.ones(2, 8), -torch.ones(2, 8)))
    assert not torch.allclose(one, other)
    zero = critic.judge(seen, torch.zeros(2, 8)).scores.detach()
    assert zero.shape == plain.shape
    assert not torch.allclose(plain, one)


@pytest.mark.parametrize("config", [OWN, LITE], ids=["own", "lite0"])
def test_a_picture_is_judged_alike_alone_and_in_company(config: TacGanConfig) -> None:
    critic, pictures = seeded(config).eval(), torch.rand(3, 3, 32, 32)
    with torch.no_grad():
        assert torch.allclose(critic(pictures).scores[1:2], critic(pictures[1:2]).scores, atol=1e-4)


@pytest.mark.parametrize("config", [OWN, LITE], ids=["own", "lite0"])
def test_gradients_reach_the_picture_and_all_that_learns(config: TacGanConfig) -> None:
    critic, pictures = seeded(config), torch.rand(2, 3, 32, 32, requires_grad=True)
    opinion = critic(pictures, torch.randn(2, 8))
    (opinion.scores.sum() + opinion.classes.sum()).backward()
    assert pictures.grad is not None
    assert pictures.grad.abs().sum() > 0
    for name, parameter in critic.named_parameters():
        assert (parameter.grad is None) == name.startswith("encoder."), name


def test_the_encoder_stays_frozen_in_training() -> None:
    critic = seeded(LITE).train()
    assert isinstance(critic, Projected)
    assert critic.training
    assert not critic.encoder.training


def test_baking_leaves_what_a_discriminator_says_and_takes_what_only_training_needs() -> None:
    for config in (OWN, LITE):
        critic, pictures = seeded(config).eval(), torch.rand(2, 3, 32, 32)
        with torch.no_grad():
            before = critic(pictures).scores
            plain = baked(critic)
            assert torch.allclose(plain(pictures).scores, before, atol=1e-5)
        assert not [name for name in plain.state_dict() if "parametrizations" in name]


def test_spectral_norm_holds_the_largest_stretch_of_a_layer_at_one() -> None:
    torch.manual_seed(0)
    critic = Discriminator(OWN).train()
    for _ in range(50):
        critic(torch.rand(2, 3, 32, 32))
    weight = critic.flat.weight.detach()
    assert float(torch.linalg.matrix_norm(weight, 2)) == pytest.approx(1.0, abs=0.02)


def test_far_away_features_are_held_back() -> None:
    x = torch.tensor([0.1, -0.1, 500.0])
    assert softened(x).tolist() == pytest.approx([0.1, -0.1, 4.0], abs=1e-3)


def test_realness_weighs_the_scores() -> None:
    critic = seeded(LITE)
    critic.calibration.copy_(torch.tensor([1.0, 0.0, 2.0, 0.0, 0.0, -3.0]))
    assert critic.realness(torch.tensor([[1.0, 9.0, 2.0, 9.0, 9.0]])).tolist() == [2.0]


def test_widths_that_do_not_reach_the_picture_are_refused() -> None:
    with pytest.raises(ValueError, match="make 64 pixels, not 32"):
        TacGanConfig(classes=2, image_size=32, widths=(32, 32, 32, 16))
    with pytest.raises(ValueError, match="eye"):
        TacGanConfig(classes=2, eye="third")


def test_the_shipped_sizes_are_small() -> None:
    config = TacGanConfig(classes=11)
    assert count_parameters(Generator(config)) < 1.5e6
    assert count_parameters(Discriminator(config)) < 1.5e6
