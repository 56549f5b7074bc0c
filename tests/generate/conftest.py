from pathlib import Path

import pytest

from t2i_core.generate.pipeline import TextToImage
from tests.tiny import tiny_model


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model's folder. Copy it before changing it."""
    return tiny_model(tmp_path_factory.mktemp("weights") / "tiny")


@pytest.fixture(scope="session")
def pipe(folder: Path) -> TextToImage:
    return TextToImage.from_pretrained(folder)
