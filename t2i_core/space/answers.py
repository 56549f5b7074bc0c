"""Between functions and forms: what a function gives becomes files and words, what it refuses a sentence."""

import importlib.util
import inspect
import logging
import math
from collections.abc import Callable, Sequence
from functools import wraps
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar

import gradio as gr

from t2i_core.api.judging import Checked
from t2i_core.errors import T2IError, WeightsError
from t2i_core.images import contact_sheet, jpeg_bytes, png_bytes
from t2i_core.space import FILES

if TYPE_CHECKING:  # OpenCV and torch take seconds to import
    from t2i_core.generate.picture import Picture
    from t2i_core.generate.variations import Grid
    from t2i_core.tryon.dress import Dressed

T = TypeVar("T")
Settings = dict[str, object]
BROKEN = "Something went wrong here, and it is no fault of yours. It was noted; try again, or with other words."
UNLOADED = "The model for this cannot be loaded here. Whoever runs the studio finds the reason in its log."
ON_ZERO_GPU = importlib.util.find_spec("spaces") is not None  # Spaces that borrow a graphics card for each call
SECONDS = 60  # that a call may keep it

log = logging.getLogger(__name__)


def answering(function: Callable[..., T], show: Callable[[T], object]) -> Callable[..., object]:
    """What a form calls: `function` under its own name and description, its result as `show` makes it."""
    work = on_gpu(function)
    steps = {"on_step": _tell_step} if "on_step" in inspect.signature(function).parameters and not ON_ZERO_GPU else {}

    @wraps(function)
    def answer(*arguments: Any) -> object:  # noqa: ANN401 - whatever the form's fields hold
        try:
            return show(work(*arguments, **steps))
        except T2IError as problem:
            raise refusal(problem) from None
        except Exception:
            log.exception("a call of %s failed", function.__name__)
            raise gr.Error(BROKEN, print_exception=False) from None

    return answer


def refusal(problem: T2IError) -> gr.Error:
    """What a visitor is told. Gradio shows it as HTML, and it may repeat what was typed.

    What is wrong with weights names folders of this machine: that is for the log.
    """
    if isinstance(problem, WeightsError):
        log.warning("a model cannot be loaded", extra={"fields": {"problem": str(problem)}})
        problem = WeightsError(UNLOADED)
    return gr.Error(escape(str(problem), quote=False), title="That is not possible", print_exception=False)


def on_gpu(function: Callable[..., T]) -> Callable[..., T]:
    """The function with a borrowed graphics card, where the Space has one to lend."""
    if not ON_ZERO_GPU:
        return function
    import spaces  # type: ignore[import-not-found, unused-ignore]

    borrowing: Callable[..., T] = spaces.GPU(duration=SECONDS)(function)
    return borrowing


def show_pictures(pictures: "Sequence[Picture]") -> tuple[list[tuple[str, str]], list[Settings], str]:
    """The pictures with their settings inside, the settings, and all pictures on one sheet."""
    gallery = []
    for picture in pictures:
        seed = picture.request.seed
        gallery.append((FILES.save(picture.png(), f"{_plain(picture.request.model)}-{seed}.png"), f"seed {seed}"))
    columns = math.ceil(math.sqrt(len(pictures)))
    sheet = jpeg_bytes(contact_sheet([picture.image for picture in pictures], columns))
    return gallery, [picture.request.to_dict() for picture in pictures], FILES.save(sheet, "sheet.jpg")


def show_grid(grid: "Grid") -> tuple[str, Settings]:
    """The labelled sheet, and what it shows."""
    sides: Settings = {
        "rows": [grid.rows.name, *grid.rows.values],
        "columns": [grid.columns.name, *grid.columns.values],
    }
    return FILES.save(grid.picture().png(), "variations.png"), grid.request.to_dict() | sides


def show_verdict(checked: Checked) -> tuple[Settings, str, str | None]:
    """The verdict for programs, in words, and on the picture."""
    verdict, marked = checked.verdict, checked.marked()
    lines = [f"{place}. **{one.severity}** {_text(one.message)}" for place, one in enumerate(verdict.findings, 1)]
    summary = "Nothing to object to." if not lines else "Fine, with notes." if verdict.ok else "This may be refused."
    shown = None if marked is None else FILES.save(jpeg_bytes(marked), "marked.jpg")
    return verdict.to_dict(), "\n".join([f"### {summary}", *lines]), shown


def show_dressed(done: "Dressed") -> tuple[str, str]:
    """The person with the garment on, and what to know about it."""
    return FILES.save(png_bytes(done.image, {}), "try-on.png"), "\n".join(f"- {_text(note)}" for note in done.notes)


def _tell_step(done: int, total: int) -> None:
    gr.Progress()((done, total), unit="steps")


def _plain(name: str) -> str:
    """A model's name as a part of a file's."""
    return "".join(letter if letter.isalnum() else "-" for letter in name)[:40]


def _text(words: str) -> str:
    """Words that Markdown shows as they are: findings repeat what stands on a picture."""
    return "".join(
        f"&#{ord(letter)};" if letter in "<>&*_`[]()!#|~$:\\" else letter for letter in " ".join(words.split())
    )
