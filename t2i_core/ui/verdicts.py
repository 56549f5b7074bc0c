"""A verdict to look at: boxes on the picture, a bar for each rule against its threshold, the findings in words."""

from collections.abc import Iterable
from html import escape

from t2i_core.abuse.marking import COLOURS, marked
from t2i_core.abuse.profile import Profile
from t2i_core.abuse.rules import GROUPS, RULES, Rule
from t2i_core.abuse.verdict import Finding, Severity, Verdict
from t2i_core.ui.messages import plain

__all__ = ["COLOURS", "bars", "finding_lines", "marked", "summary"]

ICONS = {Severity.ERROR: ":material/error:", Severity.WARNING: ":material/warning:", Severity.NOTE: ":material/info:"}
BADGES = {Severity.ERROR: "red", Severity.WARNING: "orange", Severity.NOTE: "blue"}
KEPT = "#7fa99b"
NAMES = {
    "file": "The file",
    "text": "Written on it",
    "code": "Codes",
    "overlay": "Laid over it",
    "realism": "A real photo",
    "match": "Title and picture",
    "listing": "The photo",
}


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
