import pytest
import torch

from t2i_core.data.joints import L_ELBOW, L_WRIST, R_ANKLE, R_ELBOW, R_KNEE, R_WRIST
from t2i_core.models.skinning import carried, carry, holds
from t2i_core.tryon.appearance import Appearance, as_tensors, of_person
from t2i_core.tryon.mannequin import mannequin

SIZE = 128, 88


def look() -> Appearance:
    return of_person(mannequin(384), SIZE)


def joints_of(one: Appearance) -> torch.Tensor:
    return torch.from_numpy(one.joints[None, :, :2].copy())


def test_a_person_carried_to_their_own_pose_stays_as_they_are() -> None:
    one = look()
    pictures, masks, joints = as_tensors(one.pixels[None], one.parts[None], one.joints[None])
    moved = carry(pictures, masks, joints, joints)
    body = masks[:, 1:].sum(1)[0] > 0
    assert moved.shape == (1, 11, *SIZE)
    assert (moved[0, :3] - pictures[0])[:, body].abs().mean() < 0.02
    assert moved[0, 3].abs().max() == 0  # the background is not carried


def test_the_whole_person_moves_with_their_joints() -> None:
    one = look()
    plane = torch.from_numpy((one.parts == 3).astype("float32"))[None, None]
    joints = joints_of(one)
    moved, _ = carried(plane, joints, joints + torch.tensor([8.0, 4.0]))
    before, after = ((p[0, 0] > 0.5).nonzero().float().mean(0) for p in (plane, moved))
    assert torch.allclose(after - before, torch.tensor([4.0, 8.0]), atol=0.7)


def test_a_raised_arm_is_drawn_where_it_is_and_no_longer_where_it_was() -> None:
    one = look()
    hand = torch.zeros(1, 1, *SIZE)
    joints, raised = joints_of(one), joints_of(one)
    x, y = joints[0, L_WRIST].round().long().tolist()
    hand[0, 0, y - 2 : y + 3, x - 2 : x + 3] = 1
    raised[0, L_ELBOW] += torch.tensor([6.0, -20.0])
    raised[0, L_WRIST] += torch.tensor([14.0, -52.0])
    moved, _ = carried(hand, joints, raised)
    where = (moved[0, 0] > 0.3).nonzero().float()
    assert len(where)
    assert (where.mean(0).flip(0) - raised[0, L_WRIST]).norm() < 4
    assert moved[0, 0, y, x] < 0.1


def test_the_body_is_held_and_what_is_far_from_it_is_not() -> None:
    joints = joints_of(look())
    chest, corner = joints[:, [1, 8]].mean(1), torch.zeros(1, 2)
    held = holds(torch.stack([chest, corner], dim=1)[:, None], joints, SIZE[0]).sum(1)
    assert held[0, 0].tolist() == pytest.approx([1, 0], abs=1e-2)


def test_bones_that_are_not_there_hold_nothing_and_spoil_nothing() -> None:
    one = look()
    joints = joints_of(one)
    joints[0, [R_ELBOW, R_WRIST, R_KNEE, R_ANKLE]] = torch.nan
    held = holds(torch.rand(1, 4, 4, 2) * 80, joints, SIZE[0])
    assert held[0, 2:4].max() < 1e-3
    assert torch.isfinite(held).all()
    assert torch.isfinite(carried(torch.rand(1, 3, *SIZE), joints, joints_of(one))[0]).all()
    assert torch.isfinite(carried(torch.rand(1, 3, *SIZE), joints_of(one), joints)[0]).all()
