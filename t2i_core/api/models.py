"""The models behind the programming interface: loaded once a process, and never by a path that a visitor wrote."""

from functools import lru_cache
from typing import TYPE_CHECKING

from t2i_core.errors import InputError
from t2i_core.weights import CONFIG, list_models, locate, read_config

if TYPE_CHECKING:  # torch and OpenCV take seconds to import
    from pathlib import Path

    from t2i_core.abuse.check import AbuseChecker
    from t2i_core.generate.pipeline import TextToImage
    from t2i_core.tryon.dress import Dresser

DRAWS = "patchflow"
DESKS = ("products", "anime", "birds", "shoes", "guitars")
MOST_LOADED = 6


def drawing_models() -> list[str]:
    """The models that draw: those at hand, and the five the studio is made for, which may have to come from the Hub."""
    return [*DESKS, *(name for name in list_models(DRAWS) if name not in DESKS)]


def pipeline(name: str) -> "TextToImage":
    """The model of that name. Raises InputError for any other, WeightsError where it cannot be loaded."""
    if name not in drawing_models():
        raise InputError(f"“{name[:60]}” is no model that draws here. Choose one of: {', '.join(drawing_models())}.")
    folder = locate(name)
    return load_pipeline(str(folder), folder, (folder / CONFIG).stat().st_mtime_ns)


@lru_cache(maxsize=MOST_LOADED)
def load_pipeline(source: str, folder: "Path", changed: int) -> "TextToImage":
    """`folder` and `changed` are part of the key alone: a model that was trained or pulled anew replaces the old."""
    from t2i_core.generate.pipeline import TextToImage

    return TextToImage.from_pretrained(source)


def described(name: str) -> dict[str, object]:
    """A model's config.json. Raises WeightsError where there is none."""
    return dict(read_config(locate(name)))


@lru_cache(maxsize=1)
def judges() -> "AbuseChecker":
    """Every judge of pictures that is here."""
    from t2i_core.abuse.check import AbuseChecker

    return AbuseChecker.from_pretrained()


@lru_cache(maxsize=1)
def dresser() -> "Dresser":
    """The networks that see people and garments."""
    from t2i_core.tryon.dress import Dresser

    return Dresser.from_pretrained()
