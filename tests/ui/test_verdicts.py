from PIL import Image

from t2i_core.abuse.profile import Profile
from t2i_core.abuse.verdict import Box, Finding, Severity, Verdict
from t2i_core.ui.verdicts import COLOURS, bars, finding_lines, marked, summary

BADGE = Finding("listing.inset", Severity.WARNING, 0.9, Box(100, 200, 300, 400), "A badge. *Remove* it.")
WRONG = Finding("text.price", Severity.ERROR, 0.8, Box(0, 0, 1, 1), "A price.")


def test_a_box_is_drawn_where_the_finding_is_and_the_picture_itself_stays() -> None:
    image = Image.new("RGB", (400, 500), "white")
    shown = marked(image, [BADGE])
    assert shown.getpixel((200, 399)) == Image.new("RGB", (1, 1), COLOURS[Severity.WARNING]).getpixel((0, 0))
    assert shown.getpixel((250, 300)) == (255, 255, 255)
    assert image.getpixel((200, 399)) == (255, 255, 255)


def test_a_large_picture_is_shown_smaller_with_its_boxes() -> None:
    shown = marked(Image.new("RGB", (4000, 5000), "white"), [BADGE, WRONG])
    assert max(shown.size) == 900


def test_the_findings_are_numbered_and_not_read_as_markdown() -> None:
    first, second = finding_lines([WRONG, BADGE]).splitlines()
    assert first.startswith("1. :red-badge[error] A price.")
    assert second.startswith("2. ")
    assert "\\*Remove\\*" in second


def test_every_rule_that_was_judged_has_a_bar_and_its_threshold() -> None:
    verdict = Verdict((BADGE,), {"listing.inset": 0.9, "listing.blur": 0.25, "listing.size": 1.0, "text.url": 0.0})
    html = bars(verdict, Profile(thresholds={"listing.blur": 0.35}, off=("text.url",)))
    assert "width:25.0%" in html
    assert "left:35.0%" in html
    assert COLOURS[Severity.WARNING] in html
    assert "Size" not in html  # kept or broken: it has no bar
    assert "URL" not in html


def test_the_summary_says_what_a_marketplace_would_do() -> None:
    assert "Nothing" in summary(Verdict())
    assert "may be" in summary(Verdict((BADGE,)))
    assert "would be" in summary(Verdict((BADGE, WRONG)))
