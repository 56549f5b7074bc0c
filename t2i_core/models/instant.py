"""The instant generator: a patchflow that draws in one step, kept as a small correction of the many-step one.

A patchflow shown pure noise answers with the average of all pictures that could come of it, a blur. The corrected
network answers with the one picture that the flow's sixteen steps lead to. Every matrix of it is the flow's own plus
one of low rank (cf. LCM-LoRA, arXiv 2311.05556), so that the correction is a tenth of the network's size.
"""

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

from t2i_core.models.layers import channels_last
from t2i_core.models.patchflow import PatchFlow

UP, DOWN = ".up", ".down"


class Instant(nn.Module):
    """(noise [B, 3, S, S], what is asked [B, cond_dim] as `ConditionEmbedder.said` gives it) -> pictures [B, 3, S, S].

    It starts as the flow it corrects; only the correction learns. rank: of the corrections; 0 corrects all in full
    """

    def __init__(self, flow: PatchFlow, rank: int) -> None:
        super().__init__()
        self.config = flow.config
        self.flow: PatchFlow = copy.deepcopy(flow).float().requires_grad_(False)
        channels_last(self.flow)
        self.learned = nn.ParameterDict()
        for name, weight in self.flow.backbone.named_parameters():
            rows, columns = len(weight), weight[0].numel() if weight.dim() > 1 else 1
            if rank and 2 * rank * (rows + columns) < rows * columns:  # half the numbers, or fewer
                self.learned[_key(name + UP)] = nn.Parameter(torch.zeros(rows, rank))
                self.learned[_key(name + DOWN)] = nn.Parameter(torch.randn(rank, columns) / columns**0.5)
            else:
                self.learned[_key(name)] = nn.Parameter(torch.zeros_like(weight, memory_format=torch.contiguous_format))

    def forward(self, noise: Tensor, said: Tensor) -> Tensor:
        cond = self.flow.condition.at(torch.zeros(len(said), device=said.device), said)
        backbone = self.flow.backbone
        weights = corrected(dict(backbone.named_parameters()), self.correction())
        patches = nn.functional.pixel_unshuffle(noise, self.config.patch)
        drawn: Tensor = functional_call(backbone, weights, (patches, cond))
        return nn.functional.pixel_shuffle(drawn, self.config.patch)

    def correction(self) -> dict[str, Tensor]:
        """What was learned, by the names of the backbone's parameters: all that has to be kept of it."""
        return correction_in({f"learned.{key}": value for key, value in self.learned.items()})


def correction_in(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The correction among the tensors of an Instant's state."""
    start = "learned."
    return {key.removeprefix(start).replace("/", "."): each for key, each in state.items() if key.startswith(start)}


def corrected(base: Mapping[str, Tensor], correction: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The parameters `base` of a backbone with the correction added.

    Raises KeyError or RuntimeError where the correction is that of another network.
    """
    if strangers := {name.removesuffix(UP).removesuffix(DOWN) for name in correction} - set(base):
        raise KeyError(f"the correction knows {min(strangers)}, the network does not")
    return {name: _corrected(name, weight, correction) for name, weight in base.items()}


def _corrected(name: str, weight: Tensor, correction: Mapping[str, Tensor]) -> Tensor:
    if name + UP in correction:
        change = (correction[name + UP] @ correction[name + DOWN]).reshape(weight.shape)
    else:
        change = correction[name].reshape(weight.shape)
    return weight + (change.contiguous(memory_format=torch.channels_last) if weight.dim() == 4 else change)


def instantly(flow: PatchFlow, correction: Mapping[str, Tensor]) -> PatchFlow:
    """The network that draws in one step, at time 0 and without guidance; it shares what reads requests with `flow`.

    Raises KeyError or RuntimeError where the correction is that of another network.
    """
    result = copy.copy(flow)
    result._modules = dict(flow._modules)
    weights = corrected(flow.backbone.state_dict(), {name: each.float() for name, each in correction.items()})
    backbone = copy.deepcopy(flow.backbone).to("meta")
    backbone.load_state_dict(weights, assign=True)
    result.backbone = backbone.eval().requires_grad_(False)
    return result


def _key(name: str) -> str:
    """A parameter's name as a ParameterDict takes it."""
    return name.replace(".", "/")
