from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from t2i_core.errors import WeightsError
from t2i_core.training.checkpoint import NAME
from t2i_core.training.loop import LoopConfig, train
from t2i_core.training.opponent import Opponent

PACE = LoopConfig(steps=30, batch=8, lr=0.02, warmup=0, decay=0.0, bf16=False, log_every=5, ema=0.9, muon=0.0)


class Tug:
    """Two numbers in a game: one wants to be near the other, which wants to be away from it and near zero."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.model: nn.Module = nn.Linear(1, 1)
        self.opponent = Opponent(nn.Linear(1, 1), pace=0.5)

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        x = torch.randn(8, 1, generator=torch.Generator().manual_seed(step))
        theirs = self.opponent.model(x)
        self.opponent.step((theirs - model(x).detach() - 1).square().mean() + theirs.square().mean())
        with self.opponent.frozen():
            loss = (model(x) - self.opponent.model(x)).square().mean()
        return {"loss": loss}

    def sheet(self, model: nn.Module) -> Image.Image:
        return Image.new("RGB", (8, 8))


def numbers(game: Tug) -> list[float]:
    both = [*game.model.parameters(), *game.opponent.model.parameters()]
    return [float(value) for parameter in both for value in parameter.detach().flatten()]


def play(run: Path, steps: int, *, resume: bool = False) -> Tug:
    game = Tug()
    train(game, LoopConfig(**{**vars(PACE), "steps": steps}), run, resume=resume, opponent=game.opponent)
    return game


def test_both_players_learn_and_the_opponent_at_its_own_pace(tmp_path: Path) -> None:
    game = Tug()
    before = numbers(game)
    train(game, PACE, tmp_path, opponent=game.opponent)
    assert all(one != other for one, other in zip(before, numbers(game), strict=True))
    game.opponent.set_lr(0.1)
    assert [group["lr"] for group in game.opponent.optimizer._adam.param_groups] == [0.05]


def test_a_resumed_game_ends_where_an_uninterrupted_one_does(tmp_path: Path) -> None:
    play(tmp_path / "parts", 12)
    resumed, straight = play(tmp_path / "parts", 30, resume=True), play(tmp_path / "straight", 30)
    assert numbers(resumed) == pytest.approx(numbers(straight), abs=1e-6)


def test_a_checkpoint_without_the_opponent_is_told(tmp_path: Path) -> None:
    play(tmp_path, 5)
    (tmp_path / NAME / "opponent.safetensors").unlink()
    with pytest.raises(WeightsError, match="does not fit"):
        play(tmp_path, 9, resume=True)


def test_a_loss_that_is_not_a_number_does_not_spoil_the_opponent() -> None:
    opponent = Opponent(nn.Linear(1, 1))
    opponent.set_lr(0.1)
    before = [parameter.clone() for parameter in opponent.model.parameters()]
    opponent.step(opponent.model(torch.ones(2, 1)).mean() * float("nan"))
    assert all(torch.equal(one, other) for one, other in zip(before, opponent.model.parameters(), strict=True))


def test_a_frozen_opponent_lets_gradients_through_and_keeps_none() -> None:
    opponent = Opponent(nn.Linear(1, 1))
    x = torch.ones(1, 1, requires_grad=True)
    with opponent.frozen():
        opponent.model(x).sum().backward()
    assert x.grad is not None
    assert all(parameter.grad is None for parameter in opponent.model.parameters())
    assert all(parameter.requires_grad for parameter in opponent.model.parameters())
