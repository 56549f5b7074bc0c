"""The optimiser gives the same steps whichever of its two Muons a machine needs."""

import pytest
import torch

from t2i_core.training.optimizer import GramMuon, evened

COEFFICIENTS = (3.4445, -4.775, 2.0315)


@pytest.mark.parametrize("shape", [(64, 576), (96, 96), (256, 80)])
def test_singular_values_come_near_one_and_directions_stay(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    u, before, v = torch.linalg.svd(matrix, full_matrices=False)
    result = evened(matrix, COEFFICIENTS, 5, 1e-7)
    after = (u.T @ result @ v.T).diagonal()
    big = before > before.max() / 20
    assert after[big].min() > 0.5 and after[big].max() < 1.5
    assert torch.allclose(u @ after.diag() @ v, result, atol=1e-5)


def test_a_flat_gradient_moves_nothing() -> None:
    assert not evened(torch.zeros(8, 16), COEFFICIENTS, 5, 1e-7).any()


def test_steps_agree_with_torchs_muon_within_bf16() -> None:
    torch.manual_seed(0)
    ours, theirs = (torch.nn.Parameter(torch.ones(64, 128)) for _ in range(2))
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
