from pathlib import Path

import pytest

from t2i_core import settings as module
from t2i_core.errors import InputError
from t2i_core.settings import Settings, get_settings


def test_the_environment_sets_every_field(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {"HOME": tmp_path, "WEIGHTS": tmp_path / "w", "DEVICE": "cuda:1", "THREADS": 3}.items():
        monkeypatch.setenv(f"T2I_{name}", str(value))
    monkeypatch.setenv("T2I_HUB_NAMESPACE", "acme")
    monkeypatch.setenv("T2I_OFFLINE", "false")
    found = Settings()
    assert (found.home, found.weights, found.device, found.threads) == (tmp_path, tmp_path / "w", "cuda:1", 3)
    assert (found.hub_namespace, found.offline) == ("acme", False)
    assert (found.gallery, found.pictures) == (tmp_path / "gallery.sqlite", tmp_path / "pictures")


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("T2I_WEIGHTS", "")
    monkeypatch.setenv("T2I_THREADS", "")
    assert (Settings().weights, Settings().threads) == (None, None)


def test_a_tilde_in_a_folder_means_the_users_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("T2I_HOME", "~/studio")
    assert Settings().home == Path.home() / "studio"


@pytest.mark.parametrize(
    ("name", "value"),
    [("THREADS", "0"), ("THREADS", "many"), ("DEVICE", "gpu"), ("HUB_NAMESPACE", "a/b"), ("OFFLINE", "?")],
)
def test_a_senseless_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"T2I_{name}", value)
    get_settings.cache_clear()
    with pytest.raises(InputError) as caught:
        get_settings()
    assert f"T2I_{name}" in str(caught.value)
    assert f"“{value}”" in str(caught.value)


def test_settings_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = get_settings()
    monkeypatch.setenv("T2I_DEVICE", "cpu")
    assert get_settings() is first
    get_settings.cache_clear()
    assert get_settings().device == "cpu"


def test_weights_are_the_repositorys_own_unless_said_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, repository: Path
) -> None:
    monkeypatch.delenv("T2I_WEIGHTS")
    assert repository / "weights" == module.BESIDE_THE_CODE
    monkeypatch.setattr(module, "BESIDE_THE_CODE", tmp_path)
    assert Settings().weights_folder == tmp_path
    monkeypatch.setattr(module, "BESIDE_THE_CODE", tmp_path / "installed alone")
    assert Settings().weights_folder == Settings().home / "weights"
    monkeypatch.setenv("T2I_WEIGHTS", str(tmp_path / "mine"))
    assert Settings().weights_folder == tmp_path / "mine"
