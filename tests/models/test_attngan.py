import pytest
import torch

from t2i_core.models.attngan import (
    AttnDiscriminator,
    AttnGanConfig,
    AttnGenerator,
    Reading,
    WordAttention,
    sizes_of,
)

CONFIG = AttnGanConfig(
    words_dim=12, image_size=32, latent=6, cond_dim=16, widths=(32, 32, 32), critic=(16, 32, 32), looks=(8,), shows=8
)


def reading(count: int = 3, length: int = 5) -> Reading:
    torch.manual_seed(1)
    padding = torch.zeros(count, length, dtype=torch.bool)
    padding[:, 3:] = True
    return Reading(torch.randn(count, length, 12), padding, torch.randn(count, 12))


def players() -> tuple[AttnGenerator, AttnDiscriminator]:
    torch.manual_seed(0)
    return AttnGenerator(CONFIG), AttnDiscriminator(CONFIG)


def test_pictures_of_every_size_are_shown_and_judged() -> None:
    generator, critic = players()
    made = generator(torch.randn(3, 6), reading())
    assert CONFIG.shown == (8, 32)
    assert [tuple(one.shape) for one in made] == [(3, 3, 8, 8), (3, 3, 32, 32)]
    assert max(float(one.detach().abs().max()) for one in made) <= 1
    assert critic(made, reading().sentence).scores.shape == (3, 2)


def test_the_sentence_moves_only_the_score_that_is_asked_for_it() -> None:
    generator, critic = players()
    made = generator(torch.randn(3, 6), reading())
    critic.eval()
    one, other = critic(made, reading().sentence).scores, critic(made, -reading().sentence).scores
    assert torch.allclose(one[:, 0], other[:, 0])
    assert not torch.allclose(one[:, 1], other[:, 1])


def test_every_size_counts_in_the_score_and_gets_gradients() -> None:
    generator, critic = players()
    made = [one.detach().requires_grad_() for one in generator(torch.randn(3, 6), reading())]
    critic(made, reading().sentence).scores.sum().backward()
    assert all(one.grad is not None and one.grad.abs().sum() > 0 for one in made)


def test_gradients_reach_all_of_the_generator_through_the_discriminator() -> None:
    generator, critic = players()
    for parameter in generator.parameters():  # layers that start at zero pass nothing on at first
        parameter.data += 0.05 * torch.randn_like(parameter)
    critic(generator(torch.randn(3, 6), reading()), reading().sentence).scores.sum().backward()
    missing = [name for name, p in generator.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert missing == []


def test_places_ask_the_words_and_never_what_is_no_word() -> None:
    torch.manual_seed(0)
    attention, x = WordAttention(8, 12), torch.randn(2, 8, 4, 4)
    assert torch.equal(attention(x, reading(2)), x)  # it starts by adding nothing
    torch.nn.init.normal_(attention.tells.weight)
    said = reading(2)
    changed, unseen = said.words.clone(), said.words.clone()
    changed[:, 0] += 1
    unseen[:, 4] += 1
    before = attention(x, said)
    assert not torch.allclose(attention(x, Reading(changed, said.padding, said.sentence)), before)
    assert torch.allclose(attention(x, Reading(unseen, said.padding, said.sentence)), before)


def test_real_pictures_are_shown_in_the_same_sizes() -> None:
    picture = torch.zeros(1, 3, 32, 32)
    picture[..., :16] = 1
    small, whole = sizes_of(picture, CONFIG.shown)
    assert small.shape == (1, 3, 8, 8)
    assert torch.equal(whole, picture)
    assert small[0, 0, 0].tolist() == [1, 1, 1, 1, 0, 0, 0, 0]


def test_the_large_recipe_for_a_gpu_is_built_and_draws_256_pixels() -> None:
    config = AttnGanConfig(
        words_dim=8, image_size=256, cond_dim=16, widths=(32,) * 6, critic=(16, 32, 32, 32, 32, 32), looks=(16,)
    )
    assert config.shown == (8, 16, 32, 64, 256)
    made = AttnGenerator(config)(
        torch.randn(1, 64), Reading(torch.randn(1, 2, 8), torch.zeros(1, 2, dtype=torch.bool), torch.randn(1, 8))
    )
    assert made[-1].shape == (1, 3, 256, 256)
    assert AttnDiscriminator(config)(made, torch.randn(1, 8)).scores.shape == (1, 2)


def test_widths_that_do_not_reach_the_picture_are_refused() -> None:
    with pytest.raises(ValueError, match="make 32 pixels"):
        AttnGanConfig(image_size=64, widths=(32, 32, 16))
