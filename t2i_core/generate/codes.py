"""Pictures from InfoGAN's codes: a kind and sliders whose meaning a model found by itself."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from t2i_core.errors import InputError, WeightsError
from t2i_core.generate.request import MAX_COUNT, MAX_SEED
from t2i_core.generate.sampler import to_images
from t2i_core.models.dcgan import DcganConfig, DcganGenerator, draw_noise
from t2i_core.weights import locate, read_folder
from t2i_core.weights.networks import network_of

KIND = "dcgan"
MEANINGS = "meanings"  # in config.json: what each slider was measured to move


@dataclass(frozen=True)
class CodeRequest:
    """Pictures of seeds `seed`, `seed` + 1, ... under the same codes.

    kind: which category, from 1; sliders: in [-1, 1], 0 for those that are not given

    Raises InputError for values that make no sense.
    """

    seed: int = 0
    count: int = 8
    kind: int = 1
    sliders: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MAX_COUNT:
            raise InputError(f"Ask for 1 to {MAX_COUNT} pictures, not {self.count}.")
        if not 0 <= self.seed <= MAX_SEED:
            raise InputError(f"A seed is a whole number from 0 to {MAX_SEED}; got {self.seed}.")
        if not all(-1 <= value <= 1 for value in self.sliders):  # no number at all is refused too
            raise InputError("A slider stands between -1 and 1.")

    def to_dict(self) -> dict[str, object]:
        """As it is kept inside a saved picture."""
        return asdict(self)


class CodePainter:
    """A loaded InfoGAN."""

    def __init__(self, network: DcganGenerator, *, name: str, meanings: Sequence[str] = ()) -> None:
        self.network, self.name, self.meanings = network.eval().requires_grad_(False), name, tuple(meanings)

    @classmethod
    def from_pretrained(cls, name: str | Path) -> "CodePainter":
        """Loads a model by its name, its folder, or its Hub id. Raises WeightsError where it is no InfoGAN."""
        folder = read_folder(locate(str(name)))
        if folder.config["model"] != KIND:
            raise WeightsError(f"{folder.path.name} is a {folder.config['model']} model, which has no codes.")
        network = network_of(folder, lambda stored: DcganGenerator(config_of(stored)))
        meanings = folder.config.get(MEANINGS, [])
        told = [str(meaning) for meaning in meanings] if isinstance(meanings, list) else []
        return cls(network, name=str(folder.config.get("name", folder.path.name)), meanings=told)

    @property
    def config(self) -> DcganConfig:
        """How many kinds and sliders there are, among other things."""
        return self.network.config

    def meaning(self, slider: int) -> str:
        """What a slider, from 0, was measured to move; "" where nothing is known of it."""
        return self.meanings[slider] if slider < len(self.meanings) else ""

    @torch.inference_mode()
    def draw(self, request: CodeRequest) -> list[Image.Image]:
        """The request's pictures in the order of their seeds: the same for the same request, in any batch to rounding.

        Raises InputError for a kind or a slider that the model does not have.
        """
        codes = self._codes(request).expand(request.count, -1)
        seeds = range(request.seed, request.seed + request.count)
        noise = torch.cat([draw_noise(self.config, 1, torch.Generator().manual_seed(seed)) for seed in seeds])
        return to_images(self.network(noise, codes))

    def _codes(self, request: CodeRequest) -> Tensor:
        kinds, sliders = self.config.categories, self.config.continuous
        if not 1 <= request.kind <= max(1, kinds):
            raise InputError(f"{self.name} knows kinds 1 to {kinds}, not {request.kind}.")
        if len(request.sliders) > sliders:
            raise InputError(f"{self.name} has {sliders} sliders, not {len(request.sliders)}.")
        codes = torch.zeros(1, self.config.codes)
        if kinds:
            codes[0, request.kind - 1] = 1
        codes[0, kinds : kinds + len(request.sliders)] = torch.tensor(request.sliders)
        return codes


def config_of(stored: Any) -> DcganConfig:  # noqa: ANN401
    """A network's settings as config.json has them. Raises TypeError or ValueError where they are damaged."""
    fields: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in stored.items()}
    return DcganConfig(**fields)
