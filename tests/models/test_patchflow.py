from dataclasses import replace

import pytest
import torch

from t2i_core.models.conditioning import Condition
from t2i_core.models.patchflow import PatchFlow, PatchFlowConfig

SMALL = PatchFlowConfig(
    choices=(3, 4), numbers=5, vocab_size=50, image_size=32, widths=(32, 48), depth=1, cond_dim=32, text_dim=48
)
CONFIGS = {
    "unet": SMALL,
    "unet of one level": replace(SMALL, widths=(32,)),
    "unet of 2-pixel patches": replace(SMALL, patch=2, widths=(16, 32, 32)),
    "transformer": replace(SMALL, backbone="transformer", patch=8, widths=(48,), depth=2),
}


def condition(batch: int) -> Condition:
    return Condition(
        torch.randint(1, 50, (batch, 6)),
        torch.randint(0, 4, (batch, 2)),
        torch.randn(batch, 5),
        torch.ones(batch, 5),
    )


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_it_answers_a_picture_with_a_picture_of_the_same_shape(config: PatchFlowConfig) -> None:
    net = PatchFlow(config)
    x = torch.randn(3, 3, 32, 32)
    assert net(x, torch.rand(3), condition(3)).shape == x.shape


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_it_learns_one_picture_in_a_few_steps(config: PatchFlowConfig) -> None:
    torch.manual_seed(0)
    net = PatchFlow(config)
    clean = torch.rand(1, 3, 32, 32).expand(8, -1, -1, -1) * 2 - 1
    asked, optimizer, losses = (
        condition(1)[torch.zeros(8, dtype=torch.long)],
        torch.optim.AdamW(net.parameters(), 3e-3),
        [],
    )
    for _ in range(40):
        t = torch.rand(8)
        share = t[:, None, None, None]
        loss = (net((1 - share) * torch.randn_like(clean) + share * clean, t, asked) - clean).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_a_picture_does_not_depend_on_its_neighbours_in_the_batch() -> None:
    net = PatchFlow(SMALL)
    for parameter in net.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)
    x, t, asked = torch.randn(4, 3, 32, 32), torch.rand(4), condition(4)
    torch.testing.assert_close(net(x, t, asked)[:1], net(x[:1], t[:1], asked[slice(0, 1)]), atol=1e-4, rtol=1e-3)


def test_the_grid_is_the_picture_divided_into_patches() -> None:
    assert SMALL.grid == 8


def test_an_unknown_backbone_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'resnet'"):
        PatchFlow(replace(SMALL, backbone="resnet"))


def test_ready_made_text_vectors_are_taken_as_they_are() -> None:
    net = PatchFlow(replace(SMALL, text_vectors=True, text_dim=20))
    asked = replace(condition(2), text=torch.randn(2, 20))
    assert net(torch.randn(2, 3, 32, 32), torch.rand(2), asked).shape == (2, 3, 32, 32)
