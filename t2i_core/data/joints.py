"""The 18 joints of a pose in the order of OpenPose, and how the 33 of BlazePose become them."""

import numpy as np
from numpy.typing import NDArray

JOINTS = (
    *("nose", "neck"),
    *("right shoulder", "right elbow", "right wrist"),
    *("left shoulder", "left elbow", "left wrist"),
    *("right hip", "right knee", "right ankle"),
    *("left hip", "left knee", "left ankle"),
    *("right eye", "left eye", "right ear", "left ear"),
)
(NOSE, NECK, R_SHOULDER, R_ELBOW, R_WRIST, L_SHOULDER, L_ELBOW, L_WRIST) = range(8)
(R_HIP, R_KNEE, R_ANKLE, L_HIP, L_KNEE, L_ANKLE, R_EYE, L_EYE, R_EAR, L_EAR) = range(8, 18)
MIRRORED = (0, 1, 5, 6, 7, 2, 3, 4, 11, 12, 13, 8, 9, 10, 15, 14, 17, 16)  # whose place a joint takes in a mirror
BONES = (
    *((NECK, R_SHOULDER), (R_SHOULDER, R_ELBOW), (R_ELBOW, R_WRIST)),
    *((NECK, L_SHOULDER), (L_SHOULDER, L_ELBOW), (L_ELBOW, L_WRIST)),
    *((NECK, R_HIP), (R_HIP, R_KNEE), (R_KNEE, R_ANKLE)),
    *((NECK, L_HIP), (L_HIP, L_KNEE), (L_KNEE, L_ANKLE)),
    *((NECK, NOSE), (NOSE, R_EYE), (R_EYE, R_EAR), (NOSE, L_EYE), (L_EYE, L_EAR)),
)

BLAZEPOSE = 33
_FROM_BLAZEPOSE = (0, -1, 12, 14, 16, 11, 13, 15, 24, 26, 28, 23, 25, 27, 5, 2, 8, 7)  # -1: halfway between shoulders
_SHOULDERS = (11, 12)

Joints = NDArray[np.float32]


def from_blazepose(landmarks: NDArray[np.floating]) -> Joints:
    """[33, 3] of x, y, visibility -> [18, 3]. The neck lies halfway between the shoulders, no clearer than either."""
    shoulders = landmarks[list(_SHOULDERS)]
    neck = np.append(shoulders[:, :2].mean(0), shoulders[:, 2].min())
    return np.stack([neck if index < 0 else landmarks[index] for index in _FROM_BLAZEPOSE]).astype(np.float32)


def mirrored(joints: Joints, width: float) -> Joints:
    """The joints of a picture `width` wide after it was mirrored: right and left change places."""
    turned = joints[..., list(MIRRORED), :].copy()
    turned[..., 0] = width - 1 - turned[..., 0]
    return turned
