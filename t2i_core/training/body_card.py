"""The model cards of the networks that look at people."""

from pathlib import Path
from typing import Any

from t2i_core.images import atomic_write
from t2i_core.training.body_report import ParsingReport, PoseReport
from t2i_core.weights import read_config

HEAD = """---
license: other
license_name: research-and-education-only
tags: [{tags}]
---
# {title}
"""

POSE = """
    t2i pose photo.jpg

gives 18 joints in the order of OpenPose, in pixels, each with a visibility from 0 to 1, for everybody in the photo:
once over the whole photo, then closer at those who are small in it. `T2I_POSE=mediapipe` takes MediaPipe instead.

| part | what it is |
|---|---|
| encoder | EfficientNet-Lite0 (ImageNet), frozen, at 320 x 224 pixels; its weights are those of the folder `lite0` |
| head | {learned:.2f} million learned numbers: maps of stride 8, 16 and 32 merged into 18 heat maps of 40 x 28 |
"""

PARSING = """
    t2i parse photo.jpg --out parts.png

tells of every pixel which part of the person it shows: background, head (face and hair), skin, upper, lower, dress,
outer, shoes, bag (and belts, scarves, what else is before the clothes). The eight parts it is judged by have outer and
bag as one. It sees the pose too, so that of several people it parses the one that is meant.

| part | what it is |
|---|---|
| encoder | EfficientNet-Lite0 (ImageNet), frozen, at 320 x 224 pixels; its weights are those of the folder `lite0` |
| head | {learned:.2f} million learned numbers: four maps and 18 heat maps, merged into 160 x 112 answers{overviews} |
"""

DATA = """
## Data and licence
Clothing Co-Parsing: street photos, most of women, standing, from the front. {labels} For research and education: the
photographers' rights are unclear. Each photo was varied {copies} times: turned, mirrored, cropped to the body, the legs
or the torso, tinted, blurred, set on white or before another street, joined by a second person. Held out: 8 % of the
photos, by a hash of their id.

To train it again ({steps:,} steps took {minutes:.0f} minutes of a busy core, besides looking at the scenes once):

    t2i train {name} --data DATA --out runs/{name}
    t2i export runs/{name} --out weights/{name}

## Measured
`t2i evaluate {name} --data DATA`:

```
{report}
```

## Limits
{limits}
"""

LABELS = {
    "pose": "The joints were labelled by BlazePose (heavy), so what is learned and measured carries its errors.",
    "parsing": "904 photos have marked parts; their outlines are a few pixels rough.",
}
LIMITS = {
    "pose": """Few people in the data sit, lie, turn their back or wear loose robes; there it is unsure. Left and right
of people seen from behind are often confused. What BlazePose takes for visible counts as visible.""",
    "parsing": """A long top over tights and a short dress look alike and are taken for each other, as are an open shirt
and a jacket. Thin straps and hair strands are finer than its grid. Tights count as skin.""",
}
TITLES = {"pose": "pose: where are a person's joints?", "parsing": "parsing: which part of a person is where?"}
TAGS = {"pose": "keypoint-detection, human-pose", "parsing": "image-segmentation, human-parsing"}


def body_card(kind: str, config: dict[str, Any], learned: float, report: PoseReport | ParsingReport) -> str:
    """README.md of a network. learned: millions of numbers in its head."""
    trained = config["trained"]
    data = DATA.format(
        labels=LABELS[kind],
        copies=config["copies"],
        steps=trained["step"],
        minutes=trained["spent"] / 60,
        name=config["name"],
        report=report,
        limits=LIMITS[kind],
    )
    layers = config.get("network", {}).get("overviews", 0)
    overviews = f"; in {layers} layers every place looks at all others" if layers else ""
    about = (POSE if kind == "pose" else PARSING).format(learned=learned, overviews=overviews)
    return HEAD.format(tags=TAGS[kind], title=TITLES[kind]) + about + data


def write_body_card(folder: Path, learned: float, report: PoseReport | ParsingReport) -> None:
    """Writes the card of a model's folder with what was measured."""
    config: dict[str, Any] = read_config(folder)
    card = body_card(str(config["model"]), config, learned, report)
    atomic_write(folder / "README.md", card.encode())
