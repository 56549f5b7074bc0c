import copy

import pytest
import torch
from torch import Tensor, nn

from t2i_core.training.optimizer import GramMuon, MuonAdamW, evened

COEFFICIENTS = (3.4445, -4.775, 2.0315)


def network(channels_last: bool) -> nn.Sequential:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(8, 64, 3, padding=1), nn.SiLU(), nn.Conv2d(64, 96, 3, padding=1), nn.Conv2d(96, 4, 1))
    return net.to(memory_format=torch.channels_last) if channels_last else net  # type: ignore[call-overload]


def optimizer(net: nn.Module, muon: float = 1.0) -> MuonAdamW:
    return MuonAdamW(net, lr=1e-2, betas=(0.9, 0.99), weight_decay=0.0, muon=muon)


def loss_of(net: nn.Module, step: int) -> Tensor:
    x = torch.randn(4, 8, 6, 6, generator=torch.Generator().manual_seed(step))
    result: Tensor = (net(x) - x[:, :4].flip(1)).square().mean()
    return result


def train(net: nn.Module, steps: int, muon: float = 1.0) -> MuonAdamW:
    stepper = optimizer(net, muon)
    for step in range(steps):
        loss_of(net, step).backward()
        stepper.step()
        stepper.zero_grad()
    return stepper


@pytest.mark.parametrize("channels_last", [False, True])
def test_it_learns_in_either_memory_format(channels_last: bool) -> None:
    net = network(channels_last)
    before = float(loss_of(net, 99))
    train(net, 40)
    assert float(loss_of(net, 99)) < 0.5 * before


def test_only_wide_kernels_are_stepped_with_muon() -> None:
    net = network(False)
    names = {parameter: name for name, parameter in net.named_parameters()}
    state = train(net, 1).state
    with_muon = {names[parameter] for parameter, kept in state.items() if "momentum_buffer" in kept}  # type: ignore[index]
    assert with_muon == {"0.weight", "2.weight"}
    assert {names[p] for p, kept in state.items() if "exp_avg" in kept} == set(names.values()) - with_muon  # type: ignore[index]


def test_a_step_of_muon_evens_out_the_directions_of_a_gradient() -> None:
    layer = nn.Conv2d(64, 64, 1)
    left, right = (torch.linalg.qr(torch.randn(64, 64))[0] for _ in range(2))
    layer.weight.grad = (left @ torch.diag(torch.logspace(-1, 0, 64)) @ right)[..., None, None]
    before = layer.weight.detach().clone()
    optimizer(layer).step()
    moved = torch.linalg.svdvals((layer.weight.detach() - before)[..., 0, 0])
    assert moved.min() / moved.max() > 0.4


def test_without_muon_it_is_adamw() -> None:
    net = network(False)
    plain = copy.deepcopy(net)
    train(net, 3, muon=0.0)
    reference = torch.optim.AdamW(plain.parameters(), 1e-2, betas=(0.9, 0.99), weight_decay=0.0)
    for step in range(3):
        loss_of(plain, step).backward()
        reference.step()
        reference.zero_grad()
    for a, b in zip(net.parameters(), plain.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-6)


def test_the_rate_reaches_both_of_its_halves() -> None:
    net = network(False)
    stepper = optimizer(net, muon=0.5)
    stepper.set_lr(0.0)
    before = [p.detach().clone() for p in net.parameters()]
    loss_of(net, 0).backward()
    stepper.step()
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))


@pytest.mark.parametrize("shape", [(64, 576), (96, 96), (256, 80)])
def test_singular_values_come_near_one_and_directions_stay(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    u, before, v = torch.linalg.svd(matrix, full_matrices=False)
    result = evened(matrix, COEFFICIENTS, 5, 1e-7)
    after = (u.T @ result @ v.T).diagonal()
    big = before > before.max() / 20
    assert after[big].min() > 0.5
    assert after[big].max() < 1.5
    assert torch.allclose(u @ after.diag() @ v, result, atol=1e-5)


def test_a_flat_gradient_moves_nothing() -> None:
    assert not evened(torch.zeros(8, 16), COEFFICIENTS, 5, 1e-7).any()


def test_steps_agree_with_torchs_muon_within_bf16() -> None:
    torch.manual_seed(0)
    ours, theirs = (nn.Parameter(torch.ones(64, 128)) for _ in range(2))
    kinds = {GramMuon: ours, torch.optim.Muon: theirs}
    optimizers = [kind([p], 0.01, weight_decay=0.1, adjust_lr_fn="match_rms_adamw") for kind, p in kinds.items()]
    for _ in range(4):
        gradient = torch.randn(64, 128)
        for parameter, optimizer in zip(kinds.values(), optimizers, strict=True):
            parameter.grad = gradient.clone()
            optimizer.step()
    moved = (theirs - 1).norm()
    assert (ours - theirs).norm() < 0.03 * moved
    assert optimizers[0].state[ours].keys() == optimizers[1].state[theirs].keys()
