import numpy as np
import pytest
import torch

from t2i_core.training.stock import Stock, normal

DEVICES = [torch.device("cpu"), *([torch.device("cuda")] if torch.cuda.is_available() else [])]


@pytest.mark.parametrize("device", DEVICES, ids=str)
def test_pictures_come_in_the_order_of_their_rows(device: torch.device) -> None:
    images = np.arange(4 * 3 * 2 * 2, dtype=np.uint8).reshape(4, 3, 2, 2)
    taken = Stock(images).take(np.array([2, 0]), device)
    assert taken.device.type == device.type
    np.testing.assert_allclose(127.5 * (taken.cpu() + 1), images[[2, 0]], atol=1e-4)


@pytest.mark.parametrize("device", DEVICES, ids=str)
def test_noise_depends_on_the_generator_alone_and_goes_on(device: torch.device) -> None:
    first, second = (torch.Generator().manual_seed(5) for _ in range(2))
    one, two = normal((2, 3, 8, 8), first, device), normal((2, 3, 8, 8), second, device)
    assert torch.equal(one, two)
    assert not torch.equal(one, normal((2, 3, 8, 8), first, device))
    assert abs(float(one.std()) - 1) < 0.15
