"""The Gradio app on a loopback port, with tiny random models."""

import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from t2i_core.api import models
from t2i_core.settings import get_settings
from t2i_core.text.attributes import AttributeSpace, Choice
from tests.tiny import tiny_model

SPACES = {
    "anime": (Choice("hair", ("pink", "blue", "green")), Choice("eyes", ("red", "blue"))),
    "birds": (Choice("species", ("Blue Jay", "Mallard")),),
    "shoes": (Choice("kind", ("Boot", "Shoe")), Choice("colour", ("Black", "Red"))),
    "guitars": (Choice("model", ("Gibson SG", "Gibson ES")), Choice("colour", ("Black", "Red"))),
}
SHIPPED = ("pose", "parsing", "lite0")  # what try-on needs; the judges are tested without theirs


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """Tiny models of every desk, and the networks that see people."""
    folder = tmp_path_factory.mktemp("weights")
    tiny_model(folder / "products")
    for name, attributes in SPACES.items():
        tiny_model(folder / name, space=AttributeSpace(attributes))
    for name in SHIPPED:
        (folder / name).symlink_to(repository / "weights" / name)
    return folder


@pytest.fixture
def _models(models_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("T2I_WEIGHTS", str(models_folder))
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def address(models_folder: Path) -> Iterator[str]:
    """Where the app answers, mounted at /space as in the server."""
    before = dict(os.environ)
    os.environ |= {"T2I_WEIGHTS": str(models_folder), "T2I_OFFLINE": "1"}
    get_settings.cache_clear()
    models.judges.cache_clear()
    try:
        from t2i_core.space.app import mounted

        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            mount, opened = mounted("/space", url)

            @asynccontextmanager
            async def lifespan(_: Starlette) -> AsyncIterator[None]:
                async with opened():
                    yield

            app = Starlette(routes=[mount], lifespan=lifespan)
            server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
            thread.start()
            ends = time.monotonic() + 120
            while not server.started:
                assert time.monotonic() < ends
                time.sleep(0.1)
            assert httpx.get(f"{url}/space/", timeout=120).status_code == 200
            yield f"{url}/space"
            server.should_exit = True
            thread.join(30)
    finally:
        os.environ.clear()
        os.environ |= before
        get_settings.cache_clear()
