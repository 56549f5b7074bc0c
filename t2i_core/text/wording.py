"""Where a prompt and the attributes chosen beside it disagree: the choice wins, in the words as well."""

from collections.abc import Callable, Mapping

from t2i_core.text.attributes import Value
from t2i_core.text.parser import ParsedTitle
from t2i_core.text.things import PARTS

# An exact colour picked beside the prompt outweighs the name of a colour in it.
OUTWEIGHS = {"tone": "colour"}


# What titles say, in their order; training saw the labels of a picture written out like this.
SPOKEN = ("gender", "colour", "category", "kind", "model", "hair", "eyes")
ROUNDS = 4  # of rewording: what a word means may depend on one that was just put there


def spoken(name: str, value: Value) -> str:
    """A chosen value as training texts say it: the name of a colour alone would say nothing of hair or eyes."""
    return f"{value} {PARTS[name].split(', ')[0]}" if name in PARTS else str(value)


def left_standing(said: Mapping[str, str], asked: Mapping[str, Value]) -> dict[str, str]:
    """What a prompt says of attributes that nobody chose otherwise. Keys are attribute names."""
    silenced = set(asked) | {OUTWEIGHS[name] for name in asked if name in OUTWEIGHS}
    return {name: value for name, value in said.items() if name not in silenced}


def reworded(prompt: str, said: ParsedTitle, asked: Mapping[str, Value]) -> str:
    """The prompt with every word that a chosen attribute contradicts replaced by what was chosen.

    “Nike Men Red Shoes” with colour=Blue reads “Nike Men Blue Shoes”. A network that is told one thing by the words and
    another by the choice would follow neither. A prompt without contradiction comes back as it was.
    """
    standing = left_standing(said.attributes, asked)
    new = {
        name: spoken(name, asked[name]) if name in asked else ""
        for name, value in said.attributes.items()
        if name not in standing and asked.get(name) != value
    }
    parts, end = [], 0
    for span in said.spans:
        if span.attribute in new:
            parts += [prompt[end : span.start], new[span.attribute]]
            new[span.attribute] = ""  # “red and white” becomes “Blue and”, not “Blue and Blue”
            end = span.end
    return " ".join("".join([*parts, prompt[end:]]).split()) if parts else prompt


def settled(prompt: str, parse: Callable[[str], ParsedTitle], asked: Mapping[str, Value]) -> str:
    """The prompt, reworded until what it then says contradicts nothing that was chosen: beside a new “Sports”, the
    “shoes” of somebody who chose casual ones would mean sports shoes."""
    for _ in range(ROUNDS):
        said, prompt = prompt, reworded(prompt, parse(prompt), asked)
        if prompt == said:
            break
    return prompt


def completed(words: str, said: ParsedTitle, asked: Mapping[str, Value]) -> str:
    """The words with the chosen labels that the prompt does not name: an empty prompt with colour=Red and
    category=Jeans reads “Red Jeans”. A network that reads nothing follows its choices less well."""
    missing = [spoken(name, asked[name]) for name in SPOKEN if name in asked and name not in said.attributes]
    return " ".join([words, *missing]).strip() if missing else words
