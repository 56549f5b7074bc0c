"""What tests of the Hub share: a tiny model, and a way to ask a hub of one's own."""

from pathlib import Path

import pytest
import torch
from huggingface_hub import constants

from t2i_core.settings import get_settings
from t2i_core.weights import write_folder
from tests.fake_hub import FakeHub

CARD = b"""---
license: mit
tags: [shoes]
---
# Boots

    t2i generate boots --prompt "Red boots" --out pictures

```
boots: 200 held-out pictures
                                        real              everything             title alone
Fr\xc3\xa9chet distance                        74.3                   325.8                   346.5
precision                              0.864                   0.650                   0.612
```
"""
EXTRA = {"tokenizer.model": b"pieces", "README.md": CARD, "sheet.png": b"picture"}


def model(folder: Path, fill: float = 1.0, files: dict[str, bytes] | None = None) -> Path:
    tensors = {"layer.weight": torch.full((300, 200), fill, dtype=torch.float16)}
    config = {"model": "patchflow", "name": folder.name, "domain": "shoes", "trained": {"step": 20}}
    write_folder(folder, config, tensors, EXTRA if files is None else files)
    return folder


def on_hub(hub: FakeHub, name: str, folder: Path, inside: str = "") -> None:
    files = {(f"{inside}/" if inside else "") + entry.name: entry.read_bytes() for entry in folder.iterdir()}
    hub.repositories[name] = hub.repositories.get(name, {}) | files


def visit(hub: FakeHub, cache: Path, monkeypatch: pytest.MonkeyPatch, token: str | None = None, **ours: str) -> None:
    """From here on this process asks `hub` and keeps what it fetches in `cache`. ours: the studio's own variables

    The Hub's client reads its environment when it is imported: tests/test_weights.py starts a Python each time instead.
    """
    for name, value in {"T2I_OFFLINE": "0", **ours}.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    monkeypatch.setattr(constants, "ENDPOINT", hub.address)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.address + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(cache / "no token"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setenv("HF_TOKEN", token or "")
