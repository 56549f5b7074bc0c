"""The instant generator that a model's folder may hold beside the flow: how it is found and loaded."""

from typing import TYPE_CHECKING

from safetensors.torch import load

from t2i_core.models.instant import instantly
from t2i_core.models.patchflow import PatchFlow

if TYPE_CHECKING:
    from t2i_core.weights import ModelFolder

KEY = "instant"  # in a model's config.json: that there is one
FILE = "instant.safetensors"


def load_instant(folder: "ModelFolder", flow: PatchFlow) -> PatchFlow | None:
    """The network that draws in one step, where the folder has one. Raises KeyError, RuntimeError or ValueError where
    its file is damaged."""
    if KEY not in folder.config:
        return None
    return instantly(flow, load(folder.files[FILE]))
