"""What a batch found, to take away: a table for spreadsheets, and a page that needs nothing but a browser."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from html import escape
from pathlib import Path

from t2i_core.abuse.profile import Profile
from t2i_core.abuse.results import Result, Results
from t2i_core.images import atomic_write

COLUMNS = ("name", "title", "verdict", "rules", "reasons", "width", "height")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets would run
MOST = 5_000  # rows of a page that a browser still scrolls through; the table has all

RANKS = {"error": 2, "warning": 1, "note": 0, "ok": -1}
NAMED = {"error": "refused", "warning": "doubtful", "note": "noted", "ok": "fine"}

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1100px; padding: 0 1rem; color: #1c2527 }
table { border-collapse: collapse; width: 100% } td, th { padding: .5rem; text-align: left; vertical-align: top }
tr { border-top: 1px solid #dde3e3 } img { max-width: 112px; border: 1px solid #dde3e3; border-radius: 4px }
td { overflow-wrap: anywhere } ul { margin: 0; padding-left: 1.1rem } small { color: #5b6b6e }
.error { color: #b3261e } .warning { color: #8a5a00 } .note { color: #3d5a80 } .ok { color: #1b6e3c }
@media (max-width: 640px) { td, th { padding: .3rem } img { max-width: 72px } }
"""


def write_csv(results: Results, path: Path) -> Path:
    """One row a picture, the worst first. Raises OutputError where the file cannot be written."""
    atomic_write(path, csv_report(results))
    return path


def write_html(results: Results, path: Path, profile: Profile) -> Path:
    """The page as one file. Raises OutputError where the file cannot be written."""
    atomic_write(path, html_report(results, profile))
    return path


def csv_report(results: Results) -> bytes:
    """UTF-8 with the mark that spreadsheets know it by. Text that a spreadsheet would run is kept from it."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for place in results.by_severity():
        writer.writerow(_row(results[place]))
    return buffer.getvalue().encode("utf-8-sig", "replace")


def html_report(results: Results, profile: Profile) -> bytes:
    """Thumbnails and sentences, the worst first. Loads nothing and runs nothing; what others wrote is escaped."""
    return "".join(_page(results, profile)).encode("utf-8", "replace")


def counts(results: Results) -> dict[str, int]:
    """How many pictures have an error, a warning, a note at worst, or nothing."""
    found = Counter(results.rank(place) for place in range(len(results)))
    return {name: found[rank] for name, rank in RANKS.items()}


def word_of(result: Result) -> str:
    """The verdict in one word."""
    return result.verdict.severity or "ok"


def _row(result: Result) -> list[object]:
    findings = result.verdict.findings
    rules, reasons = "; ".join(one.rule for one in findings), " ".join(one.message for one in findings)
    return [_tame(result.name), _tame(result.title), word_of(result), rules, _tame(reasons), *result.size]


def _tame(text: str) -> str:
    return "'" + text if text.startswith(FORMULA) else text


def _page(results: Results, profile: Profile) -> Iterator[str]:
    said = ", ".join(f"{number:,} {NAMED[name]}" for name, number in counts(results).items())
    yield '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Picture check</title>'
    yield '<meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" '
    yield f"content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\"><style>{STYLE}</style></head>"
    yield "<body><h1>Picture check</h1>"
    yield f"<p>{len(results):,} pictures by the rules of {escape(profile.title)}: {said}.</p>"
    if len(results) > MOST:
        yield f"<p>The worst {MOST:,} are shown; the CSV file has all.</p>"
    yield "<table><thead><tr><th>Picture</th><th>Title and file</th><th>Findings</th></tr></thead><tbody>"
    for place in results.by_severity()[:MOST]:
        yield _line(results[place])
    yield "</tbody></table></body></html>"


def _line(result: Result) -> str:
    shown = f'<img alt="" src="data:image/jpeg;base64,{escape(result.thumbnail)}">' if result.thumbnail else "none"
    size = f" · {result.size[0]} × {result.size[1]}" if result.thumbnail else ""
    findings = "".join(
        f'<li class="{one.severity}"><b>{one.severity}</b> {escape(one.message)} <small>{escape(one.rule)}</small></li>'
        for one in result.verdict.findings
    )
    found = f"<ul>{findings}</ul>" if findings else '<span class="ok">ok</span>'
    named = f"{escape(result.title)}<br><small>{escape(result.name)}{size}</small>"
    return f"<tr><td>{shown}</td><td>{named}</td><td>{found}</td></tr>"
