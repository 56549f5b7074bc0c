"""The instant generator that a model's folder may hold beside the flow: how it is found and loaded."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safetensors.torch import load

from t2i_core.models.instant import instantly
from t2i_core.models.patchflow import PatchFlow

if TYPE_CHECKING:
    from t2i_core.weights import ModelFolder

KEY = "instant"  # in a model's config.json: that there is one
FILE = "instant.safetensors"


@dataclass(frozen=True)
class OneStep:
    """The network that draws in one step. white: pixels of its pictures at least this bright become pure white; it is
    less sure of plain grounds than the flow"""

    network: PatchFlow
    white: int = 256


def load_instant(folder: "ModelFolder", flow: PatchFlow) -> OneStep | None:
    """The one-step network of a folder that has one. Raises KeyError, RuntimeError, TypeError or ValueError where it is
    damaged."""
    told = folder.config.get(KEY)
    if told is None:
        return None
    if not isinstance(told, dict):
        raise TypeError(f"{KEY} in config.json should be a dict")
    return OneStep(instantly(flow, load(folder.files[FILE])), int(told.get("white", 256)))
