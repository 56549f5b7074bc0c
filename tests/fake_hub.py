"""A Hugging Face Hub on this machine: enough of its HTTP interface to upload a model and to download it again."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

TOKEN = "hf_test_token"


class FakeHub(ThreadingHTTPServer):
    """Repositories as plain dictionaries of files; `private` ones ask for TOKEN, and so does every write.

    Data sets are called datasets/owner/name. `gated` repositories show what they hold, but give it only to TOKEN.
    breaks: after how many bytes the connection breaks, once, when a path is fetched
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.private: set[str] = set()
        self.gated: set[str] = set()
        self.breaks: dict[str, int] = {}
        self.ranges: list[str] = []
        self.requests: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def run(self, code: str, cache: Path, *, token: str | None = None, **environment: str) -> list[str]:
        """Lines that `code` prints in a Python of its own, for huggingface_hub reads its environment once."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        ours = {
            "HF_ENDPOINT": self.address,
            "HF_HOME": str(cache),
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "T2I_OFFLINE": "0",
        }
        if token:
            ours["HF_TOKEN"] = token
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=inherited | ours | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()


@contextmanager
def fake_hub() -> Iterator[FakeHub]:
    """A hub that serves while the block runs."""
    with FakeHub() as hub:
        thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield hub
        finally:
            hub.shutdown()
            thread.join()


class Handler(BaseHTTPRequestHandler):
    server: FakeHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._get()

    def do_GET(self) -> None:
        self._get()

    def do_POST(self) -> None:
        path = self._path()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.known():
            self.json(401, {"error": "Invalid username or password."})
        elif path == "/api/repos/create":
            self._create(json.loads(body))
        elif "/preupload/" in path:
            wanted = [file["path"] for file in json.loads(body)["files"]]
            self.json(200, {"files": [{"path": p, "uploadMode": "regular", "shouldIgnore": False} for p in wanted]})
        elif path == "/api/validate-yaml":  # the head of a model card
            self.json(200, {"errors": [], "warnings": []})
        elif "/commit/" in path:
            self._commit(path.removeprefix("/api/models/").partition("/commit/")[0], body)
        else:
            self.json(404, {"error": f"not part of this hub: {path}"})

    def route(self) -> list[str]:
        """The parts of the path that is asked for."""
        return unquote(urlsplit(self.path).path).strip("/").split("/")

    def _path(self) -> str:
        path = unquote(urlsplit(self.path).path)
        self.server.requests.append(f"{self.command} {path}")
        return path

    def _get(self) -> None:
        path = self._path()
        repository = _repository_of(path)
        files = self.server.repositories.get(repository)
        hidden = repository in self.server.private and not self.known()
        if files is None or hidden:
            self.json(401 if hidden else 404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
        elif "/tree/" in path:
            self._tree(files, path.split("/tree/")[1].partition("/")[2])
        elif "/resolve/" in path and repository in self.server.gated and not self.known():
            status = 403 if "Authorization" in self.headers else 401
            self.json(status, {"error": "Access is restricted."}, {"X-Error-Code": "GatedRepo"})
        elif "/resolve/" in path:
            self._file(files, path.split("/resolve/")[1].partition("/")[2])
        else:
            self.json(200, {"id": repository, "sha": commit_hash(files), "private": False, "siblings": []})

    def _file(self, files: dict[str, bytes], name: str) -> None:
        if name not in files:
            self.json(404, {"error": "Entry not found"}, {"X-Error-Code": "EntryNotFound"})
            return
        headers = {"X-Repo-Commit": commit_hash(files), "ETag": f'"{_blob(files[name])}"', "Accept-Ranges": "bytes"}
        start = self.headers.get("Range", "").removeprefix("bytes=").rstrip("-")
        if start.isdigit():
            self.server.ranges.append(self.headers["Range"])
            data = files[name]
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            self.send(206, data[int(start) :], headers)
        else:
            self.send(200, files[name], headers)

    def _tree(self, files: dict[str, bytes], folder: str) -> None:
        start = f"{folder}/" if folder else ""
        deep = "recursive=true" in self.path.lower()
        inside = {name: data for name, data in files.items() if name.startswith(start)}
        if folder and not inside:
            self.json(404, {"error": "Entry not found"}, {"X-Error-Code": "EntryNotFound"})
            return
        shown = {name: data for name, data in inside.items() if deep or "/" not in name.removeprefix(start)}
        self.json(200, [_entry(name, data) for name, data in shown.items()])

    def known(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def _create(self, wanted: dict[str, str]) -> None:
        repository = f"{wanted['organization']}/{wanted['name']}"
        self.server.repositories.setdefault(repository, {})
        if wanted.get("visibility") == "private":
            self.server.private.add(repository)
        self.json(200, {"url": f"{self.server.address}/{repository}", "id": repository, "name": repository})

    def _commit(self, repository: str, body: bytes) -> None:
        files = self.server.repositories[repository]
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
        address = f"{self.server.address}/{repository}/commit/{commit_hash(files)}"
        self.json(200, {"success": True, "commitOid": commit_hash(files), "commitUrl": address, "hookOutput": ""})

    def json(self, status: int, content: object, headers: dict[str, str] | None = None) -> None:
        self.send(status, json.dumps(content).encode(), {"Content-Type": "application/json"} | (headers or {}))

    def send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(data))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        enough = self.server.breaks.pop(unquote(urlsplit(self.path).path), len(data))
        self.wfile.write(data[:enough])
        self.close_connection = self.close_connection or enough < len(data)


def _repository_of(path: str) -> str:
    parts = path.removeprefix("/api").removeprefix("/models").strip("/").split("/")
    return "/".join(parts[: 3 if parts[0] == "datasets" else 2])


def commit_hash(files: dict[str, bytes]) -> str:
    return hashlib.sha1(b"".join(name.encode() + files[name] for name in sorted(files))).hexdigest()


def _blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _entry(name: str, data: bytes) -> dict[str, object]:
    return {"type": "file", "path": name, "size": len(data), "oid": _blob(data)}
