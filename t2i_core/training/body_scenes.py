"""Photos of people varied for training: moved, turned, mirrored, tinted, set before other grounds, beside others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from t2i_core.data.joints import L_ANKLE, L_HIP, L_SHOULDER, NOSE, R_ANKLE, R_HIP, R_SHOULDER, Joints, mirrored
from t2i_core.data.parts import BACKGROUND, Parts
from t2i_core.data.people import Person
from t2i_core.models.body import HEIGHT, WIDTH

Pixels = NDArray[np.uint8]
UNKNOWN = 255  # a pixel whose part nobody marked
MOST_PEOPLE = 2
WHITE_GROUND, OTHER_GROUND, COMPANY = 0.25, 0.2, 0.08  # shares of the scenes; only where parts are known
CLOSE, CLOSER, LEGS = 0.27, 0.13, 0.1  # shares of scenes without the feet, without the head too, of legs alone


@dataclass(frozen=True)
class Scene:
    """pixels [320, 224, 3]; joints [2, 18, 3], NaN for people who are not there; parts [320, 224] of the first."""

    pixels: Pixels
    joints: Joints
    parts: Parts


def scene(person: Person, others: Sequence[Person], random: Random) -> Scene:
    """A person as a training example. others: people with parts, to stand beside or lend their street."""
    if random.random() < 0.5:
        person = _in_a_mirror(person)
    if person.parts is not None:
        person = _on_another_ground(person, others, random)
    moved = _moved(person, _where(person.joints, random), random)
    first = np.stack([moved.joints, np.full_like(moved.joints, np.nan)])
    parts = np.full((HEIGHT, WIDTH), UNKNOWN, np.uint8) if moved.parts is None else moved.parts
    made = Scene(moved.pixels, first, parts)
    if person.parts is not None and random.random() < COMPANY:
        made = _with_company(made, random.choice(others), random)
    return replace(made, pixels=_taken_otherwise(made.pixels, random))


def empty_scene(pixels: Pixels, random: Random) -> Scene:
    """A picture of something else: nobody is there."""
    scale = random.uniform(0.6, 1.1) * min(HEIGHT / pixels.shape[0], WIDTH / pixels.shape[1])
    matrix = _matrix(scale, 0.0, pixels.shape[1] / 2, pixels.shape[0] / 2, WIDTH / 2, HEIGHT / 2)
    placed = _warped(pixels, matrix, _rim(pixels))
    nobody = np.full((MOST_PEOPLE, 18, 3), np.nan, np.float32)
    return Scene(_taken_otherwise(placed, random), nobody, np.full((HEIGHT, WIDTH), BACKGROUND, np.uint8))


def _in_a_mirror(person: Person) -> Person:
    width = person.pixels.shape[1]
    parts = None if person.parts is None else np.ascontiguousarray(person.parts[:, ::-1])
    return Person(person.id, np.ascontiguousarray(person.pixels[:, ::-1]), mirrored(person.joints, width), parts)


Place = tuple[float, float, float, float, float]  # scale; a point of the photo, and where it goes


def _where(joints: Joints, random: Random) -> Place:
    """The whole person; or down to the hips or knees; or without the head as well; or from the waist down."""
    nose, hips = joints[NOSE, :2], joints[[R_HIP, L_HIP], :2].mean(0)
    feet, shoulders = joints[[R_ANKLE, L_ANKLE], :2].mean(0), joints[[R_SHOULDER, L_SHOULDER], :2].mean(0)
    tall = max(abs(float(feet[1] - nose[1])), 2.2 * abs(float(hips[1] - nose[1])), 20.0)
    kind = random.random()
    if kind < CLOSER:
        scale, middle = random.uniform(1.1, 1.7) * HEIGHT / tall, 0.6 * hips + 0.4 * shoulders
    elif kind < CLOSER + CLOSE:
        scale, middle = random.uniform(0.95, 1.6) * HEIGHT / tall, 0.5 * hips + 0.5 * shoulders
    elif kind < CLOSER + CLOSE + LEGS:
        long = max(abs(float(feet[1] - hips[1])), 0.45 * tall)
        scale, middle = random.uniform(0.65, 0.85) * HEIGHT / long, 0.6 * hips + 0.4 * feet
    else:
        scale, middle = random.uniform(0.5, 0.85) * HEIGHT / tall, 0.5 * nose + 0.5 * feet
    return (
        scale,
        float(middle[0]),
        float(middle[1]),
        WIDTH * random.uniform(0.38, 0.62),
        HEIGHT * random.uniform(0.42, 0.55),
    )


def _moved(person: Person, place: Place, random: Random) -> Person:
    scale, *points = place
    matrix = _matrix(scale, random.gauss(0, 7), *points)
    pixels = _warped(person.pixels, matrix, _rim(person.pixels) if random.random() < 0.5 else None)
    joints = person.joints.copy()
    joints[:, :2] = joints[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    parts = person.parts
    if parts is not None:
        turned = cv2.warpAffine(parts, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_NEAREST, borderValue=BACKGROUND)
        parts = turned.astype(np.uint8)
    return Person(person.id, pixels, joints, parts)


def _matrix(scale: float, degrees: float, x: float, y: float, to_x: float, to_y: float) -> NDArray[np.float64]:
    matrix = cv2.getRotationMatrix2D((x, y), degrees, scale)
    matrix[:, 2] += np.array([to_x - x, to_y - y])
    return np.asarray(matrix)


def _warped(pixels: Pixels, matrix: NDArray[np.float64], rim: Sequence[int] | None) -> Pixels:
    """rim: the colour around the photo; without it the photo's border goes on."""
    border = cv2.BORDER_REPLICATE if rim is None else cv2.BORDER_CONSTANT
    scale = float(np.hypot(matrix[0, 0], matrix[0, 1]))
    if scale < 0.7:  # a plain warp would leave out pixels
        pixels = cv2.GaussianBlur(pixels, (0, 0), 0.4 / scale)  # type: ignore[assignment]
    out = cv2.warpAffine(
        pixels, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=border, borderValue=rim or (0, 0, 0)
    )
    return out.astype(np.uint8)


def _rim(pixels: Pixels) -> list[int]:
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return [int(value) for value in np.median(edge, axis=0)]


def _on_another_ground(person: Person, others: Sequence[Person], random: Random) -> Person:
    assert person.parts is not None
    kind = random.random()
    if kind < WHITE_GROUND:
        ground = _plain_ground(person.pixels.shape[:2], random)
    elif kind < WHITE_GROUND + OTHER_GROUND:
        ground = _street(random.choice(others), person.pixels.shape[:2], random)
    else:
        return person
    alpha = _soft(person.parts != BACKGROUND, random.uniform(0.5, 1.2))
    return replace(person, pixels=_laid(person.pixels, alpha, ground))


def _plain_ground(shape: Sequence[int], random: Random) -> NDArray[np.float32]:
    """White or light grey as in a studio, sometimes any colour, with light falling off."""
    base = np.array([random.uniform(215, 255)] * 3 if random.random() < 0.7 else [random.uniform(40, 255)] * 3)
    base = base + [random.uniform(-12, 12) for _ in range(3)]
    slope = np.linspace(0, random.uniform(-30, 30), shape[0], dtype=np.float32)[:, None, None]
    return np.clip(np.broadcast_to(base.astype(np.float32) + slope, (*shape, 3)), 0, 255).astype(np.float32)


def _street(other: Person, shape: Sequence[int], random: Random) -> NDArray[np.float32]:
    """Another photo's ground, its person blurred away."""
    assert other.parts is not None
    there = cv2.dilate((other.parts != BACKGROUND).astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
    small = cv2.resize(np.dstack([other.pixels, np.full(there.shape, 255, np.uint8)]) * ~there[..., None], (48, 72))
    far = cv2.GaussianBlur(small.astype(np.float32), (0, 0), 4)
    far = cv2.resize(far[..., :3] / np.maximum(far[..., 3:] / 255, 1e-3), (there.shape[1], there.shape[0]))
    ground = cv2.resize(np.where(there[..., None], far, other.pixels).astype(np.float32), (shape[1], shape[0]))
    if random.random() < 0.5:
        ground = cv2.GaussianBlur(ground, (0, 0), random.uniform(0.5, 3))
    return ground.astype(np.float32)


def _soft(mask: NDArray[np.bool_], sigma: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma), np.float32)


def _laid(over: Pixels, alpha: NDArray[np.float32], ground: NDArray[np.float32] | Pixels) -> Pixels:
    share = alpha[..., None]
    return np.clip(over * share + ground * (1 - share), 0, 255).astype(np.uint8)


def _with_company(made: Scene, other: Person, random: Random) -> Scene:
    """Somebody else comes into the picture, beside or a little before the first; what they cover is no longer hers."""
    scale, x, y, _, to_y = _where(other.joints, random)
    side = random.choice((random.uniform(-0.05, 0.2), random.uniform(0.8, 1.05)))
    moved = _moved(other, (0.8 * scale, x, y, WIDTH * side, to_y), random)
    assert moved.parts is not None
    there = moved.parts != BACKGROUND
    joints = made.joints.copy()
    joints[1] = moved.joints
    return Scene(_laid(moved.pixels, _soft(there, 0.7), made.pixels), joints, np.where(there, BACKGROUND, made.parts))


def _taken_otherwise(pixels: Pixels, random: Random) -> Pixels:
    """Another camera, light, and file."""
    change: Callable[[Pixels], Pixels]
    for chance, change in (
        (0.8, lambda p: _tinted(p, random)),
        (0.3, lambda p: _resized(p, random.uniform(0.4, 0.9))),
        (0.25, lambda p: _as_jpeg(p, random.randint(30, 85))),
    ):
        if random.random() < chance:
            pixels = change(pixels)
    return pixels


def _tinted(pixels: Pixels, random: Random) -> Pixels:
    x = pixels.astype(np.float32) / 255
    x = x ** np.float32(random.uniform(0.7, 1.4)) * np.array([random.uniform(0.88, 1.12) for _ in range(3)], np.float32)
    grey = x.mean(axis=2, keepdims=True)
    x = grey + (x - grey) * (0 if random.random() < 0.04 else random.uniform(0.5, 1.5))
    middle = x.mean()
    x = middle + (x - middle) * random.uniform(0.7, 1.25) + random.uniform(-0.08, 0.08)
    if random.random() < 0.15:  # clothes of other colours
        x = x[..., random.sample(range(3), 3)]
    return np.asarray(np.clip(255 * x, 0, 255).astype(np.uint8))


def _resized(pixels: Pixels, share: float) -> Pixels:
    small = cv2.resize(pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (pixels.shape[1], pixels.shape[0]), interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def _as_jpeg(pixels: Pixels, quality: int) -> Pixels:
    _, file = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR), np.uint8)
