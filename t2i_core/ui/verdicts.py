"""A verdict to look at: boxes on the picture, a bar for each rule against its threshold, the findings in words."""

from collections.abc import Iterable, Sequence
from html import escape

from PIL import Image, ImageDraw, ImageFont

from t2i_core.abuse.profile import Profile
from t2i_core.abuse.rules import GROUPS, RULES, Rule
from t2i_core.abuse.verdict import Finding, Severity, Verdict
from t2i_core.ui.messages import plain

COLOURS = {Severity.ERROR: "#b3261e", Severity.WARNING: "#b26a00", Severity.NOTE: "#3d6ea5"}
ICONS = {Severity.ERROR: ":material/error:", Severity.WARNING: ":material/warning:", Severity.NOTE: ":material/info:"}
BADGES = {Severity.ERROR: "red", Severity.WARNING: "orange", Severity.NOTE: "blue"}
KEPT = "#7fa99b"
SHOWN = 900  # pixels of the longest side
NAMES = {
    "file": "The file",
    "text": "Written on it",
    "code": "Codes",
    "overlay": "Laid over it",
    "realism": "A real photo",
    "match": "Title and picture",
    "listing": "The photo",
}


def marked(image: Image.Image, findings: Sequence[Finding]) -> Image.Image:
    """A copy with a numbered box for every finding that has one; the numbers are those of the list of findings."""
    scale = min(1.0, SHOWN / max(image.size))
    shown = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    pen, line = ImageDraw.Draw(shown), max(2, max(shown.size) // 250)
    font = ImageFont.load_default(size=max(12, max(shown.size) // 40))
    for number, finding in enumerate(findings, start=1):
        if finding.box is None:
            continue
        box = finding.box
        corners = [round(side * scale) for side in (box.left, box.top, box.right - 1, box.bottom - 1)]
        left, top, right, bottom = corners[0], corners[1], max(corners[0], corners[2]), max(corners[1], corners[3])
        pen.rectangle((left, top, right, bottom), outline=COLOURS[finding.severity], width=line)
        tag = pen.textbbox((left + 4, top + 2), str(number), font)
        pen.rectangle((left, top, tag[2] + 4, tag[3] + 3), fill=COLOURS[finding.severity])
        pen.text((left + 4, top + 2), str(number), "white", font)
    return shown


def finding_lines(findings: Iterable[Finding]) -> str:
    """The findings as a numbered Markdown list."""
    return "\n".join(
        f"{number}. :{BADGES[one.severity]}-badge[{one.severity}] {plain(one.message)}"
        for number, one in enumerate(findings, start=1)
    )


def summary(verdict: Verdict) -> str:
    """The verdict in a sentence."""
    if not verdict.findings:
        return "Nothing to object to."
    if verdict.ok:
        return "Fine, with something worth knowing."
    return "This would be refused." if verdict.severity is Severity.ERROR else "This may be refused."


def bars(verdict: Verdict, profile: Profile) -> str:
    """HTML: for each group the rules that were judged, each score as a bar and its threshold as a mark on it."""
    parts = []
    for group in GROUPS:
        rules = [rule for rule in RULES.values() if rule.group == group and _has_bar(rule, verdict, profile)]
        if rules:
            lines = "".join(_bar(rule, verdict.scores[rule.id], profile.threshold(rule.id)) for rule in rules)
            parts.append(f"<h4>{escape(NAMES.get(group, group))}</h4>{lines}")
    return f'<div class="rule-bars">{"".join(parts)}</div>'


def _has_bar(rule: Rule, verdict: Verdict, profile: Profile) -> bool:
    return rule.id in verdict.scores and not rule.hard and rule.id not in profile.off


def _bar(rule: Rule, score: float, threshold: float) -> str:
    over = score > 0 and score >= threshold
    colour = COLOURS[rule.severity] if over else KEPT
    said = f"{rule.label}: {score:.2f} of {threshold:.2f}"
    return (
        f'<div class="rule" role="img" aria-label="{escape(said)}"><span>{escape(rule.label)}</span>'
        f'<div class="track"><i style="width:{100 * score:.1f}%;background:{colour}"></i>'
        f'<b style="left:{100 * threshold:.1f}%"></b></div><em>{score:.2f}</em></div>'
    )
