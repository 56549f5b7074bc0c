from pathlib import Path

import pytest
import torch
from torch import nn

from t2i_core.errors import WeightsError
from t2i_core.training.checkpoint import NAME, OLD, Progress, find_checkpoint, load_checkpoint, save_checkpoint
from t2i_core.training.optimizer import MuonAdamW


def trained(seed: int = 0, width: int = 64) -> tuple[nn.Conv2d, nn.Conv2d, MuonAdamW]:
    torch.manual_seed(seed)
    model = nn.Conv2d(width, 64, 1)
    optimizer = MuonAdamW(model, lr=0.1, betas=(0.9, 0.99), weight_decay=0.0, muon=1.0)
    model(torch.ones(1, width, 2, 2)).sum().backward()
    optimizer.step()
    return model, nn.Conv2d(width, 64, 1), optimizer


def test_what_was_saved_comes_back_with_the_optimizers_moments(tmp_path: Path) -> None:
    model, ema, optimizer = trained()
    save_checkpoint(tmp_path, model, ema, optimizer, Progress(step=7, spent=1.5))
    other, other_ema, other_optimizer = trained(seed=1)
    progress = load_checkpoint(tmp_path / NAME, other, other_ema, other_optimizer)
    assert progress == Progress(step=7, spent=1.5)
    assert torch.equal(other.weight, model.weight)
    assert torch.equal(other_ema.weight, ema.weight)
    for mine, theirs, moment in (
        (model.weight, other.weight, "momentum_buffer"),
        (model.bias, other.bias, "exp_avg_sq"),
        (model.bias, other.bias, "step"),
    ):
        assert torch.equal(optimizer.state[mine][moment], other_optimizer.state[theirs][moment])  # type: ignore[index]


def test_a_restored_optimizer_goes_on_as_if_never_stopped(tmp_path: Path) -> None:
    model, ema, optimizer = trained()
    save_checkpoint(tmp_path, model, ema, optimizer, Progress(step=1))
    other, other_ema, other_optimizer = trained(seed=1)
    load_checkpoint(tmp_path / NAME, other, other_ema, other_optimizer)
    for net, stepper in ((model, optimizer), (other, other_optimizer)):
        stepper.zero_grad()
        net(torch.ones(1, 64, 2, 2)).square().sum().backward()
        stepper.step()
    assert torch.allclose(model.weight, other.weight, atol=1e-6)


def test_moments_come_back_to_the_same_numbers_of_a_kernel_whatever_its_layout(tmp_path: Path) -> None:
    def stepped(net: nn.Conv2d, stepper: MuonAdamW) -> nn.Conv2d:
        stepper.zero_grad()
        (net(torch.arange(96.0).reshape(1, 6, 4, 4)) ** 2).sum().backward()
        stepper.step()
        return net

    def fresh() -> tuple[nn.Conv2d, MuonAdamW]:
        torch.manual_seed(0)
        net = nn.Conv2d(6, 8, 3).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return net, MuonAdamW(net, lr=0.1, betas=(0.9, 0.99), weight_decay=0.0, muon=0.0)

    (model, optimizer), (other, other_optimizer) = fresh(), fresh()
    stepped(model, optimizer)
    save_checkpoint(tmp_path, model, model, optimizer, Progress(step=1))
    load_checkpoint(tmp_path / NAME, other, other, other_optimizer)
    assert torch.equal(stepped(model, optimizer).weight, stepped(other, other_optimizer).weight)


def test_a_run_without_a_checkpoint_has_none(tmp_path: Path) -> None:
    assert find_checkpoint(tmp_path) is None


def test_a_second_save_takes_the_place_of_the_first_and_leaves_nothing_else(tmp_path: Path) -> None:
    for step in (1, 2):
        save_checkpoint(tmp_path, *trained(), Progress(step=step))
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert '"step": 2' in (tmp_path / NAME / "progress.json").read_text()


def test_a_kill_between_the_two_renames_leaves_the_old_checkpoint(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, *trained(), Progress(step=1))
    (tmp_path / NAME).rename(tmp_path / OLD)
    assert find_checkpoint(tmp_path) == tmp_path / OLD


def test_half_written_leftovers_are_never_taken_for_a_checkpoint(tmp_path: Path) -> None:
    (tmp_path / ".checkpoint-abc").mkdir()
    (tmp_path / ".checkpoint-abc" / "model.safetensors").write_bytes(b"half")
    assert find_checkpoint(tmp_path) is None
    save_checkpoint(tmp_path, *trained(), Progress(step=1))
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, *trained(), Progress(step=1))
    with pytest.raises(WeightsError, match="does not fit"):
        load_checkpoint(tmp_path / NAME, *trained(width=65))


def test_a_truncated_checkpoint_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, *trained(), Progress(step=1))
    path = tmp_path / NAME / "ema.safetensors"
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(WeightsError, match="does not fit"):
        load_checkpoint(tmp_path / NAME, *trained())
