"""The load test itself, against a server that only pretends."""

import json
from collections.abc import Iterator

import pytest

from t2i_core.cli import main
from t2i_core.errors import InputError
from t2i_core.server.load import CALL, put_under_load
from tests.loopback import Quiet, serving


class Pretending(Quiet):
    """Answers every call but those of odd seeds once it was told to fail."""

    failing = False

    def do_POST(self) -> None:
        data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["data"]
        self._say(json.dumps({"event_id": str(data[6])}))

    def do_GET(self) -> None:
        if self.path == "/metrics":
            self._say("t2i_resident_memory_bytes 5e+08\n")
        elif self.path.startswith(CALL):
            odd = int(self.path.rpartition("/")[2]) % 2
            self._say('event: error\ndata: "no"\n\n' if self.failing and odd else "event: complete\ndata: []\n\n")
        else:
            self._say("{}")

    def _say(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


@pytest.fixture
def url() -> Iterator[str]:
    with serving(Pretending) as address:
        yield address
    Pretending.failing = False


def test_calls_health_and_memory_are_measured(url: str) -> None:
    report = put_under_load(url, sessions=3, seconds=1.2)
    assert report.answers >= report.fewest * 3 > 0
    assert not report.errors
    assert report.health_answers >= 1
    assert 0 < report.p50 <= report.p95 <= report.slowest
    assert report.memory_start == report.memory_end == 500e6
    assert "500 MB before" in str(report)


def test_failures_are_counted_and_are_the_exit_code(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", url, "--sessions", "2", "--seconds", "0.3"]) == 0
    Pretending.failing = True
    assert main(["load", url, "--sessions", "2", "--seconds", "0.5", "--json"]) == 1
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(told["errors"]) == ["RuntimeError: no"]


def test_an_address_where_nothing_answers_is_said_in_a_sentence() -> None:
    with pytest.raises(InputError, match="Start one: t2i serve"):
        put_under_load("http://127.0.0.1:1", sessions=1, seconds=1)
