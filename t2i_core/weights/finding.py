"""Where a model's folder is, by name: here, in the Hub's cache, or on the Hub."""

import os
import re
from pathlib import Path

from t2i_core.errors import WeightsError
from t2i_core.settings import get_settings
from t2i_core.weights.folders import CONFIG, NAME, REPOSITORY, WhileFetching, at_hand, choices
from t2i_core.weights.pulling import Place, fetched


def locate(name: str, on_progress: WhileFetching | None = None) -> Path:
    """The folder of a model, given as a name in the weights folder, a folder's path, or owner/name on the Hub.

    A bare name that is not here is looked up in the repository T2I_HUB_REPO and the namespace T2I_HUB_NAMESPACE.
    A Hub model is downloaded once and served from the Hub's cache from then on; `t2i pull` fetches its newest version.
    Raises WeightsError where there is none.
    """
    settings = get_settings()
    if not name.strip() or ".." in re.split(r"[/\\]", name) or not name.isprintable():
        raise WeightsError(f"“{name[:80]}” does not name a model. {choices()}")
    if folder := at_hand(name):
        return folder
    if os.path.isfile(os.path.join(name, CONFIG)):  # noqa: PTH113, PTH118 - Path.is_file raises for a name that is too long
        return Path(name).absolute()
    if places := places_of(name):
        return fetched(places, on_progress)
    raise WeightsError(
        f"There is no model “{name[:80]}”, neither in {settings.weights_folder} nor as a folder. {choices()}"
    )


def places_of(name: str) -> list[Place]:
    """Where on the Hub a model of that name may lie, the first place to look at first."""
    settings = get_settings()
    if REPOSITORY.fullmatch(name):
        return [Place(name)]
    if not NAME.fullmatch(name):
        return []
    shared = [Place(settings.hub_repo, name)] if settings.hub_repo else []
    own = [Place(f"{settings.hub_namespace}/{name}")] if settings.hub_namespace else []
    return shared + own


def origin(path: Path) -> str:
    """Where a model's folder came from, in words: the studio's own weights, a Hub repository, or another folder."""
    path = path.absolute()
    if path.parent == get_settings().weights_folder:
        return "shipped with the studio"
    if path.parent == get_settings().own_models:
        return "trained in this studio"
    owner_and_name = re.search(r"models--([^/\\]+?)--([^/\\]+)[/\\]snapshots[/\\]([0-9a-f]{7})", str(path))
    if owner_and_name:
        return "Hugging Face Hub: {}/{} at {}".format(*owner_and_name.groups())
    return f"folder {path}"
