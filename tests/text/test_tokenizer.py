from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from t2i_core.errors import WeightsError
from t2i_core.text.tokenizer import PAD, UNKNOWN, Tokenizer, train_tokenizer
from tests.tiny import TITLES

TEXTS = [*TITLES, *("men", "women") * 20]
tokenizer = train_tokenizer(TEXTS, vocab_size=120)


def test_pieces_join_up_to_the_text_in_lower_case() -> None:
    assert "".join(tokenizer.pieces("Nike Men")).replace("▁", " ").strip() == "nike men"


def test_upper_and_lower_case_are_the_same_to_it() -> None:
    assert tokenizer.pieces("NIKE MEN RED") == tokenizer.pieces("nike men red")


def test_a_frequent_word_is_one_piece() -> None:
    assert tokenizer.pieces("men") == ["▁men"]


def test_ids_are_padded_to_the_length_asked_for() -> None:
    ids = tokenizer.ids("men", length=5)
    assert ids.shape == (5,)
    assert ids[0] not in (PAD, UNKNOWN)
    assert ids[1:].tolist() == [PAD] * 4


def test_ids_of_a_long_text_are_cut_at_the_end() -> None:
    long = tokenizer.ids("red shoes " * 1000, length=6)
    assert np.array_equal(long, tokenizer.ids("red shoes " * 3, length=6))


def test_no_text_is_padding_only() -> None:
    assert tokenizer.ids("", length=4).tolist() == [PAD] * 4


def test_characters_it_never_saw_are_unknown() -> None:
    assert UNKNOWN in tokenizer.ids("👟")


def test_the_same_texts_give_the_same_tokenizer() -> None:
    assert train_tokenizer(TEXTS, vocab_size=120).model == tokenizer.model


def test_a_tokenizer_read_from_its_file_cuts_alike(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.model").write_bytes(tokenizer.model)
    again = Tokenizer.from_file(tmp_path / "tokenizer.model")
    assert again.vocab_size == tokenizer.vocab_size
    assert again.pieces(TITLES[6]) == tokenizer.pieces(TITLES[6])


def test_a_missing_file_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"no tokenizer at .*lost\.model"):
        Tokenizer.from_file(tmp_path / "lost.model")


@pytest.mark.parametrize("damaged", [b"", b"not a model", tokenizer.model[: len(tokenizer.model) // 2]])
def test_a_damaged_file_is_refused_with_what_to_do(damaged: bytes) -> None:
    with pytest.raises(WeightsError, match="damaged"):
        Tokenizer(damaged)


@given(st.text())
def test_any_text_gives_ids_of_the_vocabulary(text: str) -> None:
    ids = tokenizer.ids(text, length=24)
    assert ids.shape == (24,)
    assert ids.min() >= 0
    assert ids.max() < tokenizer.vocab_size
