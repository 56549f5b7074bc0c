import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from t2i_core.data.joints import L_SHOULDER, R_SHOULDER
from t2i_core.errors import WeightsError
from t2i_core.settings import Settings, get_settings
from t2i_core.tryon.mediapipe_pose import FOLDER, MediapipePose, find_bundle
from t2i_core.tryon.pose import pose_finder
from tests.tryon import made_up

BUNDLE = "pose_landmarker_lite.task"
PLACES = [Path(place) for place in (os.environ.get("T2I_DATA", ""), "shared/data", "../shared/data") if place]


def bundle() -> Path:
    found = [place / BUNDLE for place in PLACES if (place / BUNDLE).is_file()]
    if not found:
        pytest.skip(f"no {BUNDLE} here")
    return found[0]


def test_without_a_bundle_the_sentence_says_where_to_put_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("T2I_POSE", "mediapipe")
    get_settings.cache_clear()
    with pytest.raises(WeightsError, match=FOLDER):
        pose_finder()


def test_the_bundle_is_found_in_the_weights(tmp_path: Path) -> None:
    (tmp_path / "any.task").write_bytes(b"")
    assert find_bundle(tmp_path).name == "any.task"


def test_mediapipe_gives_the_same_record_and_says_that_it_reports(caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("mediapipe")
    found = MediapipePose(bundle().read_bytes()).find(made_up.person(768).photo)
    assert "report" in caplog.text
    assert all(one.pose.joints.shape == (18, 3) for one in found)


def test_a_file_that_is_no_bundle_is_told_of() -> None:
    pytest.importorskip("mediapipe")
    with pytest.raises(WeightsError, match="no pose landmarker"):
        MediapipePose(b"not a bundle")


def test_both_backends_see_the_mannequin_in_the_same_place() -> None:
    pytest.importorskip("mediapipe")
    known = made_up.person(768)
    (found,) = MediapipePose(bundle().read_bytes()).find(known.photo)
    apart = np.linalg.norm(found.pose.points - known.poses[0].points, axis=1)
    assert np.median(apart) < 0.06 * known.photo.height
    assert found.pose.size == known.photo.size
    assert found.pose.points[R_SHOULDER, 0] < found.pose.points[L_SHOULDER, 0]


def test_mediapipe_finds_nobody_in_an_even_picture() -> None:
    pytest.importorskip("mediapipe")
    assert MediapipePose(bundle().read_bytes()).find(Image.new("RGB", (300, 400), "green")) == []


def test_a_program_that_used_mediapipe_ends_quietly(tmp_path: Path) -> None:
    pytest.importorskip("mediapipe")
    program = (
        "import sys; from pathlib import Path; from t2i_core.tryon.mediapipe_pose import MediapipePose; "
        "kept = MediapipePose(Path(sys.argv[1]).read_bytes())"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(bundle())], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0
    assert "Traceback" not in ended.stderr
