"""Titles as sentencepiece pieces: a unigram model, case folded, learned from product titles."""

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import sentencepiece
from numpy.typing import NDArray

from t2i_core.errors import WeightsError

PAD, UNKNOWN = 0, 1


class Tokenizer:
    """Text to piece ids and back. `model` is the content of a sentencepiece model file."""

    def __init__(self, model: bytes) -> None:
        self._processor = sentencepiece.SentencePieceProcessor()
        try:
            self._processor.LoadFromSerializedProto(model)  # the constructor would take an empty file for no file
        except RuntimeError as problem:
            raise WeightsError("The tokenizer file is damaged. Download the model's folder again.") from problem
        self.model = model

    @classmethod
    def from_file(cls, path: Path) -> "Tokenizer":
        """Reads a sentencepiece model. Raises WeightsError where there is none."""
        try:
            return cls(path.read_bytes())
        except OSError as problem:
            raise WeightsError(f"There is no tokenizer at {path}. Download the model's folder again.") from problem

    @property
    def vocab_size(self) -> int:
        return int(self._processor.vocab_size())

    def pieces(self, text: str) -> list[str]:
        """The text cut into pieces; `▁` marks the start of a word."""
        return list(self._processor.encode(text, out_type=str))

    def ids(self, text: str, length: int = 24) -> NDArray[np.int64]:
        """Exactly `length` piece ids: cut at the end, or padded with 0."""
        row = np.zeros(length, np.int64)
        found = self._processor.encode(text)[:length]
        row[: len(found)] = found
        return row


def train_tokenizer(texts: Iterable[str], vocab_size: int = 4000) -> Tokenizer:
    """A unigram tokenizer of the texts. The same texts give the same tokenizer."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        vocab_size=vocab_size,
        model_type="unigram",
        normalization_rule_name="nmt_nfkc_cf",
        pad_id=PAD,
        unk_id=UNKNOWN,
        bos_id=-1,
        eos_id=-1,
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
    )
    return Tokenizer(model.getvalue())
