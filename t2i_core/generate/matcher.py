"""How well a text and a picture belong together: a probability, and where in the picture each word looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from t2i_core.data.domain import Domain
from t2i_core.data.domains import find_domain
from t2i_core.errors import InputError, WeightsError
from t2i_core.generate.sampler import to_tensor
from t2i_core.models.damsm import Damsm, DamsmConfig, Pictures, Texts
from t2i_core.text.tokenizer import Tokenizer
from t2i_core.weights import ModelFolder, locate, read_folder

KIND = "damsm"
START = "▁"  # how a piece that starts a word begins
MAX_TEXT = 1000
BATCH = 32  # pictures looked at together
PAIRS = 4096  # pictures times texts compared together: some 20 MB a tensor

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class WordAttention:
    """One word of a text. weight: its share in the match, all words together 1; map: [8, 8], where it looks, 0..1."""

    word: str
    weight: float
    map: NDArray[np.float32]


class Matcher:
    """Judges texts and pictures of one domain."""

    def __init__(self, network: Damsm, tokenizer: Tokenizer, domain: Domain, framed: int) -> None:
        """framed: pixels a side of the pictures the network learned from."""
        self.network = network.eval().requires_grad_(False)
        self.tokenizer, self.domain, self.framed = tokenizer, domain, framed

    @classmethod
    def from_pretrained(cls, name: str) -> "Matcher":
        """By name, folder or owner/name on the Hub. Raises WeightsError for a folder that is missing, damaged, or no
        matcher."""
        return load_matcher(read_folder(locate(name)))

    def match(self, text: str, image: Image.Image) -> float:
        """The probability that the text belongs to the picture, where half of such pairs do."""
        return float(_logistic(self.similarities([text], [image]))[0, 0])

    def similarities(self, texts: Sequence[str], images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Log-odds of a match for every picture with every text, [images, texts]."""
        return self.log_odds(texts, self.pixels(images))

    def log_odds(self, texts: Sequence[str], images: Pixels) -> NDArray[np.float32]:
        """As `similarities`, for square pictures uint8 [N, 3, S, S]."""
        return self.compare(self.read(texts), images)

    @torch.inference_mode()
    def compare(self, read: Texts, images: Pixels) -> NDArray[np.float32]:
        """As `log_odds`, for texts that were read before."""
        count = len(read.sentence)
        batch = max(1, min(BATCH, PAIRS // count))
        rows = [
            self.network.log_odds(self.network.scores(self._seen(images[start : start + batch]), read)).numpy()
            for start in range(0, len(images), batch)
        ]
        return np.concatenate([np.zeros((0, count), np.float32), *rows])

    @torch.inference_mode()
    def attend(self, text: str, image: Image.Image) -> list[WordAttention]:
        """Every word with its weight and the regions it looks at, in the text's order."""
        pictures, texts = self._seen(self.pixels([image])), self.read([text])
        found = self.network.explain(pictures, texts)
        pieces = self.tokenizer.pieces(text)[: int((~texts.padding).sum())]
        return _by_word(pieces, found.weights[0, 0].numpy(), found.looks[0, 0].numpy())

    def pixels(self, images: Sequence[Image.Image]) -> Pixels:
        """Pictures as the network learned from them: square ones as they are, others framed as in training."""
        framed = [
            image.convert("RGB").resize((self.framed, self.framed), Image.Resampling.LANCZOS)
            if image.width == image.height
            else self.domain.frame(image, self.framed, "")
            for image in images
        ]
        empty = np.zeros((0, 3, self.framed, self.framed), np.uint8)
        return np.stack([np.asarray(image).transpose(2, 0, 1) for image in framed]) if framed else empty

    def _seen(self, images: Pixels) -> Pictures:
        return self.network.pictures(self.network.see(to_tensor(images)))

    @torch.inference_mode()
    def read(self, texts: Sequence[str]) -> Texts:
        """Texts in the space where they are compared, to be used again. Raises InputError for texts that are empty or
        too long."""
        if not texts:
            raise InputError("Give at least one text to match.")
        for text in texts:
            if not text.strip() or len(text) > MAX_TEXT:
                raise InputError(f"A text to match has 1 to {MAX_TEXT:,} characters; got {len(text):,}.")
        length = self.network.config.max_pieces
        ids = np.stack([self.tokenizer.ids(text, length) for text in texts])
        longest = max(1, int((ids != 0).sum(1).max()))
        return self.network.texts(torch.from_numpy(ids[:, :longest]))


def load_matcher(folder: ModelFolder) -> Matcher:
    """The matcher a folder describes. Raises WeightsError where its parts do not fit together."""
    config = folder.config
    if config.get("model") != KIND:
        raise WeightsError(f"{folder.path.name} is a {config.get('model')} model; only {KIND} models match texts.")
    try:
        tokenizer = Tokenizer(folder.files["tokenizer.model"])
        matcher = Matcher(_network(folder), tokenizer, find_domain(str(config["domain"])), _framed(config["framed"]))
        if tokenizer.vocab_size > matcher.network.config.vocab_size:
            raise ValueError(f"the tokenizer has {tokenizer.vocab_size} pieces, the network knows fewer")
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError, ArithmeticError, InputError) as problem:
        reason = str(problem).strip().partition("\n")[0][:300]
        raise WeightsError(
            f"The files in {folder.path} do not belong together or come from another version ({reason}). "
            "Download the model's folder again."
        ) from problem
    return matcher


def _network(folder: ModelFolder) -> Damsm:
    """The network, built without memory of its own (meta): the folder's tensors are all it holds."""
    stored: Any = folder.config["network"]
    with torch.device("meta"):
        network = Damsm(DamsmConfig(**stored))
    network.load_state_dict({name: tensor.float() for name, tensor in folder.tensors.items()}, assign=True)
    return network


def _framed(stored: object) -> int:
    if not isinstance(stored, int) or not 16 <= stored <= 512:
        raise ValueError(f"framed in config.json should be a number of pixels, not {stored!s:.40}")
    return stored


def _by_word(pieces: Sequence[str], weights: NDArray[np.float32], looks: NDArray[np.float32]) -> list[WordAttention]:
    """Pieces joined into words: weights added up, maps averaged by them. weights: [L], looks: [L, h, w]."""
    starts = [index for index, piece in enumerate(pieces) if index == 0 or piece.startswith(START)]
    found = []
    for start, end in zip(starts, [*starts[1:], len(pieces)], strict=True):
        word = "".join(pieces[start:end]).replace(START, "")
        if not word:
            continue
        share = weights[start:end]
        mixed = np.average(looks[start:end], axis=0, weights=share + 1e-9)
        found.append(WordAttention(word, float(share.sum()), _spread(mixed)))
    return found


def _spread(look: NDArray[np.float32]) -> NDArray[np.float32]:
    """A map stretched to 0..1; one that looks everywhere alike is 0."""
    low, high = look.min(), look.max()
    return np.asarray((look - low) / (high - low) if high > low else look * 0, np.float32)


def _logistic(x: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-x.clip(-60, 60))), np.float32)
