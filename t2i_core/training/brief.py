"""Small networks that train in one go: their run's folder is not kept, and they are shipped and measured in halves."""

import tempfile
import time
from pathlib import Path
from typing import NamedTuple, TypeVar

from torch import Tensor, nn

from t2i_core.training.checkpoint import NAME, progress_of
from t2i_core.training.loop import LoopConfig, Task, train

Network = TypeVar("Network", bound=nn.Module)


class Spent(NamedTuple):
    """What a run took."""

    steps: int
    cpu_minutes: float


def train_briefly(task: Task, loop: LoopConfig, kind: type[Network]) -> tuple[Network, Spent]:
    """The averaged network of a run, which is of that kind, and what it took."""
    started = time.process_time()
    with tempfile.TemporaryDirectory(prefix="t2i-run-") as run:
        network = train(task, loop, Path(run))
        steps = progress_of(Path(run) / NAME)["step"]
    assert isinstance(network, kind)
    return network.cpu().eval(), Spent(steps, round((time.process_time() - started) / 60, 1))


def in_halves(network: Network) -> Network:
    """The network as its folder keeps it, so that what is measured is what is shipped."""
    network.load_state_dict({name: tensor.float() for name, tensor in halves(network).items()})
    return network


def halves(network: nn.Module) -> dict[str, Tensor]:
    """The tensors as a folder keeps them."""
    return {name: tensor.half() for name, tensor in network.state_dict().items()}
