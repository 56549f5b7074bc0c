"""The pages that draw: what each is called, asks for and starts from, and where in a session it keeps its things.

Imports nothing heavy: the home page offers every desk's examples before anything was loaded.
"""

from dataclasses import dataclass

from t2i_core.ui.language import N_


@dataclass(frozen=True)
class Desk:
    """One page that draws.

    name: its file in pages/, the model it draws with unless another is chosen, and the slot its work runs in
    asks: what its text field is labelled
    examples: words to start from; the first also stands in the empty field
    tags: whether its choices are shown as pills, of which two can be blended
    """

    name: str
    title: str
    asks: str
    examples: tuple[str, ...]
    tags: bool = False

    @property
    def page(self) -> str:
        """Its file, for links and switches."""
        return f"pages/{self.name}.py"

    def key(self, part: str) -> str:
        """Where the session keeps a part of what is asked for here: prompt, seed, count, num_steps, guidance, …"""
        return f"{self.name}_draft_{part}"

    def value_key(self, attribute: str) -> str:
        """Where an attribute's value is kept; with `tags`, a choice's list of values."""
        return self.key(f"value_{attribute}")

    def use_key(self, attribute: str) -> str:
        """Where the switch is kept that says whether a measure is asked for at all."""
        return self.key(f"use_{attribute}")

    def share_key(self, choice: str) -> str:
        """Where the share of the second of two blended values is kept."""
        return self.key(f"share_{choice}")

    def move_key(self, direction: str) -> str:
        """Where it is kept how far to go along a latent direction."""
        return self.key(f"move_{direction}")


PRODUCTS = Desk(
    "products",
    N_("Products"),
    N_("Title of the product"),
    ("Nike Men Red Running Shoes", "Women Black Handbag", "Men Navy Blue Shirt", "Women Gold Watch"),
)
SHOES = Desk(
    "shoes",
    N_("Shoes"),
    N_("Title of the shoe"),
    ("Red sneakers", "Black ankle boots", "Beige sandals", "Blue high heels"),
)
GUITARS = Desk(
    "guitars",
    N_("Guitars"),
    N_("Title of the guitar"),
    ("Red Fender Stratocaster", "Black Gibson Les Paul", "White Gibson Flying V", "Blue Fender Jaguar"),
)
ANIME = Desk(
    "anime",
    N_("Anime faces"),
    N_("Words, if you like"),
    ("blue hair, red eyes", "pink hair, green eyes", "blonde hair, aqua eyes", "black hair, purple eyes"),
    tags=True,
)
BIRDS = Desk(
    "birds",
    N_("Birds"),
    N_("A sentence about the bird"),
    (
        "a small yellow bird with black wings",
        "this bird is bright red with a short pointed beak",
        "a blue bird with a white belly",
        "a large white bird with a long orange bill",
    ),
)
DESKS = {desk.name: desk for desk in (PRODUCTS, SHOES, GUITARS, ANIME, BIRDS)}


def desk_of(model: str) -> Desk:
    """The desk that draws with a model: its own, or the products desk, which takes any model."""
    return DESKS.get(model, PRODUCTS)
