"""The second player of a game: a network that learns against the task's own, e.g. the discriminator of a GAN.

The task steps it inside its own loss. The loop moves it to the device, sets its learning rate and keeps it in the
checkpoints, so that a game goes on after a kill as any other run does.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from t2i_core.training.optimizer import MuonAdamW


class Opponent:
    """A network, its AdamW, and how fast it learns: `pace` is its learning rate as a multiple of the task's own."""

    def __init__(
        self,
        model: nn.Module,
        *,
        pace: float = 1.0,
        betas: tuple[float, float] = (0.0, 0.99),
        weight_decay: float = 0.0,
        clip: float = 10.0,
    ) -> None:
        self.model, self.pace, self.clip = model, pace, clip
        self.optimizer = MuonAdamW(model, lr=0.0, betas=betas, weight_decay=weight_decay, muon=0.0)
        self._learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._accelerator: Accelerator | None = None

    def join(self, accelerator: Accelerator) -> None:
        """Takes its place beside the task's network, on the same device."""
        self._accelerator = accelerator
        self.model.to(accelerator.device)

    def set_lr(self, lr: float) -> None:
        """Follows the learning rate of the task's own network."""
        self.optimizer.set_lr(self.pace * lr)

    def step(self, loss: Tensor) -> None:
        """One step down its own loss; none where a gradient is no number."""
        self.optimizer.zero_grad()
        loss.backward()
        self._average()
        norm = torch.nn.utils.clip_grad_norm_(self._learned, self.clip)
        if torch.isfinite(norm):
            self.optimizer.step()
        self.optimizer.zero_grad()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Gradients pass through it to the other player, and leave nothing in it."""
        for parameter in self._learned:
            parameter.requires_grad_(False)
        try:
            yield
        finally:
            for parameter in self._learned:
                parameter.requires_grad_(True)

    def _average(self) -> None:
        """The same gradients in every process."""
        if self._accelerator is None or self._accelerator.num_processes == 1:
            return
        for parameter in self._learned:
            if parameter.grad is not None:
                parameter.grad = self._accelerator.reduce(parameter.grad, "mean")
