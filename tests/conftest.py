"""What every test gets: one thread, folders of its own, and no network."""

import os

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # read when torch and numpy load
    os.environ.setdefault(variable, "1")

from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402

import hypothesis  # noqa: E402
import pytest  # noqa: E402

from t2i_core.settings import Settings, get_settings  # noqa: E402

hypothesis.settings.register_profile("studio", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("studio")


@pytest.fixture(autouse=True)
def settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings whose home and weights are empty folders of this test, offline; the ones `get_settings` gives."""
    folder = tmp_path_factory.mktemp("t2i")
    for name in [name for name in os.environ if name.startswith("T2I_")]:
        monkeypatch.delenv(name)
    for name in ("home", "weights"):
        (folder / name).mkdir()
        monkeypatch.setenv(f"T2I_{name.upper()}", str(folder / name))
    monkeypatch.setenv("T2I_OFFLINE", "1")
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds app.py, pages/ and t2i_core/."""
    return Path(__file__).resolve().parents[1]
