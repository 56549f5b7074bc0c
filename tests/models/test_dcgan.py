import math

import pytest
import torch

from t2i_core.models.dcgan import (
    DcganConfig,
    DcganDiscriminator,
    DcganGenerator,
    Judgement,
    code_loss,
    draw_codes,
    draw_noise,
)

PLAIN = DcganConfig(image_size=32, latent=8, widths=(32, 16, 16))
CODED = DcganConfig(image_size=32, latent=8, widths=(32, 16, 16), categories=3, continuous=2, spherical=True)


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("config", [PLAIN, CODED], ids=["plain", "codes"])
def test_both_players_take_and_give_pictures_and_gradients_reach_all_of_them(config: DcganConfig) -> None:
    torch.manual_seed(0)
    generator, critic = DcganGenerator(config), DcganDiscriminator(config)
    made = generator(draw_noise(config, 4, random()), draw_codes(config, 4, random()))
    assert made.shape == (4, 3, 32, 32)
    judged = critic(made)
    assert judged.scores.shape == (4,)
    assert judged.category.shape == (4, config.categories)
    assert judged.continuous.shape == (4, config.continuous)
    (judged.scores.sum() + code_loss(draw_codes(config, 4, random()), judged)).backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in generator.parameters())


def test_spherical_noise_lies_on_the_sphere_that_gaussian_noise_is_near() -> None:
    noise = draw_noise(CODED, 50, random())
    assert torch.allclose(noise.norm(dim=1), torch.full((50,), math.sqrt(8)))
    assert draw_noise(PLAIN, 50, random()).norm(dim=1).std() > 0.3


def test_codes_are_one_category_and_numbers_from_minus_one_to_one() -> None:
    codes = draw_codes(CODED, 60, random())
    assert codes.shape == (60, 5)
    assert set(codes[:, :3].sum(1).tolist()) == {1.0}
    assert set(codes[:, :3].argmax(1).tolist()) == {0, 1, 2}
    assert codes[:, 3:].abs().max() <= 1
    assert codes[:, 3:].std() > 0.4
    assert draw_codes(PLAIN, 5, random()).shape == (5, 0)


def test_the_codes_loss_is_cross_entropy_and_half_the_squared_distance() -> None:
    judged = Judgement(torch.zeros(1), torch.tensor([[0.0, 0.0]]), torch.tensor([[0.5]]))
    loss = code_loss(torch.tensor([[0.0, 1.0, -0.5]]), judged)
    assert float(loss) == pytest.approx(math.log(2) + 0.5)
    assert float(code_loss(torch.zeros(2, 0), Judgement(torch.zeros(2), torch.zeros(2, 0), torch.zeros(2, 0)))) == 0


def test_spectral_norm_takes_the_place_of_batch_norm_in_the_discriminator() -> None:
    names = [type(module).__name__ for module in DcganDiscriminator(DcganConfig(spectral=True)).modules()]
    assert "BatchNorm2d" not in names
    assert "BatchNorm2d" in [type(module).__name__ for module in DcganDiscriminator(DcganConfig()).modules()]


def test_widths_that_do_not_reach_the_picture_are_refused() -> None:
    with pytest.raises(ValueError, match="make 32 pixels"):
        DcganConfig(image_size=64, widths=(32, 32, 16))
