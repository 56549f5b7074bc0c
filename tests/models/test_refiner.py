import torch

from t2i_core.models.refiner import Refiner, RefinerConfig, enlarged, shrunk

CONFIG = RefinerConfig(image_size=32, patch=4, widths=(16, 32), cond_dim=16)


def test_an_untrained_refiner_gives_the_enlarged_picture() -> None:
    torch.manual_seed(0)
    small = torch.rand(2, 3, 16, 16) * 2 - 1
    out = Refiner(CONFIG)(torch.randn(2, 3, 32, 32), torch.tensor([0.1, 0.9]), small)
    assert torch.allclose(out, enlarged(small), atol=1e-6)


def test_once_trained_picture_time_and_noise_all_matter() -> None:
    torch.manual_seed(0)
    net = Refiner(CONFIG)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    noise, small = torch.randn(1, 3, 32, 32), torch.rand(1, 3, 16, 16)
    out = net(noise, torch.tensor([0.3]), small)
    assert out.shape == (1, 3, 32, 32)
    assert not torch.allclose(out, net(noise, torch.tensor([0.8]), small))
    assert not torch.allclose(out, net(noise.flip(3), torch.tensor([0.3]), small))
    assert not torch.allclose(out - enlarged(small), net(noise, torch.tensor([0.3]), -small) - enlarged(-small))


def test_shrinking_undoes_enlarging_of_smooth_pictures() -> None:
    ramp = torch.linspace(-1, 1, 16).expand(1, 3, 16, 16)
    inner = (..., slice(2, -2), slice(2, -2))
    assert torch.allclose(shrunk(enlarged(ramp))[inner], ramp[inner], atol=0.02)
