"""The model card of a titles model."""

from dataclasses import asdict

from t2i_core.text.doc2vec import Doc2VecModel

CARD = """---
license: other
license_name: research-and-education-only
tags: [doc2vec, sentence-similarity, product-titles]
---
# Titles: a tokenizer, title vectors, and an index of real titles

Gives any text a vector, and lists the real product titles most like it:

    t2i similar "yamaha c40 classical guitar"

| part | what it is |
|---|---|
| `tokenizer.model` | sentencepiece unigram, {vocabulary:,} pieces, case folded |
| `outputs`, `counts` | doc2vec (PV-DBOW, gensim): {dim} numbers a piece, and how often it was seen |
| `titles`, `title_vectors` | {titles:,} known titles, with a vector each in int8 |

A text's vector is solved for, not sampled: it minimises the expected loss that gensim trains with, plus a pull of
{prior:g} / 2 |d|² towards zero, which is convex, so the same text always has the same vector. Every word counts the
same however many pieces it has; words that no title has and little words count a tenth. Titles are indexed with their
category (twice), colour and gender, and a query is asked with those that the title parser finds in it: so “black
trainers” finds black sports shoes whose titles do not say “trainers”.

## Data and licence
{products:,} products: the training side of Fashion Product Images (no underwear or nightwear), women's tops from
Amazon, and electric guitars, whose titles are made of the maker's and the model's name. Words were shuffled and labels
mixed in afresh in each of {epochs} epochs. The titles were written by shops. For research and education.

To train it again ({cpu_seconds} seconds of one core; the same data give the same weights):

    t2i train-titles --data DATA --out weights/titles

## Measured
On the held-out fashion products (8 %, by a hash of the id) whose title is not in the index. `nearest`: how often the
nearest title is of a product with the same label; `top 5`: the share of the nearest five; `chance`: the share of random
titles. A brand is what the title parser reads in both titles. Short queries are made of labels alone, such as “Men Red
Sports Shoes”, and titles are indexed with theirs: these numbers are high by design. The pull, the weights of words and
labels and the length of the vectors were chosen with an eye on these same products, so expect a little less on others.
Printed by `t2i evaluate titles --data DATA`:

```
{report}
```

## Limits
English, and the goods of the catalogues above: clothes, shoes, bags, watches, jewellery, cosmetics, electric guitars. A
product that none of them has still gets neighbours, with a lower score. Only words count, not their order, so “black
shirt, white tie” and “white shirt, black tie” are alike. Pictures say more of a colour than titles do: many titles do
not name it, or name two.
"""


def title_card(model: Doc2VecModel, facts: dict[str, int], report: object) -> str:
    """README.md of a titles model; `report` is printed as measured."""
    measured = report or "not measured: no product of the data was held out"
    return CARD.format(
        vocabulary=model.tokenizer.vocab_size, titles=len(model.index), report=measured, **asdict(model.options) | facts
    )
