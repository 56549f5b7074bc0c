"""Models put on the Hub, where others find, judge and pull them.

The card is huggingface_hub's `ModelCard`. Its `PyTorchModelHubMixin` is not used: it would make every network know the
Hub, and it uploads a config.json of a constructor's arguments beside one file of weights, where a model here is more
than its network (tokenizer, doubler, digests of each file) and is checked against those digests when it is pulled.
"""

from collections.abc import Mapping
from pathlib import Path

from t2i_core.errors import WeightsError
from t2i_core.hub import hub_errors
from t2i_core.settings import get_settings
from t2i_core.weights.cards import card_of
from t2i_core.weights.folders import CONFIG, DOCUMENTS, NAME, REPOSITORY, digests
from t2i_core.weights.pulling import Place
from t2i_core.weights.reading import read_folder

CARD = "README.md"


def publish(path: Path, repo_id: str, private: bool = True, folder: str = "") -> str:
    """Uploads a model's folder to the Hub as `repo_id` (owner/name), made if new, and gives its address.

    Only the model's own files go up, with a card made for the Hub (`cards`), in one commit.
    folder: within the repository, where that holds several models
    Raises WeightsError for a damaged model, or where the Hub refuses.
    """
    from huggingface_hub import CommitOperationAdd, HfApi

    if not REPOSITORY.fullmatch(repo_id):
        raise WeightsError(f"“{repo_id[:80]}” is not a Hub repository. Write it as owner/name.")
    if folder and not NAME.fullmatch(folder):
        raise WeightsError(f"“{folder[:80]}” cannot name a model's folder on the Hub.")
    if get_settings().offline:
        raise WeightsError("The studio is offline (T2I_OFFLINE). Publishing needs the network.")
    place = Place(repo_id, folder)
    files = _files(path, place)
    with hub_errors(repo_id):
        address = HfApi().create_repo(repo_id, private=private, exist_ok=True)
        HfApi().create_commit(
            repo_id,
            [CommitOperationAdd(place.path(name), data) for name, data in files.items()],
            commit_message=f"Publish {path.name}",
        )
    return str(address)


def _files(path: Path, place: Place) -> Mapping[str, bytes]:
    """What goes up, read and checked before anything does."""
    model = read_folder(path)
    names = [CONFIG, *digests(path, model.config)]
    names += sorted(file.name for file in path.iterdir() if file.name.endswith(DOCUMENTS) and NAME.fullmatch(file.name))
    files = {name: (path / name).read_bytes() for name in names}
    return files | {CARD: card_of(path, model.config, str(place)).encode()}
