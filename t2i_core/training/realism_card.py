"""The model card of the realism judge."""

from dataclasses import dataclass

from t2i_core.models.layers import count_parameters
from t2i_core.models.tacgan import Critic
from t2i_core.training.realism_report import RealismReport

CARD = """---
license: other
license_name: research-and-education-only
tags: [image-classification, product-photos, generated-image-detection, gan]
---
# realism: is this a real photo of a product?

    t2i check picture.jpg

asks it among other judges (rule `realism.not_a_product_photo`, a note). `RealismJudge.from_pretrained("realism")
.unreal([image])` gives the probability that a picture is no photo of a product, where half of the pictures are none.

It is the discriminator of the TAC-GAN `{run}`: {heads:.2f} million learned numbers on what a frozen
EfficientNet-Lite0 (the folder `lite0`) sees at {size} pixels a side, a score from each of five depths. In the game it
learned to tell shop photos from what its generator drew. Then its heads went on, {steps:,} steps ({cpu_minutes:.1f}
minutes of one core), with {real:,} shop photos against {unreal:,} other pictures: of that generator, of the shipped
models of products, shoes and guitars, birds, streets, anime faces, noise. One in five of either side was kept for
calibration.

    t2i train {run} --data DATA --out runs/{run}
    t2i train realism --init runs/{run} --data DATA --out weights/realism

## Data and licence
Photos: Fashion Product Images without underwear and nightwear, women's tops, UT-Zappos50K-style shoes, guitars. Others:
CUB-200-2011 birds, Clothing Co-Parsing street photos, anime faces. For research and education.

## Measured
`t2i evaluate abuse --data DATA`, on held-out photos, and titles and seeds that training did not use:

```
{after}
```

The same discriminator as it came out of the game, only calibrated (`t2i train realism` measures both):

```
{before}
```

## Limits
At {size} pixels it sees what kind of picture it is, not retouching or fine artefacts. It knows shop photos on plain
grounds: a true photo on a table or worn in the street may look like none. It knows the pictures of this studio's own
models; those of others, above all of large ones, can pass. So it is a note to a moderator, not a verdict.
"""


@dataclass(frozen=True)
class Trained:
    """What a training used. run: the TAC-GAN's name; real, unreal: pictures of either side."""

    run: str
    real: int
    unreal: int
    steps: int
    cpu_minutes: float


def realism_card(network: Critic, trained: Trained, before: RealismReport, after: RealismReport) -> str:
    """README.md of the judge."""
    seeing = sum(count_parameters(part) for name, part in network.named_children() if name == "encoder")
    return CARD.format(
        run=trained.run,
        heads=(count_parameters(network) - seeing) / 1e6,
        size=network.config.image_size,
        real=trained.real,
        unreal=trained.unreal,
        steps=trained.steps,
        cpu_minutes=trained.cpu_minutes,
        before=before,
        after=after,
    )
