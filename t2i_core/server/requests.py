"""Every request is counted and told of in the log: what kind of thing was asked for, never with which words."""

import logging
import time
from typing import TYPE_CHECKING

from t2i_core.server.logs import fields
from t2i_core.server.metrics import Metrics

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

AREAS = (
    "/healthz",
    "/metrics",
    "/space/gradio_api/mcp",
    "/space/gradio_api",
    "/space",
    "/_stcore",
    "/media",
    "/static",
)
PAGES = "/"
QUIET = ("/healthz", "/metrics", "/static", "/_stcore")  # asked for all the time; counted, not told of

log = logging.getLogger(__name__)


class Watched:
    """An application whose answers are counted."""

    def __init__(self, app: "ASGIApp", metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def sending(message: "Message") -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            area, seconds = area_of(scope["path"]), time.perf_counter() - began
            self._metrics.answered(area, status, seconds)
            if area not in QUIET:
                told = fields(method=scope["method"], area=area, status=status, seconds=round(seconds, 3))
                log.info("answered", extra=told)


def area_of(path: str) -> str:
    """The part of the studio that a path belongs to. What comes after may name a visitor's file or session."""
    return next((area for area in AREAS if path == area or path.startswith(f"{area}/")), PAGES)
