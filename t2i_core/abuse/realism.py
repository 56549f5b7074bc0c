"""Is it a real photo of a product? The judge is a discriminator that learned against generators and other pictures.

It looks at 64 pixels a side, where a drawn, a generated or a street picture still differs from a shop's photo, and
where how many pixels a seller's file has makes no difference. What it says is a hint among others, never more.
"""

from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np
import torch
from PIL import Image

from t2i_core.abuse.overlay import squared
from t2i_core.abuse.verdict import Signal, Subject
from t2i_core.errors import WeightsError
from t2i_core.generate.sampler import to_tensor
from t2i_core.models.projected import new_critic
from t2i_core.models.tacgan import Critic, TacGanConfig
from t2i_core.weights import ModelFolder, locate, read_folder
from t2i_core.weights.networks import network_of

KIND = NAME = "realism"
RULE = "realism.not_a_product_photo"


class RealismJudge:
    """Judges single pictures."""

    def __init__(self, network: Critic) -> None:
        self.network = network.eval().requires_grad_(False)

    @classmethod
    def from_pretrained(cls, name: str = NAME) -> "RealismJudge":
        """By name, folder or owner/name on the Hub. Raises WeightsError for a folder that is missing, damaged, or no
        realism judge."""
        return load_judge(read_folder(locate(name)))

    @torch.inference_mode()
    def unreal(self, images: Sequence[Image.Image]) -> list[float]:
        """The probability of each picture that it is no photo of a product, where half of the pictures are none."""
        odds = self.network.realness(self.network(as_shown(images, self.network.config.image_size)).scores)
        return [float(chance) for chance in (-odds).sigmoid()]


def as_shown(images: Sequence[Image.Image], side: int) -> torch.Tensor:
    """Whole pictures, fitted into squares, as the discriminator takes them: [B, 3, side, side]."""
    return to_tensor(np.stack([np.asarray(squared(image, side)).transpose(2, 0, 1) for image in images]))


def realism_signals(subject: Subject) -> Sequence[Signal]:
    """`realism.not_a_product_photo`."""
    (chance,) = _judge().unreal([subject.reduced])
    return [Signal(RULE, chance)]


def load_judge(folder: ModelFolder) -> RealismJudge:
    """The judge a folder describes. Raises WeightsError where its parts do not fit together."""
    if folder.config.get("model") != KIND:
        kind = folder.config.get("model")
        raise WeightsError(f"{folder.path.name} is a {kind} model; only {KIND} models tell photos from other pictures.")
    return RealismJudge(network_of(folder, lambda stored: new_critic(config_of(stored))))


def config_of(stored: dict[str, Any]) -> TacGanConfig:
    """A network's config from its JSON. Raises TypeError or ValueError where it is none."""
    known = {field.name for field in fields(TacGanConfig)}
    if not isinstance(stored, dict) or not set(stored) <= known:
        raise TypeError("the network's settings are not those of a discriminator")
    settings: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}
    return TacGanConfig(**settings)


@cache
def _judge() -> RealismJudge:
    return RealismJudge.from_pretrained()
