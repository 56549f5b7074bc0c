import torch

from t2i_core.models.overlay import COARSE, FINE, Judged, OverlayConfig, OverlayNet

CONFIG = OverlayConfig(image_size=64, hidden=8)


def network() -> OverlayNet:
    torch.manual_seed(0)
    return OverlayNet(CONFIG).eval()


def test_pictures_are_seen_at_the_cells_the_config_says() -> None:
    seen = network().see(torch.zeros(2, 3, 64, 64))
    assert CONFIG.cells == 4
    assert seen.fine.shape == (2, FINE, 4, 4)
    assert seen.coarse.shape == (2, COARSE, 2, 2)
    assert seen.pooled.shape == (2, 1280)


def test_every_picture_gets_an_answer_and_one_for_each_cell() -> None:
    net = network()
    judged = net(net.see(torch.rand(3, 3, 64, 64)))
    assert judged.whole.shape == (3,)
    assert judged.cells.shape == (3, 4, 4)


def test_a_picture_is_judged_alike_alone_and_in_company() -> None:
    net, x = network(), torch.rand(3, 3, 64, 64)
    together, alone = net(net.see(x)), net(net.see(x[1:2]))
    assert torch.allclose(together.whole[1], alone.whole[0], atol=1e-4)
    assert torch.allclose(together.cells[1], alone.cells[0], atol=1e-4)


def test_the_encoder_stays_frozen_in_training() -> None:
    net = network().train()
    assert not net.encoder.training
    net(net.see(torch.rand(2, 3, 64, 64))).whole.sum().backward()
    assert all(parameter.grad is None for parameter in net.encoder.parameters())
    assert net.whole_head.weight.grad is not None


def test_calibration_scales_and_shifts_the_whole() -> None:
    net = network()
    net.calibration.copy_(torch.tensor([2.0, -1.0]))
    judged = Judged(torch.tensor([0.0, 3.0]), torch.zeros(2, 4, 4))
    assert net.calibrated(judged).tolist() == [-1.0, 5.0]


def test_channels_are_standardised_by_what_was_measured() -> None:
    net = network()
    seen = net.see(torch.rand(8, 3, 64, 64))
    net.standardise(seen)
    scaled = net.pooled_scale(seen.pooled)
    lively = seen.pooled.std(0) > 1e-2
    assert torch.allclose(scaled.mean(0), torch.zeros(1280), atol=1e-2)
    assert torch.allclose(scaled.std(0)[lively], torch.ones(int(lively.sum())), atol=1e-2)
