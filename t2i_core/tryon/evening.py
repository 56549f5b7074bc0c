"""What a worn garment's picture hides on one side, taken from the other: cloth under hair, hands and bags, and the
sleeve of a folded arm, which cannot be unfolded."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from t2i_core.data.parts import BAG, HEAD, SKIN, Parts
from t2i_core.tryon.figure import LEFT, RIGHT, TORSO, Figure, Points, hands, limb_labels
from t2i_core.tryon.garment import Garment

Bits = NDArray[np.bool_]


def evened(garment: Garment, parts: Parts) -> Garment:
    """The garment with both sides whole where one shows what the other hides. parts: of its picture, [H, W]."""
    figure = garment.figure
    labels = limb_labels(figure, parts.shape)
    hidden = np.isin(parts, (HEAD, BAG)) | hands(figure, parts == SKIN)
    wanted = hidden & (labels == TORSO) & (garment.alpha < 0.5)
    folded = [side for side in (RIGHT, LEFT) if _folded(figure.arms[side])]
    if len(folded) == 1:
        arms = list(figure.arms)
        arms[folded[0]] = _mirror_points(figure, figure.arms[1 - folded[0]])
        figure = replace(figure, arms=(arms[0], arms[1]))
        limb = 1 + folded[0]
        wanted |= (labels == limb) | (limb_labels(figure, parts.shape) == limb)
    matrix, size = _mirror(figure), (parts.shape[1], parts.shape[0])
    pixels = cv2.warpAffine(garment.pixels, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(garment.alpha, matrix, size)
    whole = np.where(wanted, alpha, garment.alpha).astype(np.float32)
    return replace(
        garment,
        pixels=np.where(wanted[..., None], pixels, garment.pixels).astype(np.uint8),
        alpha=whole,
        figure=figure,
        mirrored=float(whole[wanted].sum() / max(float(whole.sum()), 1.0)),
    )


def _folded(arm: Points) -> bool:
    """Whether an arm is bent by more than a right angle."""
    return float((arm[1] - arm[0]) @ (arm[2] - arm[1])) < 0


def _mirror(figure: Figure) -> NDArray[np.float64]:
    """[2, 3]: about the middle of the body."""
    square = np.array([figure.down[1], -figure.down[0]], np.float64)
    turn = np.eye(2) - 2 * np.outer(square, square)
    return np.concatenate([turn, (figure.top - turn @ figure.top)[:, None]], axis=1)


def _mirror_points(figure: Figure, points: Points) -> Points:
    matrix = _mirror(figure)
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], np.float32)
