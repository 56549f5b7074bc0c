"""The app as a whole, by itself or as a part of a server."""

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from types import SimpleNamespace
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio import queueing, route_utils, routes
from gradio.mcp import GradioMCPServer
from gradio_client.client import Job
from starlette.concurrency import run_in_threadpool
from starlette.routing import Mount

from t2i_core.api.models import DESKS as MODELS
from t2i_core.api.models import pipeline
from t2i_core.errors import WeightsError
from t2i_core.space import FILES
from t2i_core.space.desks import DESKS, desk_tab, variations_tab
from t2i_core.space.inputs import KEPT_EXAMPLES
from t2i_core.space.tabs import check_tab, tryon_tab

TITLE = "Product picture studio"
INTRO = f"""# {TITLE}
Type what a product is and see it; check pictures against a marketplace's rules; try a garment on. Everything here can
be called from programs too: see *Use via API* at the foot of the page."""
MAX_UPLOAD = "20mb"
MAX_WAITING = 100  # calls in line; who comes then is told to come later
MOST_SESSIONS = 100  # whose forms are remembered: 0.3 MB each, and every call of a program is one
AT_ONCE = 4  # calls of a kind that are answered at once; the drawing itself is done one batch at a time
OPTIONS: dict[str, Any] = {
    "ssr_mode": False,
    "run_history": False,
    "footer_links": ["api"],
    "max_file_size": MAX_UPLOAD,
}

log = logging.getLogger(__name__)


def build() -> gr.Blocks:
    """The app, not started. What it needs of a model whose weights are missing is said on its tab."""
    blocks: gr.Blocks
    with gr.Blocks(title=TITLE, analytics_enabled=False) as blocks:
        gr.Markdown(INTRO)
        for desk in DESKS:
            with gr.Tab(desk.title):
                desk_tab(desk)
        with gr.Tab("Variations"):
            variations_tab()
        with gr.Tab("Check a picture"):
            check_tab()
        with gr.Tab("Try on"):
            tryon_tab()
    blocks.state_session_capacity = MOST_SESSIONS
    _mend_gradio()
    blocks.queue(max_size=MAX_WAITING, default_concurrency_limit=AT_ONCE, api_open=False)
    return blocks


def mounted(path: str, address: str) -> tuple[Mount, Callable[[], AbstractAsyncContextManager[object]]]:
    """The app as a part of another server: what to mount there, and what has to be open while it runs.

    address: of that server, as its own machine reaches it; MCP calls take that way round
    """
    parent, blocks = FastAPI(openapi_url=None), build()
    gr.mount_gradio_app(parent, blocks, path, show_error=False, mcp_server=True, theme=_theme(), **OPTIONS)
    blocks.has_launched = True  # only then are paths in calls refused that no upload made
    if blocks.mcp_server_obj:
        blocks.mcp_server_obj._local_url = f"{address}{path}/"  # else the first visitor's Host header decides
    FILES.watch(lambda: KEPT_EXAMPLES)
    mount = next(route for route in parent.routes if isinstance(route, Mount))
    return mount, partial(parent.router.lifespan_context, parent)


def main() -> None:
    """Serves the app alone, with every model loaded: a Space's first visitor does not wait for them."""
    logging.basicConfig(format="%(message)s")
    for model in MODELS:
        try:
            pipeline(model)
        except WeightsError as problem:
            log.warning("%s", problem)
    FILES.watch(lambda: KEPT_EXAMPLES)
    build().launch(mcp_server=True, state_session_capacity=MOST_SESSIONS, theme=_theme(), **OPTIONS)


def _mend_gradio() -> None:
    """Two things of Gradio 6.31: it prints tracebacks of what it refuses, with what was typed in them, while the log
    only tells where it happened; and an MCP client that asks for no progress gets all results as one text."""
    for module in (queueing, routes, route_utils):
        module.traceback = SimpleNamespace(print_exc=_log_failure)  # type: ignore[attr-defined]
    GradioMCPServer._execute_tool_without_progress = _each_result  # type: ignore[method-assign, assignment]


async def _each_result(_: GradioMCPServer, job: Job) -> list[object]:
    result = await run_in_threadpool(job.result)
    return list(result) if isinstance(result, tuple | list) else [result]


def _log_failure() -> None:
    log.exception("a call was refused")


def _theme() -> gr.themes.Base:
    """The studio's colour, and fonts that every machine has: others would be asked of Google."""
    return gr.themes.Soft(primary_hue="teal", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
