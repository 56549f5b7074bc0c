from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from t2i_core.abuse import realism
from t2i_core.abuse.check import AbuseChecker
from t2i_core.abuse.realism import RULE, RealismJudge, realism_signals
from t2i_core.abuse.rules import RULES
from t2i_core.errors import WeightsError
from t2i_core.models.projected import new_critic
from t2i_core.models.tacgan import TacGanConfig
from t2i_core.weights import write_folder
from tests.abuse.drawn import encoded, photo, subject

CONFIG = TacGanConfig(
    classes=2, text_dim=4, image_size=32, widths=(32, 32, 16), critic=(16, 32, 32), eye="own", hidden=8, spectral=False
)


def write_judge(folder: Path, **changes: object) -> Path:
    """A random judge's folder, which answers to what it is shown."""
    torch.manual_seed(0)
    network = new_critic(CONFIG)
    network.calibration.copy_(torch.tensor([50.0, 0.0]))
    described = {"model": "realism", "network": asdict(CONFIG)} | changes
    write_folder(folder, described, {name: tensor.half() for name, tensor in network.state_dict().items()}, {})
    return folder


def test_a_judge_is_loaded_from_its_folder_and_judges_alike_alone_and_in_company(tmp_path: Path) -> None:
    judge = RealismJudge.from_pretrained(str(write_judge(tmp_path / "realism")))
    pictures = [photo((300, 200)), Image.new("RGB", (50, 90), "navy"), photo((64, 64), seed=3)]
    together = judge.unreal(pictures)
    assert together == pytest.approx([judge.unreal([picture])[0] for picture in pictures], abs=1e-4)
    assert len(set(together)) == 3
    assert all(0 <= chance <= 1 for chance in together)


def test_a_folder_that_is_no_judge_is_refused(tmp_path: Path) -> None:
    for name, changes, complaint in (
        ("a", {"model": "overlay"}, "only realism models"),
        ("b", {"network": {**asdict(CONFIG), "hidden": 9}}, "do not belong together"),
        ("c", {"network": {"speed": 1}}, "do not belong together"),
        ("d", {"network": {**asdict(CONFIG), "eye": "third"}}, "do not belong together"),
        ("e", {"network": None}, "do not belong together"),
    ):
        with pytest.raises(WeightsError, match=complaint):
            RealismJudge.from_pretrained(str(write_judge(tmp_path / name, **changes)))


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (64, 64)])
def test_pictures_of_any_shape_are_judged(tmp_path: Path, size: tuple[int, int]) -> None:
    judge = RealismJudge.from_pretrained(str(write_judge(tmp_path / "realism")))
    assert np.isfinite(judge.unreal([Image.new("RGB", size, "red")])).all()


def test_what_it_says_is_a_note_and_never_refuses_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sure:
        def unreal(self, images: list[Image.Image]) -> list[float]:
            return [0.99] * len(images)

    monkeypatch.setattr(realism, "_judge", Sure)
    (signal,) = realism_signals(subject(photo()))
    assert (signal.rule, signal.score, signal.box) == (RULE, 0.99, None)
    verdict = AbuseChecker(judges=[realism_signals]).check(encoded(photo((300, 300))))
    assert [finding.rule for finding in verdict.findings] == [RULE]
    assert verdict.ok
    assert not RULES[RULE].hard


def test_a_checker_without_its_weights_names_it_as_out_of_order(monkeypatch: pytest.MonkeyPatch) -> None:
    realism._judge.cache_clear()
    checker = AbuseChecker.from_pretrained(read=False)
    assert any(why.startswith("realism: There is no model") for why in checker.out_of_order)
