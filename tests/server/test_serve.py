"""The server as a whole, over the wire."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.server.conftest import PATIENCE, SECRET, Running, start

pytestmark = pytest.mark.xdist_group("server")  # one server for all, on however many processes the tests run
WORDS = "Nike Men Sesame Running Shoes"
DRAWN = 't2i_pictures_total{kind="draw",model="products"}'


def test_health_is_told(running: Running) -> None:
    answer = running.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["waiting"] == 0


def test_the_pages_and_the_space_lie_beside_each_other(running: Running) -> None:
    assert "streamlit" in running.get("/").text.lower()
    assert running.get("/products").status_code == 200
    assert running.get("/_stcore/health").text == "ok"
    assert "gradio" in running.get("/space/").text.lower()


def test_a_page_is_drawn_to_its_end(running: Running) -> None:
    """As a browser asks for it, over Streamlit's own connection."""
    asked, headings = BackMsg(), []
    asked.rerun_script.page_name = "products"
    stream = running.url.replace("http", "ws", 1) + "/_stcore/stream"
    with connect(stream, subprotocols=[Subprotocol("streamlit")], max_size=None, open_timeout=PATIENCE) as page:
        page.send(asked.SerializeToString())
        told = ForwardMsg()
        while told.WhichOneof("type") != "script_finished" or told.script_finished:  # 0: to its end
            told.ParseFromString(page.recv(timeout=PATIENCE, decode=False))
            element = told.delta.new_element
            assert element.WhichOneof("type") != "exception"
            headings += [element.heading.body] if element.WhichOneof("type") == "heading" else []
    assert headings == ["Products"]


def test_a_call_draws_pictures_and_metrics_rise(running: Running) -> None:
    before = running.metric(DRAWN)
    client = Client(f"{running.url}/space/", verbose=False, analytics_enabled=False)
    gallery, settings, _ = client.predict(WORDS, count=3, seed=5, api_name="/draw_products")
    assert [one["seed"] for one in settings] == [5, 6, 7]
    assert len(gallery) == 3
    assert running.metric(DRAWN) == before + 3
    assert running.metric('t2i_work_seconds_sum{kind="draw"') > 0
    assert running.metric("t2i_resident_memory_bytes") > 100e6


def test_health_answers_while_pictures_are_drawn(running: Running) -> None:
    client = Client(f"{running.url}/space/", verbose=False, analytics_enabled=False)
    job = client.submit(WORDS, count=32, steps=12, api_name="/draw_products")
    slowest, asked = 0.0, 0
    while not job.done():
        began = time.perf_counter()
        assert running.get("/healthz").status_code == 200
        slowest, asked = max(slowest, time.perf_counter() - began), asked + 1
        time.sleep(0.05)
    assert len(job.result()[1]) == 32
    assert asked > 1
    assert slowest < 5


def test_a_refused_call_says_why_and_shows_no_traceback(running: Running) -> None:
    client = Client(f"{running.url}/space/", verbose=False, analytics_enabled=False)
    with pytest.raises(AppError, match="count must be a whole number from 1 to 64; got 1000"):
        client.predict(WORDS, count=1000, api_name="/draw_products")
    with pytest.raises(AppError, match="colour cannot be “&lt;i&gt;”"):  # browsers show it as HTML
        client.predict(WORDS, colour="<i>", api_name="/draw_products")


def test_the_log_is_json_and_holds_no_prompt_no_secret_and_no_query(running: Running) -> None:
    running.get(f"/products?prompt={WORDS.replace(' ', '+')}&token={SECRET}")
    raw = {"data": [{"path": f"/etc/{SECRET}", "meta": {"_type": "gradio.FileData"}}, WORDS, "general"]}
    event = httpx.post(f"{running.url}/space/gradio_api/call/check_picture", json=raw, timeout=60).json()["event_id"]
    assert "error" in httpx.get(f"{running.url}/space/gradio_api/call/check_picture/{event}", timeout=60).text
    text = running.log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {"time", "level", "logger", "message"} <= set(lines[0])
    assert any(line["message"] == "answered" and line["area"] == "/" for line in lines)
    assert "Sesame" not in text
    assert SECRET not in text
    assert "127.0.0.1" not in text


def test_sigterm_ends_a_server_that_is_drawing_and_it_counts_as_well_ended(tmp_path: Path) -> None:
    server = start(tmp_path)
    client = Client(f"{server.url}/space/", verbose=False, analytics_enabled=False)
    for _ in range(2):
        client.submit(WORDS, count=64, steps=100, api_name="/draw_products")
    ends = time.monotonic() + PATIENCE
    while server.get("/healthz").json()["waiting"] == 0:  # one stands in line behind the other
        assert time.monotonic() < ends
        time.sleep(0.05)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(PATIENCE) == 0
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert "stopped" in [line["message"] for line in lines]


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "t2i_core.cli", "serve", "--host", "127.0.0.1", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot be listened on" in done.stderr
    assert "Traceback" not in done.stderr
