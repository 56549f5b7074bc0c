"""A real server, started as its operator starts it, on a tiny random model."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.tiny import tiny_model

PATIENCE = 180  # seconds; two dozen of imports on a busy machine
SECRET = "open-sesame-1234"


@dataclass
class Running:
    """A started server: its process, its address, and where its log is written."""

    process: "subprocess.Popen[bytes]"
    url: str
    log: Path

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=60)

    def metric(self, line: str) -> float:
        """The value of the first metric whose line begins so; 0 where there is none yet."""
        for told in self.get("/metrics").text.splitlines():
            if told.startswith(line):
                return float(told.rpartition(" ")[2])
        return 0.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, *options: str) -> Running:
    """Starts a server with a tiny products model and waits until it answers."""
    if not (folder / "weights").exists():
        tiny_model(folder / "weights" / "products")
    port, log = free_port(), folder / f"log-{time.monotonic_ns()}.jsonl"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("T2I_", "GRADIO"))}
    own = {
        "T2I_HOME": str(folder / "home"),
        "T2I_WEIGHTS": str(folder / "weights"),
        "T2I_OFFLINE": "1",
        "T2I_ADMIN_TOKEN": SECRET,
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "t2i_core.cli", "serve", "--host", "127.0.0.1", "--port", str(port), *options]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment | own, cwd=folder)
    running = Running(process, f"http://127.0.0.1:{port}", log)
    try:
        _wait(running)
    except BaseException:
        process.kill()
        raise
    return running


def _wait(running: Running) -> None:
    ends = time.monotonic() + PATIENCE
    while True:
        assert running.process.poll() is None, running.log.read_text()
        assert time.monotonic() < ends, running.log.read_text()
        try:
            if running.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all tests that do not stop it."""
    server = start(tmp_path_factory.mktemp("server"))
    yield server
    server.process.kill()
    server.process.wait()
