"""What a matcher learns from: the texts of pictures as piece ids, what they claim, and what a frozen network sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from t2i_core.data.domain import Domain, Item
from t2i_core.data.training_set import Examples
from t2i_core.generate.sampler import to_tensor
from t2i_core.models.damsm import Damsm
from t2i_core.models.lite import Lite
from t2i_core.models.precision import fast_autocast
from t2i_core.models.seeing import Seen
from t2i_core.text.tokenizer import Tokenizer
from t2i_core.training.cache import cached, fingerprint
from t2i_core.training.features import FrozenLite, Pixels
from t2i_core.weights import shares

VERSION = "1"  # raise it with any change that moves what is seen: it names the cached files
SMALL = 64  # pixels a side of the smallest pictures that are judged
NAMES = {"_conv_stem": "stem", "_blocks": "blocks", "_conv_head": "head"} | {
    f"_{part}_conv": part for part in ("expand", "depthwise", "project")
}


@dataclass(frozen=True)
class Pairs:
    """Pictures with their texts, as arrays a batch is cut from.

    ids: [N, W, L] pieces of W texts a picture
    labels: [N, K] what is known of a picture, in numbers; claims: [N, W, K] what a text says of it, 0 = nothing
    seen: the pictures as the frozen encoder sees them; `turned`: their mirrored twins, where those are as good
    """

    ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    claims: NDArray[np.int64]
    seen: Seen
    turned: Seen | None = None

    def __len__(self) -> int:
        return len(self.ids)


def encoder_of_wheel() -> Lite:
    """The published EfficientNet-Lite0, rounded to the halves in which a model's folder keeps it."""
    published = FrozenLite("lite0").net.state_dict()
    tensors = {_renamed(name): tensor.half().float() for name, tensor in published.items() if "_fc" not in name}
    encoder = Lite()
    encoder.load_state_dict(tensors)
    return encoder.requires_grad_(False).eval()


def shared_encoder(tensors: Mapping[str, Tensor]) -> dict[str, object]:
    """What the config.json of a model with an `encoder` says: that its weights lie in the folder of Lite0, once for
    all. Empty where that folder is not here or the encoder is another one."""
    return shares("encoder.", "lite0", tensors)


def _renamed(name: str) -> str:
    return ".".join(NAMES.get(part, part) for part in name.split("."))


def look(network: Damsm, images: Pixels, cache: Path, *, turned: bool = False, batch: int = 32) -> Seen:
    """What the frozen encoder sees in pictures (uint8 [N, 3, S, S]), in halves, kept in the cache folder.

    turned: look at mirrored pictures no sharper than 64 pixels, so that a matcher judges small pictures as well
    """
    side = network.config.image_size
    key = fingerprint(VERSION, str(side), str(turned), images)
    return Seen(**cached(cache / f"seen-{key}.safetensors", lambda: _look(network, images, turned, batch)))


@torch.inference_mode()
def _look(network: Damsm, images: Pixels, turned: bool, batch: int) -> dict[str, Tensor]:
    parts = []
    for start in range(0, len(images), batch):
        x = to_tensor(images[start : start + batch])
        with fast_autocast():  # half the time; what it rounds away is not learned from
            parts.append(vars(network.see(_as_small(x.flip(3)) if turned else x)))
    return {name: torch.cat([part[name].half().contiguous() for part in parts]) for name in parts[0]}


def _as_small(x: Tensor) -> Tensor:
    if x.shape[-1] <= SMALL:
        return x
    return F.interpolate(x, size=(SMALL, SMALL), mode="bicubic", antialias=True).clamp(-1, 1)


def texts_of(examples: Examples) -> list[list[str]]:
    """The same number of texts for every picture, the first its title: all its captions, or wordings of its title, the
    last of them with its labels."""
    most = max(len(item.texts) for item in examples.items)
    if not most:
        rows = zip(examples.items, examples.wordings(), strict=True)
        return [[*row, labelled(item, examples.domain)] for item, row in rows]
    return [_repeated([item.title, *item.texts], most + 1) for item in examples.items]


def labelled(item: Item, domain: Domain) -> str:
    """The title, after the labels it does not name: “Blue Tshirts Nike Round Neck Jersey”."""
    labels = [item.labels[name] for name in reversed(domain.judged) if name in item.labels]
    return " ".join([*(label for label in labels if label.lower() not in item.title.lower()), item.title])


def _repeated(texts: Sequence[str], count: int) -> list[str]:
    return [texts[index % len(texts)] for index in range(count)]


def pairs_of(examples: Examples, tokenizer: Tokenizer, length: int, seen: Seen, turned: Seen | None = None) -> Pairs:
    """Examples as arrays. length: pieces a text is cut to."""
    texts = texts_of(examples)
    codes = _codes(examples.items, examples.domain)
    rows = zip(examples.items, texts, strict=True)
    claims = [[claimed(item, text, examples.domain) for text in row] for item, row in rows]
    return Pairs(
        ids=np.stack([np.stack([tokenizer.ids(text, length) for text in row]) for row in texts]),
        labels=np.array([_numbers(item.labels, codes, examples.domain) for item in examples.items]),
        claims=np.array([[_numbers(said, codes, examples.domain) for said in row] for row in claims]),
        seen=seen,
        turned=turned,
    )


def claimed(item: Item, text: str, domain: Domain) -> dict[str, str]:
    """The labels by which a text could be told from another picture's: the tags it names, or else all of them."""
    judged = {name: item.labels[name] for name in domain.judged if name in item.labels}
    named = {name: value for name, value in judged.items() if f"{value} {name}" in text}
    return named or judged


def alike(labels: NDArray[np.int64], claims: NDArray[np.int64]) -> Tensor:
    """Where a text claims nothing that is untrue of a picture. [P, K], [T, K] -> [P, T] bool."""
    fits = (claims[None] == 0) | (claims[None] == labels[:, None])
    return torch.from_numpy(fits.all(-1))


def _codes(items: Sequence[Item], domain: Domain) -> dict[str, dict[str, int]]:
    values = {name: sorted({item.labels.get(name, "") for item in items}) for name in domain.judged}
    return {name: {value: number for number, value in enumerate(known, 1)} for name, known in values.items()}


def _numbers(labels: dict[str, str], codes: dict[str, dict[str, int]], domain: Domain) -> list[int]:
    return [codes[name][labels[name]] if name in labels else 0 for name in domain.judged]
