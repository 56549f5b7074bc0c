"""Words as strong as their weight, and pictures lit where a word looks."""

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from t2i_core.ui.language import tr

if TYPE_CHECKING:  # brings torch, which takes seconds to import
    from t2i_core.generate.matcher import WordAttention

LITTLE = frozenset(
    ("a", "an", "the", "and", "or", "of", "on", "in", "to", "with", "is", "has", "it", "its", "this", "that")
)
SIDE = 192  # pixels; the pictures are smaller
COLOUR = (232, 89, 12)
STRONGEST = 0.75  # how much of the colour covers the picture where a word looks most


def word_chips(words: Sequence["WordAttention"]) -> str:
    """The words as HTML, the background of each as strong as its weight beside the heaviest. Any text is safe in it."""
    most = max((word.weight for word in words), default=0.0) or 1.0
    return f'<div class="word-chips">{"".join(_chip(word, word.weight / most) for word in words)}</div>'


def _chip(word: "WordAttention", strength: float) -> str:
    style = f"background: rgb(15 118 110 / {5 + 60 * strength:.0f}%)"  # stronger, and dark letters could not be read
    told = html.escape(tr("{share:.0%} of the match", share=word.weight))
    return f'<span style="{style}" title="{told}">{html.escape(word.word)}</span>'


def strongest(words: Sequence["WordAttention"], count: int) -> list["WordAttention"]:
    """The heaviest words, heaviest first. Punctuation and little words such as “the” look nowhere in particular."""
    spoken = [word for word in words if any(map(str.isalnum, word.word)) and word.word.lower() not in LITTLE]
    return sorted(spoken, key=lambda word: -word.weight)[:count]


def heat_over(image: Image.Image, word: "WordAttention") -> Image.Image:
    """The picture, enlarged, with colour where the word looks."""
    large = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    levels = Image.fromarray((word.map.clip(0, 1) * 255 * STRONGEST).round().astype(np.uint8))
    mask = levels.resize(large.size, Image.Resampling.BICUBIC)
    return Image.composite(Image.new("RGB", large.size, COLOUR), large, mask)
