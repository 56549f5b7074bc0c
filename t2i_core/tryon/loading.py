"""The networks that look at people, out of their folders."""

import torch

from t2i_core.errors import WeightsError
from t2i_core.models.body import BodySeeing
from t2i_core.models.parsing import ParsingConfig, ParsingNet
from t2i_core.models.pose import PoseConfig, PoseNet
from t2i_core.weights import locate, read_folder
from t2i_core.weights.networks import network_of


def load_body(name: str, kind: str) -> BodySeeing:
    """A network of the kind “pose” or “parsing”, by name, folder or owner/name on the Hub.

    Raises WeightsError for a folder that is missing, damaged, or another model's.
    """
    folder = read_folder(locate(name))
    if folder.config.get("model") != kind:
        found = folder.config.get("model")
        raise WeightsError(f"{folder.path.name} is a {found} model; a {kind} model is needed here.")
    network: BodySeeing = network_of(
        folder, lambda stored: PoseNet(PoseConfig(**stored)) if kind == "pose" else ParsingNet(ParsingConfig(**stored))
    )
    network.encoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.eval().requires_grad_(False)
