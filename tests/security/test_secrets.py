"""The Hub's token and the administrator's word are nowhere to be read: not on pages, not in logs, not on the disk."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from t2i_core.settings import get_settings

TOKEN, WORD = "hf_aVerySecretToken1234567890", "an even more secret word"
SECRETS = (TOKEN, WORD)


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("T2I_ADMIN_TOKEN", WORD)
    get_settings.cache_clear()


def test_settings_never_show_the_word() -> None:
    settings = get_settings()
    shown = (
        repr(settings),
        str(settings),
        f"{settings.model_dump()}",
        settings.model_dump_json(),
        repr(vars(settings)),
    )
    assert not any(secret in text for text in shown for secret in SECRETS)
    assert settings.admin_token is not None
    assert settings.admin_token.get_secret_value() == WORD  # it is there


def test_no_command_prints_a_secret_even_where_it_fails(tmp_path: Path, repository: Path) -> None:
    ours = os.environ | {"T2I_HOME": str(tmp_path), "T2I_WEIGHTS": str(tmp_path / "none"), "T2I_OFFLINE": "1"}
    for command in (["models"], ["generate", "products", "--prompt", "x"], ["pull", "acme/none"], ["jobs", "list"]):
        done = subprocess.run(
            [sys.executable, "-m", "t2i_core.cli", *command], cwd=repository, env=ours, capture_output=True, text=True
        )
        assert not any(secret in done.stdout + done.stderr for secret in SECRETS), command
    assert not any(
        secret.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() for secret in SECRETS
    )
