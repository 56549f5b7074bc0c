from dataclasses import replace

import pytest
import torch

from t2i_core.models.adgan import AdganConfig, AdganGenerator, Drawn, heat_maps
from t2i_core.models.adgan_critics import AdganCritics

TINY = AdganConfig(height=32, width=24, patch=4, coarse=8, code=8, textures=(8, 8), widths=(16, 16), blocks=1, fused=16)


def drawn(config: AdganConfig = TINY, batch: int = 2) -> tuple[AdganGenerator, Drawn]:
    torch.manual_seed(0)
    network = AdganGenerator(config)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    pictures, masks = torch.rand(batch, 3, 32, 24), torch.rand(batch, 8, 32, 24).round()
    carried = torch.zeros(batch, 11, 32, 24)
    heat = heat_maps(torch.rand(batch, 18, 2) * 24, config)
    return network, network(pictures, masks, heat, carried)


def test_pictures_and_the_layout_of_parts_come_out() -> None:
    _, out = drawn()
    assert out.pictures.shape == (2, 3, 32, 24)
    assert out.layout.shape == (2, 8, 32, 24)


def test_sides_that_do_not_divide_are_refused_with_their_numbers() -> None:
    with pytest.raises(ValueError, match="30 x 24"):
        replace(TINY, height=30)


def test_an_untrained_network_shows_what_is_carried_along_before_the_pictures_ground() -> None:
    torch.manual_seed(0)
    network = AdganGenerator(TINY).eval()
    carried, masks = torch.zeros(1, 11, 32, 24), torch.zeros(1, 8, 32, 24)
    carried[:, :3, :16], carried[:, 6, :16] = -0.5, 1.0
    masks[:, 0] = 1
    with torch.no_grad():
        out = network(torch.full((1, 3, 32, 24), 0.8), masks, torch.zeros(1, 18, *TINY.grid), carried).pictures
    assert out[:, :, :16].mean() == pytest.approx(-0.5, abs=0.15)
    assert out[:, :, 16:].mean() > 0.3


def test_nothing_is_kept_where_nothing_comes_along() -> None:
    _, out = drawn()
    assert out.kept.max() == 0


def test_without_carrying_everything_passes_through_the_codes() -> None:
    network, out = drawn(replace(TINY, carried=False))
    assert network.carry is None
    assert out.kept.max() == 0


def test_the_style_of_a_part_depends_on_its_own_pixels_alone() -> None:
    network, _ = drawn()
    pictures, masks = torch.rand(1, 3, 32, 24), torch.zeros(1, 8, 32, 24)
    masks[:, 3, :16], masks[:, 4, 16:] = 1, 1
    other = pictures.clone()
    other[:, :, 16:] = 0  # another lower garment
    one, two = network.codes(pictures, masks), network.codes(other, masks)
    assert torch.allclose(one[:, 3], two[:, 3], atol=1e-5)
    assert not torch.allclose(one[:, 4], two[:, 4], atol=1e-3)


def test_the_pose_and_the_styles_change_the_picture() -> None:
    network, _ = drawn()
    codes, carried = torch.randn(1, 8, 11), torch.zeros(1, 11, 32, 24)
    heat = heat_maps(torch.rand(2, 1, 18, 2).flatten(0, 1) * 24, TINY)
    with torch.no_grad():
        first = network.draw(codes, heat[:1], carried).pictures
        other_pose = network.draw(codes, heat[1:], carried).pictures
        other_style = network.draw(codes + 1, heat[:1], carried).pictures
    assert not torch.allclose(first, other_pose, atol=1e-4)
    assert not torch.allclose(first, other_style, atol=1e-4)


def test_a_joint_that_is_not_there_has_no_spot() -> None:
    joints = torch.full((1, 18, 2), 12.0)
    joints[0, 4] = torch.nan
    maps = heat_maps(joints, TINY)
    assert maps[0, 4].max() == 0
    assert maps[0, 5].max() > 0.5


def test_both_critics_score_regions_of_a_picture() -> None:
    critics = AdganCritics(TINY)
    scores = critics(torch.rand(2, 3, 32, 24), torch.rand(2, 18, 8, 6), torch.rand(2, 3, 32, 24))
    assert [tuple(one.shape) for one in scores] == [(2, 1, 4, 3)] * 2
