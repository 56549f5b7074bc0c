"""Hugging Face's machines on this one: the Jobs part of a hub of one's own, which really runs what it is sent."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.fake_hub import FakeHub, Handler

NAMESPACE = "acme"


@dataclass
class FakeJob:
    """A job as the server knows it: what it was sent, and where it stands."""

    sent: dict[str, Any]
    stage: str = "SCHEDULING"
    log: list[str] = field(default_factory=list)
    process: "subprocess.Popen[str] | None" = None


class FakeJobs(FakeHub):
    """A hub with machines. `refuses`: the status with which new jobs are turned down; `runs`: whether jobs are run."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = _Handler
        self.jobs: dict[str, FakeJob] = {}
        self.refuses: int | None = None
        self.runs = False
        self.cache = Path()

    def start(self, job: FakeJob) -> None:
        """Runs a job's command with its variables and its secrets, in the Python of the tests."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "T2I_"))}
        variables = {"HF_HOME": str(self.cache), "HF_HUB_DISABLE_PROGRESS_BARS": "1", "T2I_HOME": str(self.cache)}
        job.stage = "RUNNING"
        job.process = subprocess.Popen(
            [sys.executable, *job.sent["command"][1:]],
            env=inherited | variables | job.sent["environment"] | job.sent.get("secrets", {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._follow, args=(job, job.process), daemon=True).start()

    def _follow(self, job: FakeJob, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            job.log.append(line.rstrip("\n"))
        code = process.wait()
        if job.stage == "RUNNING":
            job.stage = "ERROR" if code else "COMPLETED"


@contextmanager
def fake_jobs() -> Iterator[FakeJobs]:
    """Machines that are there while the block runs."""
    with FakeJobs() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            for job in server.jobs.values():
                if job.process is not None:
                    job.process.kill()
            server.shutdown()
            thread.join()


class _Handler(Handler):
    server: FakeJobs

    def do_GET(self) -> None:
        parts = self.route()
        if parts == ["api", "whoami-v2"] and self.known():
            self.json(200, {"type": "user", "name": NAMESPACE, "fullname": NAMESPACE, "orgs": []})
        elif parts[:2] != ["api", "jobs"]:
            super().do_GET()
        elif job := self._job(parts):
            if parts[4:] == ["logs"]:
                self._logs(job)
            else:
                self.json(200, _told(parts[3], parts[2], job))

    def do_POST(self) -> None:
        parts = self.route()
        if parts[:2] != ["api", "jobs"]:
            super().do_POST()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if len(parts) == 3:
            self._submit(parts[2], json.loads(body))
        elif job := self._job(parts):
            job.stage = "CANCELED"
            if job.process is not None:
                job.process.kill()
            self.json(200, {"ok": True})

    def _submit(self, namespace: str, sent: dict[str, Any]) -> None:
        status = 401 if not self.known() else self.server.refuses
        if status:
            self.json(status, {"error": f"No. You sent {self.headers.get('Authorization')}."})
            return
        name = f"{len(self.server.jobs) + 1:024x}"
        job = self.server.jobs[name] = FakeJob(sent)
        if self.server.runs:
            self.server.start(job)
        self.json(200, _told(name, namespace, job))

    def _job(self, parts: list[str]) -> FakeJob | None:
        job = self.server.jobs.get(parts[3]) if self.known() and len(parts) > 3 else None
        if job is None:
            self.json(404, {"error": "Job not found"})
        return job

    def _logs(self, job: FakeJob) -> None:
        """Server-sent events, as the Hub writes them, up to where the log stands now."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        lines = ["===== Job started at 2026 =====", *job.log]
        events = [f"event: log\ndata: {json.dumps({'data': line, 'timestamp': now})}\n\n" for line in lines]
        self.send(200, "".join([": keep-alive\n\n", *events]).encode(), {"Content-Type": "text/event-stream"})


def _told(name: str, namespace: str, job: FakeJob) -> dict[str, Any]:
    return {
        "id": name,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "dockerImage": job.sent["dockerImage"],
        "command": job.sent["command"],
        "arguments": [],
        "environment": job.sent["environment"],
        "secrets": dict.fromkeys(job.sent.get("secrets", {})),
        "flavor": job.sent["flavor"],
        "status": {"stage": job.stage, "message": None},
        "owner": {"id": "1", "name": namespace, "type": "user"},
    }
