import torch

from t2i_core.models.conditioning import Condition, ConditionEmbedder, SentenceEncoder


def condition(batch: int = 3) -> Condition:
    return Condition(
        text=torch.randint(1, 50, (batch, 6)),
        choices=torch.randint(1, 4, (batch, 2)),
        numbers=torch.randn(batch, 5),
        given=torch.ones(batch, 5),
    )


def embedder() -> ConditionEmbedder:
    return ConditionEmbedder(
        dim=32, choices=(3, 4), numbers=5, vocab_size=50, text_dim=48, text_vectors=False, max_pieces=6
    )


def test_padding_after_a_sentence_does_not_change_its_vector() -> None:
    encoder = SentenceEncoder(vocab_size=50, dim=48, max_pieces=8)
    words = torch.tensor([[4, 9, 7]])
    padded = torch.tensor([[4, 9, 7, 0, 0, 0]])
    torch.testing.assert_close(encoder(words), encoder(padded), atol=1e-5, rtol=1e-4)


def test_a_sentence_without_words_is_a_finite_vector() -> None:
    encoder = SentenceEncoder(vocab_size=50, dim=48, max_pieces=8)
    assert torch.isfinite(encoder(torch.zeros(2, 8, dtype=torch.long))).all()


def test_every_part_of_a_condition_changes_the_embedding() -> None:
    embed, asked, t = embedder(), condition(1), torch.full((1,), 0.5)
    base = embed(t, asked)
    others = [
        Condition(asked.text % 49 + 1, asked.choices, asked.numbers, asked.given),
        Condition(asked.text, asked.choices * 0, asked.numbers, asked.given),
        Condition(asked.text, asked.choices, asked.numbers + 1, asked.given),
        Condition(asked.text, asked.choices, asked.numbers, asked.given * 0),
    ]
    assert all((embed(t, other) - base).abs().max() > 1e-4 for other in others)
    assert (embed(t + 0.3, asked) - base).abs().max() > 1e-4


def test_a_number_that_is_not_given_does_not_count() -> None:
    embed, asked, t = embedder(), condition(1), torch.zeros(1)
    silent = Condition(asked.text, asked.choices, asked.numbers, asked.given * 0)
    other = Condition(asked.text, asked.choices, asked.numbers + 5, asked.given * 0)
    assert torch.equal(embed(t, silent), embed(t, other))


def test_asking_for_nothing_is_the_same_for_everybody() -> None:
    embed, t = embedder(), torch.zeros(3)
    nothing = embed(t, condition().nothing())
    torch.testing.assert_close(nothing[0], nothing[2])


def test_conditions_are_cut_joined_and_masked_by_rows() -> None:
    asked = condition(4)
    joined = Condition.cat([asked[slice(0, 1)], asked[slice(1, 4)]])
    assert torch.equal(joined.text, asked.text)
    kept = asked.keep(torch.tensor([True, False, True, True]))
    assert len(kept) == 4
    assert torch.equal(kept.choices[0], asked.choices[0])
    assert not kept.text[1].any()
    assert not kept.given[1].any()
