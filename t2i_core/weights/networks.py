"""From a model's folder to its network."""

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import nn

from t2i_core.errors import WeightsError
from t2i_core.weights.reading import ModelFolder

N = TypeVar("N", bound=nn.Module)


def network_of(folder: ModelFolder, build: Callable[[Any], N]) -> N:
    """The network that `build` makes of config.json's `network`, holding the folder's tensors and no memory besides.

    Raises WeightsError where they do not fit together.
    """
    try:
        with torch.device("meta"):
            network = build(folder.config.get("network"))
        network.load_state_dict({name: tensor.float() for name, tensor in folder.tensors.items()}, assign=True)
    except (TypeError, ValueError, RuntimeError) as problem:
        reason = str(problem).strip().partition("\n")[0][:300]
        raise WeightsError(
            f"The files in {folder.path} do not belong together ({reason}). Download the model's folder again."
        ) from problem
    return network
