"""Pose transfer: a person drawn anew in another pose, in parts that may be several people's, wholly or by halves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from t2i_core.data.joints import Joints
from t2i_core.data.parts import EIGHT_NAMES
from t2i_core.errors import InputError, WeightsError
from t2i_core.generate.sampler import to_images
from t2i_core.models.adgan import AdganConfig, AdganGenerator, heat_maps
from t2i_core.models.skinning import carry
from t2i_core.tryon.appearance import Appearance, Size, as_tensors
from t2i_core.weights import locate, read_folder
from t2i_core.weights.networks import network_of

BACKGROUND, HEAD, SKIN, UPPER, LOWER, DRESS, OUTER, SHOES = range(8)
PART_NAMES = ("head", "skin", "upper", "lower", "dress", "outer", "shoes")  # of the eight, without the background
NUMBER: Mapping[str, int] = {name: number for number, name in enumerate(PART_NAMES, 1)}
LAID = (SKIN, LOWER, SHOES, DRESS, UPPER, OUTER, HEAD, BACKGROUND)  # the later before the earlier
ARRAYS = ("pixels", "parts", "joints")
SHOWN = 0.004  # of the picture: what covers less is not worn
ALSO_LEAVES: Mapping[int, tuple[int, ...]] = {DRESS: (UPPER, LOWER), UPPER: (DRESS,), LOWER: (DRESS,)}


@dataclass(frozen=True)
class Borrowed:
    """Parts of somebody else's. shares: by the name of a part, how much of its style is theirs, 0..1."""

    look: Appearance
    shares: Mapping[str, float]


@dataclass(frozen=True)
class TransferRequest:
    """Who is drawn, whose parts they wear, and the pose: the joints of an Appearance of the model's size."""

    look: Appearance
    pose: Joints
    borrowed: Sequence[Borrowed] = field(default_factory=tuple)


class Transfer:
    """Draws people in poses."""

    def __init__(self, network: AdganGenerator) -> None:
        self.network = network.eval().requires_grad_(False)

    @classmethod
    def from_pretrained(cls, name: str = "transfer") -> "Transfer":
        """By name, folder or owner/name on the Hub. Raises WeightsError for a folder that is missing, damaged, or
        another model's."""
        folder = read_folder(locate(name))
        if folder.config.get("model") != "adgan":
            found = folder.config.get("model")
            raise WeightsError(f"{folder.path.name} is a {found} model; one of pose transfer (adgan) is needed here.")
        network = network_of(folder, lambda stored: AdganGenerator(AdganConfig(**stored)))
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return cls(network)

    @property
    def size(self) -> Size:
        """Rows and columns of the pictures it takes and draws."""
        return self.network.config.height, self.network.config.width

    @torch.inference_mode()
    def draw(self, request: TransferRequest) -> Image.Image:
        """The picture, as small as the network draws it; see `enlarged`.

        Raises InputError for a part that nobody knows, or that the person it is borrowed from does not wear.
        """
        looks = [request.look, *(one.look for one in request.borrowed)]
        if sizes := {look.parts.shape for look in looks} - {self.size}:
            raise ValueError(f"looks must be {self.size}, got {sizes}")
        shares = torch.from_numpy(shares_of(request))  # [looks, 8]
        pixels, parts, points = (np.stack([getattr(look, name) for look in looks]) for name in ARRAYS)
        pictures, masks, joints = as_tensors(pixels, parts, points)
        pose = torch.from_numpy(request.pose[None, :, :2].copy())
        along = carry(pictures, masks, joints, pose.expand(len(looks), -1, -1))
        seen = torch.from_numpy(request.pose[None, :, 2] > 0)[..., None]
        heat = heat_maps(torch.where(seen, pose, torch.nan), self.network.config)
        codes = self._codes(pictures, masks, shares)
        return to_images(self.network.draw(codes, heat, laid(along, shares)[None]).pictures)[0]

    def _codes(self, pictures: Tensor, masks: Tensor, shares: Tensor) -> Tensor:
        """The style of every part, [1, 8, code], mixed of the looks' and, for what is left, of a part not worn."""
        nobody = torch.zeros_like(pictures[:1]), torch.zeros_like(masks[:1])
        codes = self.network.codes(torch.cat([pictures, nobody[0]]), torch.cat([masks, nobody[1]]))
        weights = torch.cat([shares, 1 - shares.sum(0, keepdim=True)])
        return torch.einsum("lp,lpc->pc", weights, codes)[None]


def shares_of(request: TransferRequest) -> NDArray[np.float32]:
    """How much of each part's style every look gives, [1 + borrowed, 8]. A dress replaces top and trousers, and the
    other way round; what sums to less than 1 is not worn."""
    shares = np.zeros((1 + len(request.borrowed), len(EIGHT_NAMES)), np.float32)
    shares[0] = 1
    for row, borrowed in enumerate(request.borrowed, 1):
        for name, share in borrowed.shares.items():
            part = _part(name, share, borrowed.look)
            shares[:, part] *= 1 - share
            shares[row, part] += share
            for other in ALSO_LEAVES.get(part, ()):
                if EIGHT_NAMES[other] not in borrowed.shares:
                    shares[:, other] *= 1 - share
    return shares


def worn(look: Appearance) -> list[str]:
    """The parts that a look shows, by their names."""
    counts = np.bincount(look.parts.ravel(), minlength=len(EIGHT_NAMES)) / look.parts.size
    return [name for name, part in NUMBER.items() if counts[part] > SHOWN]


def laid(along: Tensor, shares: Tensor) -> Tensor:
    """What is carried along of every look [L, 3 + 8, H, W] as one [3 + 8, H, W]: each part mixed by its shares [L, 8],
    those that are worn over others laid over them."""
    masks = along[:, 3:]
    colour = along[:, :3] / masks.sum(1, keepdim=True).clamp(min=1e-3)
    picture, kept = torch.zeros_like(along[0, :3]), torch.zeros_like(masks[0])
    for part in LAID:
        weights = shares[:, part, None, None] * masks[:, part]  # [L, H, W]
        alpha = weights.sum(0).clamp(max=1)
        picture = picture * (1 - alpha) + (weights[:, None] * colour).sum(0)
        kept = kept * (1 - alpha)
        kept[part] += alpha
    return torch.cat([picture, kept])


def enlarged(image: Image.Image, times: int = 4) -> Image.Image:
    """A drawn picture smoothly enlarged, to look at."""
    return image.resize((image.width * times, image.height * times), Image.Resampling.BICUBIC)


def notes(request: TransferRequest) -> list[str]:
    """What of a picture is a guess, in words."""
    found = []
    unseen = [name for name, joints in _LIMBS.items() if not np.isfinite(request.look.joints[joints, 0]).all()]
    if unseen:
        found.append(f"The photo does not show {_listed(unseen)}: how they look is a guess.")
    if not (request.pose[:, 2] > 0).all():
        found.append("The pose's own photo does not show the whole body: what lies outside is left to the network.")
    return found


def _part(name: str, share: float, look: Appearance) -> int:
    if name not in NUMBER:
        raise InputError(f"There is no part “{name[:40]}”. Parts: {', '.join(PART_NAMES)}.")
    if not 0 <= share <= 1:
        raise InputError(f"The share of a part lies between 0 and 1; {name} has {share:g}.")
    if share > 0 and name not in worn(look):
        raise InputError(f"The person to borrow from shows no {name}. They show: {', '.join(worn(look))}.")
    return NUMBER[name]


_LIMBS: Mapping[str, list[int]] = {"the arms": [3, 4, 6, 7], "the legs": [9, 10, 12, 13]}


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names)
