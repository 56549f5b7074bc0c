import pytest
import torch

from t2i_core.errors import InputError
from t2i_core.training.diffaugment import CUT, POLICIES, SHIFT, augment


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_changes_pictures_each_in_its_own_way_and_lets_gradients_through(name: str) -> None:
    one = torch.rand(1, 3, 32, 32).expand(4, -1, -1, -1).clone().requires_grad_()
    changed = augment(one, [name], random())
    assert changed.shape == one.shape
    assert not torch.equal(changed[0], changed[1])
    changed.sum().backward()
    assert one.grad is not None
    assert one.grad.abs().sum() > 0


def test_the_same_seed_changes_them_alike() -> None:
    x = torch.rand(3, 3, 16, 16)
    assert torch.equal(augment(x, list(POLICIES), random(5)), augment(x, list(POLICIES), random(5)))


def test_without_policies_pictures_stay_as_they_are() -> None:
    x = torch.rand(2, 3, 8, 8)
    assert torch.equal(augment(x, (), random()), x)


def test_a_moved_picture_shows_its_rim_where_something_came_in() -> None:
    x = torch.zeros(64, 1, 16, 16)
    x[:, :, 8, 8] = 1.0
    moved = augment(x, ["move"], random())
    places = moved.flatten(1).argmax(1)
    rows, columns = places // 16, places % 16
    assert set((rows - 8).abs().tolist()) == set(range(round(SHIFT * 16) + 1))
    assert int((columns - 8).abs().max()) <= SHIFT * 16
    assert float(moved.sum()) == 64  # the dot is still there, once


def test_the_cut_takes_at_most_a_quarter() -> None:
    cut = augment(torch.ones(50, 3, 32, 32), ["cut"], random())
    gone = (cut == 0).float().mean((1, 2, 3))
    assert float(gone.min()) > 0
    assert float(gone.max()) <= CUT**2 + 0.02


def test_light_leaves_white_nearly_white() -> None:
    x = augment(torch.ones(40, 3, 4, 4), ["light"], random())
    assert float(x.min()) > 0.85


def test_an_unknown_policy_is_told() -> None:
    with pytest.raises(InputError, match="sharpen"):
        augment(torch.rand(1, 3, 8, 8), ["sharpen"], random())
