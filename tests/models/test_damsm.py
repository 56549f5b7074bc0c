import pytest
import torch
from torch import Tensor

from t2i_core.models.damsm import (
    COARSE,
    FINE,
    Damsm,
    DamsmConfig,
    Pictures,
    Texts,
    both_ways,
    word_cosines,
    word_scores,
)
from t2i_core.models.lite import HEAD
from t2i_core.models.seeing import Seen, Standard

CONFIG = DamsmConfig(vocab_size=40, text_dim=48, depth=1, max_pieces=8, dim=16, hidden=24, image_size=32)


def seen(count: int = 3) -> Seen:
    return Seen(torch.randn(count, FINE, 4, 4), torch.randn(count, COARSE, 2, 2), torch.randn(count, HEAD))


def words(vectors: Tensor, padding: list[bool] | None = None) -> Texts:
    hidden = torch.tensor([padding or [False] * vectors.shape[1]])
    return Texts(torch.nn.functional.normalize(vectors, dim=-1), hidden, torch.zeros(1, vectors.shape[-1]))


@pytest.fixture(scope="module")
def network() -> Damsm:
    torch.manual_seed(0)
    return Damsm(CONFIG).eval()


def test_every_picture_is_scored_with_every_text(network: Damsm) -> None:
    scores = network.scores(network.pictures(seen(3)), network.texts(torch.randint(1, 40, (5, 8))))
    assert scores.words.shape == scores.sentence.shape == (3, 5)
    assert scores.words.abs().max() <= 1 + 1e-5
    assert scores.sentence.abs().max() <= 1 + 1e-5


def test_padding_after_a_text_does_not_change_its_scores(network: Damsm) -> None:
    pictures = network.pictures(seen())
    short, long = torch.tensor([[4, 9, 7]]), torch.tensor([[4, 9, 7, 0, 0]])
    first, second = (network.scores(pictures, network.texts(ids)) for ids in (short, long))
    torch.testing.assert_close(first.words, second.words, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(first.sentence, second.sentence, atol=1e-5, rtol=1e-4)


def test_word_cosines_are_those_of_each_word_and_the_mix_of_regions_it_looks_at(network: Damsm) -> None:
    pictures, texts = network.pictures(seen(2)), network.texts(torch.randint(1, 40, (3, 5)))
    cosines, looks = word_cosines(pictures.regions, texts, CONFIG)
    shares = looks / looks.sum(-1, keepdim=True)
    mixed = torch.einsum("btlr,bdr->btld", shares, pictures.regions.flatten(2))
    expected = torch.cosine_similarity(mixed, texts.words[None], dim=-1)
    torch.testing.assert_close(cosines, expected, atol=1e-5, rtol=1e-4)


def test_a_word_looks_at_the_region_that_is_like_it() -> None:
    regions = torch.nn.functional.normalize(torch.eye(4)[None].reshape(1, 4, 2, 2), dim=1)  # four unlike regions
    _, looks = word_cosines(regions, words(torch.eye(4)[None, :3]), CONFIG)
    assert looks[0, 0].argmax(-1).tolist() == [0, 1, 2]


def test_a_word_score_is_a_mean_over_words_that_favours_the_best() -> None:
    cosines = torch.tensor([[[0.5, 0.5, 0.0], [0.9, 0.1, 0.0]]])
    padding = torch.tensor([[False, False, True], [False, False, True]])
    even, uneven = word_scores(cosines, padding, gamma2=5.0)[0].tolist()
    assert even == pytest.approx(0.5)
    assert 0.5 < uneven < 0.9


def test_a_pair_that_is_as_true_is_no_counterexample() -> None:
    scores = torch.tensor([[2.0, 9.0], [9.0, 2.0]])
    none, all_ = torch.zeros(2, 2, dtype=torch.bool), torch.ones(2, 2, dtype=torch.bool)
    assert both_ways(scores, none) > 10
    assert both_ways(scores, all_) == pytest.approx(0.0, abs=1e-6)


def test_the_losses_teach_pairs_but_not_the_frozen_encoder() -> None:
    torch.manual_seed(0)
    network = Damsm(CONFIG).train()
    optimizer = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], 1e-2)
    pictures, ids, alike = seen(6), torch.randint(1, 40, (6, 8)), torch.zeros(6, 6, dtype=torch.bool)
    before = {name: tensor.clone() for name, tensor in network.encoder.state_dict().items()}
    losses = []
    for _ in range(40):
        loss = network(pictures, ids, alike)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.encoder.state_dict().items())
    assert not network.encoder.training


def test_pictures_are_seen_as_regions_whatever_their_size(network: Damsm) -> None:
    with torch.no_grad():
        found = network.see(torch.rand(2, 3, 48, 48) * 2 - 1)
    assert found.fine.shape == (2, FINE, 2, 2)
    assert found.coarse.shape == (2, COARSE, 1, 1)
    assert found.pooled.shape == (2, HEAD)
    assert isinstance(network.pictures(found), Pictures)


def test_the_text_encoder_is_the_one_generators_use(network: Damsm) -> None:
    names = {name for name in network.state_dict() if name.startswith("text.")}
    assert {"text.pieces.weight", "text.places", "text.layers.0.attention.qkv.weight"} <= names


def test_channels_are_brought_to_mean_0_and_deviation_1() -> None:
    scale, x = Standard(3), 5 + 2 * torch.randn(200, 3, 4, 4)
    scale.measure(x)
    flat = scale(x).transpose(0, 1).flatten(1)
    torch.testing.assert_close(flat.mean(1), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(flat.std(1), torch.ones(3), atol=1e-3, rtol=0)


def test_a_calibration_turns_scores_into_log_odds(network: Damsm) -> None:
    scores = network.scores(network.pictures(seen(2)), network.texts(torch.randint(1, 40, (2, 8))))
    expected = 10 * scores.words + 10 * scores.sentence
    torch.testing.assert_close(network.log_odds(scores), expected)


def test_a_sentence_is_the_mean_of_its_words(network: Damsm) -> None:
    ids = torch.tensor([[4, 9, 7, 0, 0], [3, 0, 0, 0, 0]])
    tokens, padding = network.text.words(ids)
    assert padding.tolist() == [[False] * 3 + [True] * 2, [False] + [True] * 4]
    torch.testing.assert_close(network.text(ids), torch.stack([tokens[0, :3].mean(0), tokens[1, 0]]))
