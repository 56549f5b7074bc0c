"""How a page has to look: nothing beyond the screen's edge, nothing that shuts out those who see or move badly."""

import re

from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.watching import Visitor

PHONE = 390
SERIOUS = ("serious", "critical")

# What Streamlit itself does, whatever a page says: axe's rule, what it is found on, and why our pages cannot help it.
STREAMLITS: dict[str, tuple[str, str]] = {}


def looks_right(visitor: Visitor, name: str) -> None:
    """Judges the page as it stands, on a desktop and a phone, light and dark; keeps a picture of each."""
    found = shut_out(visitor.points_nowhere(), "light")
    visitor.shoots(name)
    visitor.wears("dark")
    found += shut_out(visitor, "dark", "color-contrast")  # all that the colours change
    visitor.shoots(f"{name}-dark")
    visitor.wears("light")
    visitor.uses(PHONE)
    beyond = visitor.overflow()
    visitor.shoots(f"{name}-phone")
    visitor.uses(1280, 900)
    assert found == [], "\n".join(found)
    assert beyond <= 0, f"the page is {beyond} pixels wider than a phone"


def shut_out(visitor: Visitor, theme: str, *rules: str) -> list[str]:
    """What axe-core finds serious or worse by these rules or by all, without what Streamlit alone is to blame for."""
    if not visitor.tab.evaluate("'axe' in window"):
        visitor.tab.evaluate(AXE_SCRIPT)
    found = visitor.tab.evaluate(RUN, list(rules))
    return [
        f"{theme}: {rule} at {place}: {message}"
        for rule, impact, place, message in found
        if impact in SERIOUS and not _is_streamlits(rule, place)
    ]


def _is_streamlits(rule: str, place: str) -> bool:
    known = STREAMLITS.get(rule)
    return known is not None and re.search(known[0], place) is not None


RUN = """async (rules) => {
    const only = rules.length ? { runOnly: { type: 'rule', values: rules } } : {};
    const found = await axe.run(document, { resultTypes: ['violations'], ...only });
    return found.violations.flatMap((one) => one.nodes.map((node) => [
        one.id, one.impact, node.target.join(' ') + ' ' + node.html.slice(0, 300), node.failureSummary,
    ]));
}"""
