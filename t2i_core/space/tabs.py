"""The tabs that look at pictures."""

from pathlib import Path

import gradio as gr

import t2i_core.tryon as tryon
from t2i_core.api.dressing import shelf_names, try_on
from t2i_core.api.judging import MAX_TITLE, check_picture, profiles
from t2i_core.space.answers import answering, show_dressed, show_verdict
from t2i_core.space.inputs import example, unchecked, upload

EXAMPLE = Path(tryon.__file__).parent / "shelf" / "lower-blue-jeans.png"


def check_tab() -> None:
    """The form of the check."""
    with gr.Row():
        with gr.Column():
            picture = upload("The picture")
            title = gr.Textbox("", label="Title of the product", max_length=MAX_TITLE)
            profile = unchecked(gr.Dropdown(profiles(), value="general", label="Rules of"))
            button = gr.Button("Check", variant="primary")
        with gr.Column():
            words = gr.Markdown(label="In words")
            marked = gr.Image(label="What was found", type="filepath")
            verdict = gr.JSON(label="Verdict", open=False)
    answer = answering(check_picture, show_verdict)
    button.click(answer, [picture, title, profile], [verdict, words, marked], api_name="check_picture")
    shown = example(EXAMPLE)
    gr.Examples([[shown, "Blue jeans"], [shown, "Red handbag"]], [picture, title], api_visibility="private")


def tryon_tab() -> None:
    """The form of the try-on."""
    with gr.Row():
        with gr.Column():
            photo = upload("Your photo, from the front; without one, a mannequin")
            consent = gr.Checkbox(label="The photo is of me, or of somebody who agreed to this")
            shelf = unchecked(gr.Dropdown(["", *shelf_names()], value="", label="A garment of the studio"))
            garment = upload("… or one of yours: worn by one person, or flat on a plain ground")
            slot = unchecked(gr.Radio(["upper", "lower", "dress"], value="upper", label="Worn as"))
            at = gr.Textbox("", label="Where several are in the photo: X,Y of the one who is meant")
            button = gr.Button("Try it on", variant="primary")
        with gr.Column():
            result = gr.Image(label="With the garment on", type="filepath", format="png")
            notes = gr.Markdown(label="Notes")
    answer = answering(try_on, show_dressed)
    button.click(answer, [photo, garment, slot, shelf, consent, at], [result, notes], api_name="try_on")
    gr.Examples([[name] for name in shelf_names()[:4]], [shelf], api_visibility="private")
