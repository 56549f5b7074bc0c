import pytest
import torch
import torch.nn.functional as F

from t2i_core.models.layers import ConditionedBlock, SelfAttention, TransformerBlock, attend, count_parameters, zeroed


def test_attention_equals_torchs_own() -> None:
    q, k, v = torch.randn(3, 2, 4, 10, 8).unbind(0)
    torch.testing.assert_close(attend(q, k, v), F.scaled_dot_product_attention(q, k, v), atol=1e-5, rtol=1e-4)


def test_a_blocked_position_changes_nothing() -> None:
    q, k, v = torch.randn(3, 1, 2, 6, 8).unbind(0)
    blocked = torch.zeros(1, 1, 1, 6, dtype=torch.bool)
    blocked[..., 4:] = True
    elsewhere = v.clone()
    elsewhere[..., 4:, :] = 100.0
    torch.testing.assert_close(attend(q, k, v, blocked), attend(q, k, elsewhere, blocked))


def test_new_blocks_are_the_identity_whatever_the_condition() -> None:
    x, cond = torch.randn(2, 32, 4, 4), torch.randn(2, 16)
    assert torch.equal(ConditionedBlock(32, 32, 16)(x, cond), x)
    assert torch.equal(SelfAttention(32)(x), x)
    tokens = torch.randn(2, 5, 48)
    assert torch.equal(TransformerBlock(48, 16)(tokens, cond), tokens)


def test_a_trained_block_listens_to_its_condition() -> None:
    block = ConditionedBlock(32, 48, 16)
    for parameter in block.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    x = torch.randn(1, 32, 4, 4)
    first, second = block(x, torch.zeros(1, 16)), block(x, torch.ones(1, 16))
    assert first.shape == (1, 48, 4, 4)
    assert (first - second).abs().max() > 1e-3


@pytest.mark.parametrize(("module", "number"), [(torch.nn.Linear(3, 4), 16), (torch.nn.Identity(), 0)])
def test_parameters_are_counted(module: torch.nn.Module, number: int) -> None:
    assert count_parameters(module) == number


def test_zeroed_gives_back_the_same_module_with_nothing_in_it() -> None:
    module = torch.nn.Linear(3, 4)
    assert zeroed(module) is module
    assert all((parameter == 0).all() for parameter in module.parameters())
