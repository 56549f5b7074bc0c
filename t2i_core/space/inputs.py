"""Fields of the forms."""

from pathlib import Path

import gradio as gr
from gradio.data_classes import ImageData
from starlette.concurrency import run_in_threadpool

from t2i_core.abuse.fetch import UrlItem
from t2i_core.abuse.files import NoPicture
from t2i_core.errors import InputError, T2IError
from t2i_core.generate.request import MAX_GUIDANCE, MAX_SEED, MAX_STEPS
from t2i_core.settings import get_settings
from t2i_core.space import FILES
from t2i_core.space.answers import refusal
from t2i_core.text.attributes import AttributeSpace, Choice

Component = gr.components.Component
HTTP = ("http://", "https://")


def unchecked(component: Component) -> Component:
    """A field whose value is passed on as it came: what is wrong with it is told by the function it is for."""
    component.preprocess = _as_it_is  # type: ignore[method-assign]
    return component


def upload(label: str) -> gr.Image:
    """A field for a picture, of which its function gets the file's bytes, not yet opened.

    Gradio itself would take any file of this machine that a program names, and fetch any address.
    """
    image = gr.Image(label=label, type="filepath", image_mode=None, sources=["upload", "webcam", "clipboard"])
    image.async_move_resource_to_block_cache = _found  # type: ignore[method-assign, assignment]
    image.preprocess = _bytes  # type: ignore[method-assign, assignment]
    return image


def choice(space: AttributeSpace, name: str) -> Component:
    """A list of an attribute's values."""
    attribute = space.get(name)
    values = attribute.values if isinstance(attribute, Choice) else ()
    listed = [("as the words say", ""), *((value, value) for value in values)]
    return unchecked(gr.Dropdown(listed, value="", label=name.capitalize()))


def sampling_fields(steps: float, guidance: float) -> list[Component]:
    """Fields for seed, guidance and steps, in the order that functions take them."""
    return [
        unchecked(gr.Number(0, label="Seed", precision=0, minimum=0, maximum=MAX_SEED)),
        unchecked(gr.Slider(0, MAX_GUIDANCE, guidance, step=0.1, label="Guidance", info="how strongly words count")),
        unchecked(gr.Slider(1, MAX_STEPS, steps, step=1, label="Steps")),
    ]


def example(file: Path) -> str:
    """A copy of a shipped picture that the field takes."""
    path = FILES.save(file.read_bytes(), file.name)
    KEPT_EXAMPLES.add(Path(path))
    return path


KEPT_EXAMPLES: set[Path] = set()


def _as_it_is(payload: object) -> object:
    return payload


def _bytes(payload: ImageData | None) -> bytes | None:
    if payload is None or not payload.path:
        return None
    try:
        return FILES.found(payload.path).read_bytes()
    except InputError as problem:
        raise refusal(problem) from None


async def _found(path: str | Path | None) -> str | None:
    """Where the file lies that a call names by its path, or by its address where the studio may fetch any."""
    try:
        if path is None or not str(path).lower().startswith(HTTP):
            return None if path is None else str(FILES.found(str(path)))
        return await run_in_threadpool(_fetched, str(path))
    except T2IError as problem:
        raise refusal(problem) from None


def _fetched(url: str) -> str:
    if not get_settings().fetch:
        raise InputError("This studio fetches nothing from addresses. Send the picture itself.")
    try:
        data = UrlItem(url).read()
    except NoPicture as nothing:
        raise InputError(f"The picture could not be fetched: {nothing.signal.detail}.") from None
    return FILES.save(data if isinstance(data, bytes) else data.read_bytes(), "fetched")
