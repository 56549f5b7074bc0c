"""The model card of a matcher."""

from dataclasses import dataclass

from t2i_core.models.damsm import Damsm
from t2i_core.models.layers import count_parameters
from t2i_core.training.matching_recipe import MatchRecipe
from t2i_core.training.matching_report import MatchReport

SOURCES = {
    "birds": "CUB-200-2011 crops (100 species) with the ten sentences a picture that AttnGAN used; CUB is for "
    "non-commercial research",
    "anime": "the NTU MLDS anime-face set, mirrored twins removed, with tags for hair and eyes; no licence is stated "
    "with the copies",
    "products": "Fashion Product Images (no underwear or nightwear), photos and titles by shops; no licence is stated "
    "with the copies, and it was MIT where it was published",
}

CARD = """---
license: other
license_name: research-and-education-only
tags: [text-image-matching, damsm, attngan]
---
# {name}: which text belongs to which picture

    t2i match {name} --prompt "{prompt}" picture.png

gives the probability that a text belongs to a picture, where half of such pairs do. `Matcher.attend` tells where each
word looks. This is DAMSM, the matcher of AttnGAN (arXiv 1711.10485): words are compared with 8x8 regions, sentences
with whole pictures, in both directions, and pairs whose labels are the same never count as wrong.

| part | what it is |
|---|---|
| text encoder | {vocabulary:,} sentencepiece pieces, two transformer layers, {text_dim} wide, trained from nothing |
| picture encoder | EfficientNet-Lite0 (ImageNet), frozen; its weights are in this folder, so using it needs no wheel |
| heads | into {dim} shared dimensions; {learned:.1f} million learned numbers in all, text encoder included |

Differences from the paper: the encoder is smaller, texts are read by a transformer, a word score is a mean over words
and not a sum, and how sharply the losses tell pairs apart is learned.

## Data and licence
{pictures:,} training pictures of {source}. For research and education. Held out: one picture in twelve, by a hash of
its id.

To train it again ({cpu_minutes:.0f} minutes of one core for {steps:,} steps, besides looking at the pictures once):

    t2i train {name} --data DATA --out weights/{name}

## Measured
On held-out pictures, by their first text, `t2i evaluate {name} --data DATA`:

```
{report}
```

R-precision: how often a picture's own text scores above 99 texts of pictures with other labels ({judged}). The
probabilities were fitted on pictures kept from training, and are true where half of the pairs are: where fewer are
wrong, they are too low.

## Limits
It knows the words of its data alone, and pictures like theirs. Texts that say little, or that are as true of other
pictures, cannot score high in R-precision: a perfect matcher would not reach 1. {limits}
"""

LIMITS = {
    "birds": "Birds by their looks: colours of parts and their size and shape; behaviour and names mean nothing.",
    "anime": "Two tags a picture, hair and eyes, which do not always agree with what a person would say.",
    "products": "Brands, materials and small print can hardly be seen at 64 pixels.",
}
PROMPTS = {
    "birds": "a small bird with a bright yellow belly and black wings",
    "anime": "blue hair, red eyes",
    "products": "Nike Men Red Running Shoes",
}


@dataclass(frozen=True)
class Trained:
    """What a training used."""

    pictures: int
    steps: int
    cpu_minutes: float


def matcher_card(recipe: MatchRecipe, network: Damsm, trained: Trained, report: MatchReport) -> str:
    """README.md of a matcher."""
    domain = recipe.domain.name
    return CARD.format(
        name=recipe.name,
        prompt=PROMPTS.get(domain, "a text"),
        vocabulary=network.config.vocab_size,
        text_dim=network.config.text_dim,
        dim=network.config.dim,
        learned=(count_parameters(network) - count_parameters(network.encoder)) / 1e6,
        source=SOURCES.get(domain, f"the domain {domain}"),
        limits=LIMITS.get(domain, ""),
        judged=", ".join(recipe.domain.judged),
        report=report,
        pictures=trained.pictures,
        steps=trained.steps,
        cpu_minutes=trained.cpu_minutes,
    )
