"""What a visitor does and sees in the browser, in a few words each."""

import os
import re
from pathlib import Path
from typing import Literal

from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Response, expect

WAIT = 200.0  # seconds; a busy machine is no failure
SHUTTER = 60.0  # seconds for one picture of the screen: a browser that takes longer hangs, and the test is tried again
MANY = 4 if os.environ.get("T2I_SCREENSHOTS") else 2  # pictures a link of these tests asks for
SOON = f"&count={MANY}" + ("" if os.environ.get("T2I_SCREENSHOTS") else "&steps=4")
SCREENSHOTS = os.environ.get("T2I_SCREENSHOTS")  # read before a test takes the variables away

# What Streamlit's own scripts say or ask for on every page; none of it comes from ours.
HARMLESS = (
    # Before it knows the address it was opened under, it asks below the page's name too, and takes the answer of “/”.
    re.compile(r"/[a-z]+/_stcore/(health|host-config) "),
    # Chromium's own warning about the software renderer of a machine without a graphics card.
    re.compile(r"GPU stall due to ReadPixels|WebGL"),
)

expect.set_options(timeout=WAIT * 1000)


class Visitor:
    """One person at the browser's tab."""

    def __init__(self, tab: Page, address: str) -> None:
        self.tab, self.address = tab, address
        self.complaints: list[str] = []
        tab.on("console", self._on_console)
        tab.on("pageerror", self._on_error)
        tab.on("response", self._on_response)

    def opens(self, page: str, query: str = "") -> "Visitor":
        """By its address, as from a bookmark, until the page stands still."""
        self.tab.goto(f"{self.address}/{page}{query}", wait_until="domcontentloaded")
        expect(self.tab.get_by_test_id("stHeading").first).to_be_visible()
        return self.waits()

    def waits(self) -> "Visitor":
        """Until the page was drawn to its end: no script runs, nothing is loading, nothing stands there from before."""
        assert self.tab.evaluate(RESTS, WAIT * 1000), "the page does not come to rest"
        return self

    def presses(self, name: str) -> "Visitor":
        """A button, by the words on it."""
        self.button(name).click()
        return self.waits()

    def button(self, name: str) -> Locator:
        named = self.tab.get_by_test_id("stMain").get_by_role("button", name=name)
        return named.and_(self.tab.locator(':not([aria-label^="Fullscreen"])')).filter(visible=True).first

    def sees(self, words: str) -> "Visitor":
        expect(self.tab.get_by_text(words).filter(visible=True).first).to_be_visible()
        return self

    def pictures(self) -> Locator:
        return self.tab.get_by_role("img", name="Generated picture")

    def uses(self, width: int, height: int = 844) -> "Visitor":
        """A screen of that size."""
        self.tab.set_viewport_size({"width": width, "height": height})
        return self.waits()

    def overflow(self) -> int:
        """Pixels by which the page is wider than the screen."""
        return int(self.tab.evaluate(OVERFLOW))

    def wears(self, scheme: Literal["light", "dark"]) -> "Visitor":
        """The colours that the visitor's system is set to."""
        self.tab.emulate_media(color_scheme=scheme)
        expect(self.tab.get_by_test_id("stApp")).to_have_css("color-scheme", scheme)
        return self.waits()

    def points_nowhere(self) -> "Visitor":
        """The mouse in a corner, so that no help text hovers over the page."""
        self.tab.mouse.move(0, 0)
        expect(self.tab.get_by_test_id("stTooltipContent")).to_have_count(0)
        return self.waits()

    def shoots(self, name: str) -> None:
        """Keeps a picture of the screen, where T2I_SCREENSHOTS names a folder for it."""
        if SCREENSHOTS:
            file = Path(SCREENSHOTS) / f"{name}.jpg"
            self.tab.screenshot(path=file, type="jpeg", quality=80, animations="disabled", timeout=SHUTTER * 1000)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):  # see _on_response
            self._note(f"{message.type}: {message.text}")

    def _on_error(self, error: Error) -> None:
        self._note(f"uncaught: {error.message}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self._note(f"{response.url} answered {response.status}")

    def _note(self, complaint: str) -> None:
        if not any(known.search(complaint) for known in HARMLESS):
            self.complaints.append(complaint)


# True once nothing was to be done in five looks and 400 ms on end, false after so many milliseconds without. A look
# comes when the browser has nothing better to do, so that a slow one cannot be taken for one at rest.
RESTS = """(most) => new Promise((done) => {
    const still = '[data-testid="stSpinner"], [data-testid="stAppSkeleton"], [data-testid="stSkeleton"], '
        + '[data-stale="true"]';
    const busy = () => {
        const app = document.querySelector('[data-testid="stApp"]');
        return !app || app.getAttribute('data-test-script-state') !== 'notRunning'
            || app.getAttribute('data-test-connection-state') !== 'CONNECTED'
            || [...document.querySelectorAll(still)].some((one) => one.offsetParent !== null);
    };
    const began = performance.now();
    let since = began, looks = 0;
    const look = () => {
        const now = performance.now();
        if (busy()) [since, looks] = [now, 0]; else looks += 1;
        if (looks >= 5 && now - since >= 400) done(true);
        else if (now - began > most) done(false);
        else setTimeout(() => requestIdleCallback(look, { timeout: 2000 }), 50);
    };
    look();
})"""

OVERFLOW = """() => {
    const wide = [document.documentElement, ...document.querySelectorAll('[data-testid="stMain"]')];
    return Math.max(...wide.map((one) => one.scrollWidth - one.clientWidth));
}"""
