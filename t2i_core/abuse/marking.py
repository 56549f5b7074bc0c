"""Where on a picture its findings are."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from t2i_core.abuse.verdict import Finding, Severity

COLOURS = {Severity.ERROR: "#b3261e", Severity.WARNING: "#b26a00", Severity.NOTE: "#3d6ea5"}
SHOWN = 900  # pixels of the longest side


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
