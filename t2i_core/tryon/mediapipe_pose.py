"""MediaPipe's BlazePose as the second backend. It reports its use to its maker, so it is chosen on purpose only."""

import atexit
import importlib
import logging
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from t2i_core.data.joints import from_blazepose
from t2i_core.errors import WeightsError
from t2i_core.settings import get_settings
from t2i_core.tryon.pose import Pose, Sighted

MOST = 4  # people looked for
PRESENT = 0.3  # visibility under which a joint counts as not there
REPORTS = (
    "T2I_POSE=mediapipe: MediaPipe's Tasks report their use (which task, on what system) to Google; photos stay here."
)
FILES = "*.task"
FOLDER = "mediapipe-pose"

log = logging.getLogger(__name__)


class MediapipePose:
    """Finds people with a BlazePose task bundle."""

    def __init__(self, bundle: bytes) -> None:
        """bundle: the bytes of a pose landmarker's .task file. Raises WeightsError where mediapipe is not installed, or
        cannot read the bundle."""
        self._media = _package("mediapipe")
        vision = _package("mediapipe.tasks.python.vision")
        base = _package("mediapipe.tasks.python").BaseOptions(model_asset_buffer=bundle)
        log.warning(REPORTS)
        try:
            options = vision.PoseLandmarkerOptions(base_options=base, num_poses=MOST)
            self._landmarker: Any = vision.PoseLandmarker.create_from_options(options)
        except (RuntimeError, ValueError) as problem:
            raise WeightsError("This .task file is no pose landmarker that MediaPipe can read.") from problem
        # Closing needs threads that have ended when the interpreter does; without a handle there is nothing to close.
        atexit.register(setattr, self._landmarker, "_handle", None)

    @classmethod
    def from_pretrained(cls) -> "MediapipePose":
        """The .task file in the folder “mediapipe-pose” of the weights. Raises WeightsError where there is none."""
        return cls(find_bundle(get_settings().weights_folder / FOLDER).read_bytes())

    def find(self, photo: Image.Image) -> list[Sighted]:
        """Everybody in an RGB photo, the clearest first."""
        image = self._media.Image(image_format=self._media.ImageFormat.SRGB, data=np.ascontiguousarray(photo))
        found = self._landmarker.detect(image).pose_landmarks
        poses = [_pose(marks, photo.size) for marks in found]
        return [Sighted(pose) for pose in sorted(poses, key=lambda pose: -pose.score)]


def find_bundle(folder: Path) -> Path:
    """The one .task file of a folder. Raises WeightsError where there is none."""
    files = sorted(folder.glob(FILES))
    if not files:
        raise WeightsError(
            f"MediaPipe needs a pose landmarker's .task file in {folder}. Put one there, or set T2I_POSE=network."
        )
    return files[0]


def _pose(marks: list[Any], size: tuple[int, int]) -> Pose:
    table = np.array([(mark.x * size[0], mark.y * size[1], mark.visibility) for mark in marks], np.float32)
    joints = from_blazepose(table)
    outside = (joints[:, :2] < 0).any(1) | (joints[:, :2] >= size).any(1)
    joints[outside | (joints[:, 2] < PRESENT), 2] = 0
    return Pose(joints, size)


def _package(name: str) -> Any:  # noqa: ANN401 - the package ships no types
    try:
        return importlib.import_module(name)
    except ImportError as problem:
        raise WeightsError("T2I_POSE=mediapipe needs the package mediapipe: pip install -e '.[mediapipe]'") from problem
