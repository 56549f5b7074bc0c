"""The model card of pose transfer."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from PIL import Image

from t2i_core.images import atomic_write, jpeg_bytes
from t2i_core.training.adgan import SeenConfig, read_adgan_recipe
from t2i_core.training.adgan_losses import LossWeights
from t2i_core.training.notes import with_notes
from t2i_core.training.recipe import BUDGETS
from t2i_core.training.transfer_report import TransferReport
from t2i_core.weights import read_config

CARD = """---
license: other
license_name: research-and-education-only
tags: [pose-transfer, virtual-try-on]
---
# {name}: somebody in another pose

    t2i transfer me.jpg --pose "hands on hips" --enlarge 4 --out out.png
    t2i transfer me.jpg --pose friend.jpg --part upper=friend.jpg --share upper=0.5 --out out.png

draws the person of a photo in the pose of another photo or of a mannequin, at {width} x {height} pixels before a plain
ground. Parts of the look (head, skin, upper, lower, dress, outer, shoes) may come from other photos, wholly or by
shares. A preview: use `t2i tryon` to see a garment on a photo that stays as it is.

![A drawn mannequin in drawn garments](sheet.jpg)

No photo is on the sheet: it shows the studio's drawn mannequin, first as it was dressed, then drawn by this model in
four other poses; in the last row, with more and more of another outfit's top. The model itself learned from photos.

## How
ADGAN (arXiv 2003.12267) with {learned:.1f} million numbers: one texture encoder for eight parts, their codes fused into
the AdaIN parameters of a decoder that starts from 18 heat maps. Added here: the decoder first tells where each part
lies and gives each place the code of its part, and the photo's own pixels are carried along the bones (linear blend
skinning), so that the network draws what cannot be carried, and the codes need not remember prints and faces.

## Trained on
{photos} photos of Clothing Co-Parsing (street photos of one person, most from the front), before a plain ground. The
data name no two photos of one outfit, so pairs are made: what is seen is the photo mirrored, its limbs turned along the
bones and bent; what is wanted is the photo. Parts are the marked ones, or else what `weights/parsing` finds. Held out:
8 % of the photos, by a hash of their id. Losses: {losses}.
{steps:,} steps of {batch} photos took {minutes:.1f} {kind}.

    t2i train {recipe} --data DATA --out runs/{name}{changes}
    t2i export runs/{name} --out weights/{name}

## Measured
`t2i evaluate {name} --data DATA`, before the plain ground; "copy" shows the source unchanged, "carried" is the skinning
without a network, "mean" the mean of all held-out pictures:

```
{report}
```

## Limits
Faces and small prints are rough at this size. People who sit, turn away or are cut off were hardly seen; sides of the
body that the photo does not show are guessed. Hands and thin straps blur. Most people in the data are young, slim women
in street fashion, so others may come out worse.
"""
RECIPES = {"people": "people-adgan", "deepfashion": "deepfashion-adgan"}
LEARNED_BY = {
    "loop": (*BUDGETS, "batch", "lr", "muon", "weight_decay", "warmup", "decay", "floor", "ema", "seed"),
    "weights": tuple(field.name for field in fields(LossWeights)),
    "seen": tuple(field.name for field in fields(SeenConfig)),
}


def transfer_card(config: dict[str, Any], learned: float, report: TransferReport) -> str:
    """README.md of a network. learned: millions of numbers in it."""
    weights, loop = config["recipe"]["weights"], config["recipe"]["loop"]
    recipe = RECIPES[config["data"]]
    losses = ", ".join(f"{name} {value:g}" for name, value in weights.items() if value and name not in ("body", "pace"))
    return CARD.format(
        name=config["name"],
        width=config["network"]["width"],
        height=config["network"]["height"],
        learned=learned,
        photos=config["photos"],
        losses=losses,
        steps=config["trained"]["step"],
        batch=loop["batch"],
        minutes=config["trained"]["spent"] / 60,
        kind="processor minutes" if loop.get("cpu_minutes") else "minutes",
        recipe=recipe,
        changes="".join(f" \\\n      --set {change}" for change in changes(recipe, config["recipe"])),
        report=report,
    )


def changes(recipe: str, used: dict[str, Any]) -> list[str]:
    """What a run had otherwise than its shipped recipe, as `section.key=value`."""
    found = []
    shipped = asdict(read_adgan_recipe(recipe))
    for section, names in LEARNED_BY.items():
        for name in names:
            value = used[section].get(name)
            if value is not None and value != shipped[section][name]:
                found.append(f"{section}.{name}={value:g}")
    return found


def write_transfer_card(folder: Path, learned: float, report: TransferReport, sheet: Image.Image) -> None:
    """Writes the card of a model's folder with what was measured, and the sheet; what was noted by hand stays."""
    card = transfer_card(dict(read_config(folder)), learned, report)
    for name, data in {"sheet.jpg": jpeg_bytes(sheet), **with_notes(card, folder)}.items():
        atomic_write(folder / name, data)
