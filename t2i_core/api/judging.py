"""Pictures held to the rules of a marketplace."""

from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image

from t2i_core.abuse.marking import marked
from t2i_core.abuse.profile import Profile, find_profile, saved_profiles, shipped_profiles
from t2i_core.abuse.verdict import Verdict
from t2i_core.api.models import judges
from t2i_core.errors import InputError
from t2i_core.settings import get_settings
from t2i_core.turns import Work, get_turns

MAX_TITLE = 500


@dataclass(frozen=True)
class Checked:
    """A verdict, and the picture that its boxes are drawn on; None where the file holds no picture."""

    verdict: Verdict
    image: Image.Image | None

    def marked(self) -> Image.Image | None:
        """The picture, small enough to look at, with the findings marked on it."""
        return self.image and marked(self.image, self.verdict.findings)

    def record(self) -> Mapping[str, object]:
        """As JSON takes it."""
        return self.verdict.to_dict()


def check_picture(picture: bytes | None, title: str = "", profile: str = "general") -> Checked:
    """Judge a product picture: is there one, what is written on it or laid over it, does it show what its title says,
    and does it keep a marketplace's rules. Gives a verdict with its findings, each a sentence for the seller.

    Args:
        picture: the picture's file
        title: the product's title; empty: it is not compared
        profile: whose rules: general, amazon, google, google-apparel, or a profile saved in this studio
    """
    if not picture:
        raise InputError("Give a picture to check.")
    if len(title) > MAX_TITLE:
        raise InputError(f"The title has {len(title):,} characters; the limit is {MAX_TITLE}. Shorten it.")
    held = _profile(profile)
    with get_turns().take(Work("check", "judges")):
        looked = judges().held_to(held).look(picture, title)
    return Checked(looked.verdict, looked.subject.image if looked.subject else None)


def profiles() -> list[str]:
    """The names `check_picture` takes."""
    return [*shipped_profiles(), *saved_profiles(get_settings().profiles)]


def _profile(name: str) -> Profile:
    """By name alone: a visitor never names a file."""
    if name not in profiles():
        raise InputError(f"“{name[:60]}” is no profile here. Choose one of: {', '.join(profiles())}.")
    return find_profile(name, get_settings().profiles)
