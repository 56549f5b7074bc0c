"""A verdict to look at: boxes on the picture, a bar for each rule against its threshold, the findings in words."""

from collections.abc import Iterable
from html import escape

from t2i_core.abuse.marking import COLOURS, marked
from t2i_core.abuse.profile import Profile
from t2i_core.abuse.rules import GROUPS, RULES, Rule
from t2i_core.abuse.verdict import Finding, Severity, Verdict
from t2i_core.ui.language import N_, tr
from t2i_core.ui.messages import plain

__all__ = ["COLOURS", "bars", "finding_lines", "marked", "summary"]

ICONS = {Severity.ERROR: ":material/error:", Severity.WARNING: ":material/warning:", Severity.NOTE: ":material/info:"}
BADGES = {Severity.ERROR: "red", Severity.WARNING: "orange", Severity.NOTE: "blue"}
SEVERITIES = {Severity.ERROR: N_("error"), Severity.WARNING: N_("warning"), Severity.NOTE: N_("note")}
KEPT = "#7fa99b"
NAMES = {
    "file": N_("The file"),
    "text": N_("Written on it"),
    "code": N_("Codes"),
    "overlay": N_("Laid over it"),
    "realism": N_("A real photo"),
    "match": N_("Title and picture"),
    "listing": N_("The photo"),
}


def finding_lines(findings: Iterable[Finding]) -> str:
    """The findings as a numbered Markdown list."""
    return "\n".join(f"{number}. {badge(one)} {plain(told(one))}" for number, one in enumerate(findings, start=1))


def badge(finding: Finding) -> str:
    """How bad it is, as Markdown."""
    return f":{BADGES[Severity(finding.severity)]}-badge[{tr(SEVERITIES[Severity(finding.severity)])}]"


def told(finding: Finding) -> str:
    """The finding's sentence; what exactly was seen stands behind it in brackets, as the judge wrote it."""
    rule = RULES.get(finding.rule)
    if rule is None or not finding.message.startswith(rule.message):
        return finding.message
    return tr(rule.message) + finding.message.removeprefix(rule.message)


def summary(verdict: Verdict) -> str:
    """The verdict in a sentence."""
    if not verdict.findings:
        return tr("Nothing to object to.")
    if verdict.ok:
        return tr("Fine, with something worth knowing.")
    return tr("This would be refused.") if verdict.severity is Severity.ERROR else tr("This may be refused.")


def bars(verdict: Verdict, profile: Profile) -> str:
    """HTML: for each group the rules that were judged, each score as a bar and its threshold as a mark on it."""
    parts = []
    for group in GROUPS:
        rules = [rule for rule in RULES.values() if rule.group == group and _has_bar(rule, verdict, profile)]
        if rules:
            lines = "".join(_bar(rule, verdict.scores[rule.id], profile.threshold(rule.id)) for rule in rules)
            parts.append(f"<h4>{escape(tr(NAMES.get(group, group)))}</h4>{lines}")
    return f'<div class="rule-bars">{"".join(parts)}</div>'


def _has_bar(rule: Rule, verdict: Verdict, profile: Profile) -> bool:
    return rule.id in verdict.scores and not rule.hard and rule.id not in profile.off


def _bar(rule: Rule, score: float, threshold: float) -> str:
    over = score > 0 and score >= threshold
    colour = COLOURS[rule.severity] if over else KEPT
    name = tr(rule.label)
    said = tr("{rule}: {score:.2f} of {threshold:.2f}", rule=name, score=score, threshold=threshold)
    return (
        f'<div class="rule" role="img" aria-label="{escape(said)}"><span>{escape(name)}</span>'
        f'<div class="track"><i style="width:{100 * score:.1f}%;background:{colour}"></i>'
        f'<b style="left:{100 * threshold:.1f}%"></b></div><em>{score:.2f}</em></div>'
    )
