"""The tabs that draw."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gradio as gr

from t2i_core.api.drawing import draw_anime, draw_birds, draw_guitars, draw_products, draw_shoes, draw_variations
from t2i_core.api.models import described, drawing_models
from t2i_core.errors import T2IError
from t2i_core.generate.request import MAX_COUNT, MAX_PROMPT
from t2i_core.space.answers import answering, refusal, show_grid, show_pictures
from t2i_core.space.inputs import choice, sampling_fields, unchecked
from t2i_core.text.attributes import AttributeSpace

if TYPE_CHECKING:  # torch takes seconds to import
    from t2i_core.generate.picture import Picture


@dataclass(frozen=True)
class Desk:
    """A tab that draws: the model, the function behind it, what its choices are called, and words to start from."""

    model: str
    title: str
    draw: Callable[..., "list[Picture]"]
    asks: str
    examples: Sequence[str]
    choices: Sequence[str] = ()
    extras: Sequence[str] = ()


DESKS = (
    Desk(
        *("products", "Products", draw_products, "Title of the product"),
        ("Nike Men Red Running Shoes", "Women Black Handbag", "Men Navy Blue Shirt", "Women Gold Watch"),
        ("category", "colour", "gender"),
        ("attributes",),
    ),
    Desk(
        *("shoes", "Shoes", draw_shoes, "Title of the shoe"),
        ("Red sneakers", "Black ankle boots", "Beige sandals"),
        ("kind", "colour"),
        ("attributes", "moves"),
    ),
    Desk(
        *("guitars", "Guitars", draw_guitars, "Title of the guitar"),
        ("Red Fender Stratocaster", "Black Gibson Les Paul", "White Gibson Flying V"),
        ("model", "colour"),
        ("attributes",),
    ),
    Desk(
        *("anime", "Anime faces", draw_anime, "Words, if you like"),
        ("blue hair, red eyes", "pink hair, green eyes", "black hair, purple eyes"),
        ("hair", "eyes"),
    ),
    Desk(
        *("birds", "Birds", draw_birds, "A sentence about the bird"),
        ("a small yellow bird with black wings", "this bird is bright red with a short pointed beak"),
    ),
)
HINTS = {
    "attributes": "name=value, name=value; e.g. tone=#205080, aspect=0.4",
    "moves": "name=number, -3 to 3; e.g. lightness=1.5",
}


def desk_tab(desk: Desk) -> None:
    """The form of a desk; only a sentence where its model is missing."""
    known = _known(desk.model)
    if known is None:
        return
    with gr.Row():
        with gr.Column(scale=2):
            prompt = gr.Textbox("", label=desk.asks, placeholder=desk.examples[0], max_length=MAX_PROMPT)
            with gr.Row():
                choices = [choice(known.space, name) for name in desk.choices]
            with gr.Accordion("Settings", open=False):
                extras = [gr.Textbox("", label=name.capitalize(), info=HINTS[name]) for name in desk.extras]
                count = unchecked(gr.Slider(1, MAX_COUNT, 4, step=1, label="Pictures"))
                sampling = sampling_fields(known.steps, known.guidance)
            button = gr.Button("Draw", variant="primary")
        with gr.Column(scale=3):
            gallery = gr.Gallery(label="Pictures", columns=4, object_fit="contain", format="png")
            settings = gr.JSON(label="Settings, to get them again", open=False)
            sheet = gr.Image(label="All in one", visible=False, type="filepath")
    answer = answering(desk.draw, show_pictures)
    inputs, outputs = [prompt, *choices, *extras, count, *sampling], [gallery, settings, sheet]
    gr.on([button.click, prompt.submit], answer, inputs, outputs, api_name=desk.draw.__name__)
    gr.Examples([[words] for words in desk.examples], [prompt], api_visibility="private")


def variations_tab() -> None:
    """The form for grids."""
    known = _known("products")
    if known is None:
        return
    with gr.Row():
        with gr.Column(scale=2):
            model = unchecked(gr.Dropdown(drawing_models(), value="products", label="Model"))
            prompt = gr.Textbox("", label="Words (may stay empty)", max_length=MAX_PROMPT)
            rows = gr.Textbox("category=Tshirts,Shirts,Jackets", label="Rows", info="name=value,value")
            columns = gr.Textbox("colour=Red,Blue,Black", label="Columns", info="name=value,value")
            with gr.Accordion("Settings", open=False):
                sampling = sampling_fields(known.steps, known.guidance)
            button = gr.Button("Draw", variant="primary")
        with gr.Column(scale=3):
            sheet = gr.Image(label="Every combination", type="filepath", format="png")
            settings = gr.JSON(label="Settings, to get them again", open=False)
    answer = answering(draw_variations, show_grid)
    button.click(answer, [model, prompt, rows, columns, *sampling], [sheet, settings], api_name="draw_variations")
    kinds = [
        ["products", "Men", "category=Tshirts,Shirts,Jackets", "colour=Red,Blue,Black"],
        ["guitars", "", "model=Gibson SG,Gibson Les Paul", "colour=Red,Blue,White"],
        ["anime", "", "hair=pink,blue,black", "eyes=red,blue,green"],
    ]
    gr.Examples(kinds, [model, prompt, rows, columns], api_visibility="private")


@dataclass(frozen=True)
class Known:
    """What a form has to know of a model."""

    space: AttributeSpace
    steps: float
    guidance: float


def _known(model: str) -> Known | None:
    """None where there is no such model here, which is then said."""
    try:
        config = described(model)
        own = {"num_steps": 16, "guidance": 2.0} | dict(config.get("sampling", {}))  # type: ignore[call-overload]
        return Known(AttributeSpace.from_json(config["attributes"]), own["num_steps"], own["guidance"])  # type: ignore[arg-type]
    except T2IError as problem:
        gr.Markdown(refusal(problem).message)
        return None
