from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from t2i_core.abuse import overlay
from t2i_core.abuse.overlay import Found, OverlayDetector, overlay_signals, squared
from t2i_core.errors import WeightsError
from t2i_core.models.overlay import OverlayConfig, OverlayNet
from t2i_core.weights import write_folder
from tests.abuse.drawn import photo, subject


def write_detector(folder: Path, **changes: object) -> Path:
    """A random detector's folder."""
    torch.manual_seed(0)
    network = OverlayNet(OverlayConfig(image_size=64, hidden=8))
    described = {"model": "overlay", "network": {"image_size": 64, "hidden": 8, "dropout": 0.0}} | changes
    write_folder(folder, described, {name: tensor.half() for name, tensor in network.state_dict().items()}, {})
    return folder


def test_a_detector_is_loaded_from_its_folder_and_judges_alike_every_time(tmp_path: Path) -> None:
    folder = write_detector(tmp_path / "overlay")
    one, other = (OverlayDetector.from_pretrained(str(folder)).judge(photo((300, 200))) for _ in range(2))
    assert one.probability == other.probability
    assert 0 <= one.probability <= 1
    assert one.cells.shape == (4, 4)


def test_a_folder_that_is_no_detector_is_refused(tmp_path: Path) -> None:
    for name, changes, complaint in (
        ("a", {"model": "damsm"}, "only overlay models"),
        ("b", {"network": {"image_size": 64, "hidden": 9}}, "do not belong together"),
        ("c", {"network": {"speed": 1}}, "do not belong together"),
    ):
        with pytest.raises(WeightsError, match=complaint):
            OverlayDetector.from_pretrained(str(write_detector(tmp_path / name, **changes)))


@pytest.mark.parametrize("size", [(200, 50), (50, 200), (64, 64), (3, 1000), (1, 1)])
def test_the_whole_picture_is_fitted_into_the_middle_of_a_square(size: tuple[int, int]) -> None:
    square = squared(Image.new("RGB", size, "red"), 64)
    assert square.size == (64, 64)
    assert square.getpixel((32, 32)) == (255, 0, 0)
    assert square.getpixel((0, 0)) == (255, 0, 0)  # the rim's colour goes on


def test_what_is_drawn_keeps_its_place_and_shape() -> None:
    picture = Image.new("RGB", (400, 200), "white")
    picture.paste((0, 0, 0), (200, 0, 400, 200))
    square = np.asarray(squared(picture, 64).convert("L"))
    assert square[32, 16] > 250
    assert square[32, 48] < 5


class _Saying:
    """A detector that says what it is told to."""

    def __init__(self, probability: float, *cells: tuple[int, int]) -> None:
        self.found = Found(probability, np.zeros((4, 4), np.float32))
        for row, column in cells:
            self.found.cells[row, column] = 0.9

    def judge(self, image: Image.Image) -> Found:
        return self.found


def test_the_box_lies_around_the_covered_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "_detector", lambda: _Saying(0.8, (0, 0), (0, 1), (3, 3)))
    (signal,) = overlay_signals(subject(Image.new("RGB", (400, 400))))
    assert signal.rule == "overlay.learned"
    assert signal.score == 0.8
    assert signal.box is not None
    assert (signal.box.left, signal.box.top, signal.box.right, signal.box.bottom) == (0, 0, 200, 100)


def test_boxes_leave_out_what_was_added_to_make_a_square(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "_detector", lambda: _Saying(0.8, (1, 0), (1, 1)))
    (signal,) = overlay_signals(subject(Image.new("RGB", (2000, 1000))))  # four rows of 500, the outer ones added
    assert signal.box is not None
    assert (signal.box.left, signal.box.top, signal.box.right, signal.box.bottom) == (0, 0, 1000, 500)


def test_without_a_covered_cell_there_is_no_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "_detector", lambda: _Saying(0.6))
    (signal,) = overlay_signals(subject(Image.new("RGB", (50, 400))))
    assert signal.box is None
