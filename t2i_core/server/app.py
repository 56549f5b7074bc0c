"""Streamlit's pages at `/`, the Gradio app at `/space`, `/healthz` and `/metrics`, as one application."""

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
import streamlit.logger
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from streamlit.web import bootstrap

import t2i_core
from t2i_core.errors import InputError
from t2i_core.server.logs import through_root
from t2i_core.server.metrics import Metrics
from t2i_core.server.requests import Watched
from t2i_core.turns import get_turns

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute, Mount

SPACE = "/space"
PAGES = Path(t2i_core.__file__).parents[1] / "app.py"

log = logging.getLogger(__name__)


def create(host: str, port: int, *, space: bool = True) -> st.App:
    """The application of a server that listens on this address.

    space: whether the Gradio app is a part of it. Raises InputError where it, or the pages, are not installed.
    """
    if not PAGES.is_file():
        raise InputError("The pages are not here: they come with the repository, not with the package alone.")
    streamlit.logger.setup_formatter = through_root
    metrics, began = Metrics(get_turns()), time.monotonic()

    async def healthz(_: "Request") -> Response:
        told = {"status": "ok", "seconds": round(time.monotonic() - began, 1), "waiting": get_turns().waiting}
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    async def metrics_text(_: "Request") -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    def on_script_error(problem: Exception) -> None:
        """Streamlit logs it; here it is counted."""
        metrics.failed("page", "", problem)

    routes: list[BaseRoute] = [Route("/healthz", healthz), Route("/metrics", metrics_text)]
    parts = []
    if space:
        mount, opened = _space(host, port)
        routes.append(mount)
        parts.append(opened)

    @asynccontextmanager
    async def lifespan(_: st.App) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for part in parts:
                await stack.enter_async_context(part())
            log.info("ready")
            yield
        log.info("stopped")

    watched = Middleware(Watched, metrics=metrics)
    app = st.App(PAGES, routes=routes, middleware=[watched], lifespan=lifespan, on_script_error=on_script_error)
    bootstrap.load_config_options({"server.address": host, "server.port": port, "server.headless": True})
    return app


def _space(host: str, port: int) -> "tuple[Mount, Callable[[], AbstractAsyncContextManager[object]]]":
    try:
        from t2i_core.space.app import mounted
    except ImportError as problem:
        raise InputError(
            "The programming interface needs Gradio: pip install -r requirements-space.txt. Or start with --no-space."
        ) from problem
    return mounted(SPACE, f"http://{reachable(host)}:{port}")


def reachable(host: str) -> str:
    """How the machine itself reaches what listens on an address."""
    own = "127.0.0.1" if host in ("0.0.0.0", "") else "::1" if host == "::" else host
    return f"[{own}]" if ":" in own else own
