"""The model card of a picture model: what it is, what it learned from, its numbers, and a sheet to judge it by."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from t2i_core.data.domains import find_domain
from t2i_core.data.training_set import Examples, load_examples
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import MAX_PROMPT, GenerateRequest
from t2i_core.images import atomic_write, contact_sheet, jpeg_bytes
from t2i_core.models.layers import count_parameters
from t2i_core.text.attributes import Choice
from t2i_core.training.evaluation import Evaluation
from t2i_core.training.notes import README, with_notes

SEED = 4
LARGE = 128  # pixels
ROWS, COLUMNS, SENTENCES = 12, 10, 10

CARD = """---
license: other
license_name: research-and-education
tags: [text-to-image, flow-matching, {name}]
---
# {heading}

    t2i generate {name} --prompt "{prompt}" --count 4 --out pictures

![Generated pictures](sheet.jpg)

{sheet}

## What it is
{what}

## Data, licence, budget
{source}

{pictures:,} training pictures; 8 % of the data are held out by a hash of their id. For research and education.
Trained for {steps:,} steps of {batch} pictures in {minutes:.0f} minutes of training.{exam}

## Measured
On {count:,} held-out pictures, with EfficientNet-Lite2 features (the model was not trained on them), printed by
`t2i evaluate {name} --data DATA --count {count}`:

```
{report}
```

`everything`: asked for the title, the labels and what was measured on the real picture; `title alone`: as a user types
it. Beside every number stands what real pictures reach.
"""

EXAM = """ It is the state of its run that
did best on training pictures which the run did not learn from."""


@dataclass(frozen=True)
class Facts:
    """What a card says of a domain that neither the weights nor the numbers know."""

    heading: str
    prompt: str
    source: str


FACTS: Mapping[str, Facts] = {
    "products": Facts(
        "Products: product pictures from a title and attributes",
        "Nike Men Red Running Shoes",
        "Fashion Product Images (studio photos; no underwear or nightwear), framed on a white square. No licence is\n"
        "stated with the copy used.",
    ),
    "guitars": Facts(
        "Guitars: electric guitars by maker, model and colour",
        "Red Gibson Les Paul",
        "Pictures of electric guitars from shops, eleven models, all stood upright; those of several guitars, of\n"
        "parts or of cases are left out. Titles are made of the model's name and the measured colour.",
    ),
    "shoes": Facts(
        "Shoes: single shoes by kind and colour",
        "Brown Boot",
        "Single shoes on white in the manner of UT Zappos50K (non-commercial research); kinds come with the data,\n"
        "colours are measured.",
    ),
    "anime": Facts(
        "Anime: faces by the colours of hair and eyes",
        "blue hair, red eyes",
        "The anime faces of an NTU machine-learning course, tagged by the colours of hair and eyes; no licence is\n"
        "stated with the copy used. Shown mirrored half of the time.",
    ),
    "birds": Facts(
        "Birds: birds from a sentence of English",
        "a small yellow bird with black wings and a short beak",
        "CUB-200-2011 (non-commercial research), 100 species, cropped to the bird, with ten English sentences\n"
        "a picture from the AttnGAN repository. Turned so that all birds face one way.",
    ),
}
OWN = Facts("A picture model of one's own", "", "One's own pictures.")


def write_card(folder: Path, evaluation: Evaluation, data: Sequence[Path], cache: Path) -> None:
    """Writes README.md and sheet.jpg of the model in `folder`; what the old card says under “Notes” stays."""
    pipe = TextToImage.from_pretrained(folder)
    held_out = load_examples(find_domain(pipe.domain), data, held_out=True, size=pipe.image_size, cache=cache)
    sheet, told = draw_sheet(pipe, held_out)
    atomic_write(folder / "sheet.jpg", jpeg_bytes(sheet))
    atomic_write(folder / README, with_notes(card(pipe, evaluation, told), folder)[README])


def card(pipe: TextToImage, evaluation: Evaluation, sheet: str) -> str:
    """The text of the card without its notes. `sheet` says how the sheet was drawn."""
    facts = FACTS.get(pipe.domain, OWN)
    config: Mapping[str, Any] = pipe.config
    trained, recipe = config.get("trained", {}), config.get("recipe", {})
    return CARD.format(
        name=config["name"],
        heading=f"{facts.heading}, {pipe.image_size} x {pipe.image_size} pixels",
        prompt=facts.prompt,
        sheet=sheet,
        what=textwrap.fill(_what(pipe), 120),
        source=facts.source,
        pictures=evaluation.training_pictures,
        steps=int(trained.get("step", 0)),
        minutes=float(trained.get("spent", 0)) / 60,
        batch=recipe.get("loop", {}).get("batch", 64),
        exam=EXAM if "exam" in trained else "",
        count=evaluation.count,
        report=str(evaluation).split("\nsheet:")[0],
    )


def _what(pipe: TextToImage) -> str:
    network, matcher = pipe.network.config, pipe.config.get("matcher")
    widths, names = "/".join(map(str, network.widths)), [attribute.name for attribute in pipe.space.attributes]
    backbones = {
        "unet": f"U-Net of {len(network.widths)} levels ({widths} channels), attention at the lowest",
        "transformer": f"transformer of {network.depth} layers",
    }
    reader = f"the text encoder of {matcher}, trained on" if matcher else "a two-layer transformer trained with it"
    return (
        "`patchflow`: flow matching in pixel space that predicts the clean picture, on a "
        f"{network.grid}x{network.grid} grid of {network.patch}-pixel patches; a {backbones[network.backbone]}, "
        f"{count_parameters(pipe.network) / 1e6:.1f} M numbers, stored as fp16. It is conditioned on the prompt "
        f"(sentencepiece pieces through {reader}) and on {', '.join(names)}. Anything may be left open.{_stages(pipe)}"
    )


def _stages(pipe: TextToImage) -> str:
    """“ It draws 64 pixels a side, which a refiner of 4.0 M numbers doubles to 128.”; nothing where it has none."""
    if not pipe.refiners:
        return ""
    each = [f"a refiner of {count_parameters(r) / 1e6:.1f} M numbers to {r.config.image_size}" for r in pipe.refiners]
    return f" It draws {pipe.noise_size} pixels a side, doubled by {', then by '.join(each)}: flows of their own."


def draw_sheet(pipe: TextToImage, held_out: Examples) -> tuple[Image.Image, str]:
    """The sheet a model is judged by, and a sentence that says how it was drawn; nothing in it is chosen by hand."""
    if held_out.domain.sheet is None:
        return _sentences(pipe, held_out)
    down, across = (pipe.space.get(name) for name in held_out.domain.sheet)
    assert isinstance(down, Choice)
    assert isinstance(across, Choice)
    rows, columns = down.values[:ROWS], across.values[:COLUMNS]
    requests = [GenerateRequest("", {down.name: row, across.name: col}, seed=SEED) for row in rows for col in columns]
    images = [picture.image for picture in pipe.generate_many(requests)]
    sheet = contact_sheet(images, len(columns), row_labels=rows, column_labels=columns, scale=_scale(pipe))
    return sheet, (
        f"The sheet is not picked by hand: the commonest values of {down.name} and {across.name}, every\n"
        f"cell from seed {SEED}."
    )


def _scale(pipe: TextToImage) -> int:
    """Small pictures are shown twice as large."""
    return 2 if pipe.image_size < LARGE else 1


def _sentences(pipe: TextToImage, held_out: Examples) -> tuple[Image.Image, str]:
    step = max(1, len(held_out) // SENTENCES)
    texts = [item.title[:MAX_PROMPT] for item in held_out.items[::step]][:SENTENCES]
    requests = [GenerateRequest(text, seed=seed) for text in texts for seed in range(COLUMNS)]
    images = [picture.image for picture in pipe.generate_many(requests)]
    listed = "\n".join(f"{number}. {text}" for number, text in enumerate(texts, 1))
    labels = [str(number) for number in range(1, len(texts) + 1)]
    sheet = contact_sheet(images, COLUMNS, row_labels=labels, scale=_scale(pipe))
    return sheet, f"The sheet is not picked by hand: held-out sentences, seeds 0 to {COLUMNS - 1}.\n\n{listed}"
