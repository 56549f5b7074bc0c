"""The model card of the overlay detector."""

from dataclasses import dataclass

from t2i_core.models.layers import count_parameters
from t2i_core.models.overlay import OverlayNet
from t2i_core.training.overlay_report import OverlayReport

CARD = """---
license: other
license_name: research-and-education-only
tags: [image-classification, product-photos, overlay-detection]
---
# overlay: is something laid over this product photo?

    t2i check picture.jpg

asks it among other judges (rule `overlay.learned`). `OverlayDetector.from_pretrained("overlay").judge(image)` gives the
probability that text, a badge, a logo, a watermark, a frame, a code or an inset was laid over a photo, where half of
the photos have one, and how likely each of {cells} x {cells} cells is covered.

| part | what it is |
|---|---|
| encoder | EfficientNet-Lite0 (ImageNet), frozen, at {size} pixels; its weights are those of the folder `lite0` |
| head | {learned:.2f} million learned numbers over maps of four depths: one answer a cell, one for the whole |

## Data and licence
{photos:,} photos of shops (Fashion Product Images without underwear and nightwear, women's tops with their real titles,
UT-Zappos50K-style shoes, guitars), and a few of streets and birds for their busy grounds; each once clean and once with
overlays drawn by `training/overlay_layouts.py`, in the fonts of the machine. Clean ones carry made-up prints, bent and
shaded with the cloth, as often as overlays carry text. For research and education. Held out: one photo in twelve, by a
hash of its id; one family of fonts in four; the eight layouts of `training/overlay_judging.py`.

To train it again ({cpu_minutes:.1f} minutes of one core for {steps:,} steps, besides drawing and looking once):

    t2i train overlay --data DATA --out weights/overlay

It trains without any installed font too, with the one that Pillow carries; then it has seen one font, one script.

## Measured
`t2i evaluate abuse --data DATA`, on held-out photos, fonts and layouts:

```
{report}
```

## Limits
Overlays were drawn by code: a designer's poster may look unlike them. What lies on the product alone, level and of one
colour, cannot be told from a print, and is not counted as an overlay. At {size} pixels, words smaller than about a
fiftieth of the picture are specks; reading the picture finds those. It says nothing of what a text says.
"""


@dataclass(frozen=True)
class Trained:
    """What a training used."""

    photos: int
    steps: int
    cpu_minutes: float


def overlay_card(network: OverlayNet, trained: Trained, report: OverlayReport) -> str:
    """README.md of the detector."""
    return CARD.format(
        size=network.config.image_size,
        cells=network.config.cells,
        learned=(count_parameters(network) - count_parameters(network.encoder)) / 1e6,
        photos=trained.photos,
        steps=trained.steps,
        cpu_minutes=trained.cpu_minutes,
        report=report,
    )
