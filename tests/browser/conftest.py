"""The whole app in a real browser: one server for all of these tests, one Chromium a module."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, sync_playwright

from tests.browser.watching import WAIT, Visitor
from tests.training.made_up import write_catalogue

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    # Debian's own flags ask for a graphics card's work, which a processor then imitates at ten times the cost.
    *("--disable-gpu-rasterization", "--disable-software-rasterizer"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),  # a camera for machines without one
]
# Nothing turns or fades: sixty pictures a second of a spinner keep a processor from what is waited for.
STILL = """
    const still = new CSSStyleSheet();
    still.replaceSync('*, *::before, *::after { animation: none !important; transition: none !important; }');
    document.adoptedStyleSheets = [still];
"""
DESKTOP = (1280, 900)
FAILED = pytest.StashKey[bool]()  # pytest's own count of failures comes too late where tests are tried again
RUNNING = os.environ.get("T2I_STUDIO")  # the address of a studio to try, in place of one of these tests' own


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them in one process, where several share the work: there is one server for all."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.timeout(3 * WAIT))
            item.add_marker(pytest.mark.flaky(reruns=1))  # a browser that hangs is no news about the pages


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def chromium() -> str:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("No Chromium was found, so the pages were not tried in a browser: apt-get install chromium.")
    return found


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The studio's own folder, kept through all of these tests."""
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Something tiny to train on."""
    folder = tmp_path_factory.mktemp("data") / "catalogue"
    folder.mkdir()
    for name in ("products_192.parquet", "products_80.parquet"):
        write_catalogue(folder / name)
    return folder


@pytest.fixture(scope="session")
def studio(chromium: str, home: Path, data: Path) -> Iterator[str]:
    """The address of a studio with the repository's own models, as `make run` starts it."""
    if RUNNING:
        yield RUNNING
        return
    repository = Path(__file__).resolve().parents[2]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("T2I_", "STREAMLIT_"))}
    ours |= {"T2I_HOME": str(home), "T2I_DATA": str(data), "T2I_OFFLINE": "1", "T2I_THREADS": "1"}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--server.headless", "true"], cwd=repository, env=ours, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            address = f"http://localhost:{port}"
            _wait_for(address, server, home / "server.log")
            yield address
        finally:
            server.terminate()
            server.wait(30)


def _wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    ends = time.monotonic() + WAIT
    while True:
        assert server.poll() is None, log.read_text(errors="replace")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
                return
        except OSError:
            assert time.monotonic() < ends, log.read_text(errors="replace")
            time.sleep(0.2)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Gone with the last test of a module: Playwright keeps an event loop running, and whatever else a process tests
    afterwards could start none of its own."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One for a module's tests: Chromium fetches the megabytes of Streamlit's scripts once."""
    width, height = DESKTOP
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="light", permissions=["camera", "clipboard-read"]
    )
    context.set_default_timeout(WAIT * 1000)
    context.add_init_script(STILL)
    yield context
    context.close()


@pytest.fixture
def visitor(context: BrowserContext, studio: str, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """A visitor at a desktop screen, in a tab of their own: what one test leaves running cannot stop the next. What the
    browser complained about by the end of the test makes it fail."""
    tab = context.new_page()
    someone = Visitor(tab, studio)
    yield someone
    if request.node.stash.get(FAILED, False):
        with suppress(Error):  # a browser that hangs takes no picture either
            someone.shoots(f"failed-{request.node.name}")
    tab.close()
    assert someone.complaints == []
