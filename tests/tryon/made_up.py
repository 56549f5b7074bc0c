"""People and garments drawn by code, and networks' stand-ins that know them."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import Image, ImageDraw

from t2i_core.data.parts import Parts
from t2i_core.tryon.framing import around
from t2i_core.tryon.mannequin import draw
from t2i_core.tryon.parsing import Parsed
from t2i_core.tryon.pose import Pose, Sighted

SMALL = 384  # pixels of a made-up photo's height


@dataclass
class Known:
    """A photo whose people are known."""

    photo: Image.Image
    poses: list[Pose]
    parts: Parts


def person(height: int = SMALL) -> Known:
    """The mannequin, photographed."""
    photo, pose, parts = draw(height)
    return Known(photo, [pose], parts)


@dataclass
class Finder:
    """Finds in every picture the people that are known of pictures of that size; nobody in others."""

    known: list[Known] = field(default_factory=list)

    def find(self, photo: Image.Image) -> list[Sighted]:
        return [Sighted(pose) for one in self.known if one.photo.size == photo.size for pose in one.poses]


@dataclass
class Reader:
    """Parses pictures of known people."""

    known: list[Known] = field(default_factory=list)

    def parse(self, photo: Image.Image, one: Sighted) -> Parsed:
        parts = next(known.parts for known in self.known if known.photo.size == photo.size)
        return Parsed.of_parts(parts, around(one.pose.box()))


def shirt(colour: tuple[int, int, int] = (200, 30, 40), *, long: bool = False, size: int = 240) -> Image.Image:
    """A T-shirt laid flat on white, with a blue square on its chest."""
    unit = size / 100
    sleeve = [(4, 74), (15, 80)] if long else [(8, 42), (21, 48)]
    right = [(42, 12), (28, 15), *sleeve, (29, 40), (29, 88)]
    outline = [*right, *[(100 - x, y) for x, y in right[::-1]], (50, 17)]
    image = Image.new("RGB", (size, size), "white")
    pen = ImageDraw.Draw(image)
    pen.polygon([(x * unit, y * unit) for x, y in outline], fill=colour)
    pen.rectangle((44 * unit, 40 * unit, 56 * unit, 52 * unit), fill=(20, 40, 220))
    return image


def trousers(*, short: bool = False, size: int = 240) -> Image.Image:
    """Trousers laid flat on white."""
    unit, end = size / 100, 55 if short else 96
    outline = [(32, 6), (68, 6), (72, end), (54, end), (50, 34), (46, end), (28, end)]
    image = Image.new("RGB", (size, size), "white")
    ImageDraw.Draw(image).polygon([(x * unit, y * unit) for x, y in outline], fill=(30, 110, 60))
    return image


def skirt(size: int = 240) -> Image.Image:
    """A skirt laid flat on white."""
    unit = size / 100
    image = Image.new("RGB", (size, size), "white")
    pen = ImageDraw.Draw(image)
    pen.polygon([(x * unit, y * unit) for x, y in [(35, 10), (65, 10), (80, 85), (20, 85)]], fill=(150, 40, 150))
    return image


def noise(size: int = 240) -> Image.Image:
    """No plain ground, and nothing on it."""
    random = np.random.default_rng(0)
    return Image.fromarray(cv2.resize(random.integers(0, 255, (24, 24, 3), np.uint8), (size, size)))


def changed(pose: Pose, **visibility: float) -> Pose:
    """A pose with other visibilities, by joint: left_elbow=0."""
    from t2i_core.data.joints import JOINTS

    joints = pose.joints.copy()
    for name, value in visibility.items():
        joints[JOINTS.index(name.replace("_", " ")), 2] = value
    return Pose(joints, pose.size)
