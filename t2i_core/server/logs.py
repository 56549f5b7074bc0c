"""The log as lines of JSON, without anything that a visitor typed or gave.

Messages are written as they stand in the code, without what would be filled into them: that may be a prompt, a title
or a file's name. What a line is to tell besides is handed over as fields. Of a failure the kind and the place are told,
not its message, for the same reason.
"""

import json
import logging
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from t2i_core.settings import get_settings

SECRET_NAMES = ("TOKEN", "SECRET", "PASSWORD", "KEY")
SHORTEST_SECRET = 6  # letters; hiding shorter words would hide half the log
DEEPEST = 12  # places of a failure that are told, the innermost


class JsonLines(logging.Formatter):
    """One object a line: time, level, logger, message, fields, and of a failure its kind and where it happened."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        super().__init__()
        self._secrets = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": str(record.msg),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0] is not None:
            line |= {"error": record.exc_info[0].__name__, "at": places(record.exc_info[2])}
        text = json.dumps(line, default=str)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def fields(**values: object) -> Mapping[str, Any]:
    """What a line tells besides its message, as `extra=` of a logger's call takes it."""
    return {"fields": values}


def places(trace: TracebackType | None) -> list[str]:
    """Where a failure happened, as file:line:function, the innermost last."""
    frames = traceback.extract_tb(trace)[-DEEPEST:]
    return [f"{_short(frame.filename)}:{frame.lineno}:{frame.name}" for frame in frames]


def secrets_here() -> list[str]:
    """The secrets this process knows: none of them is ever to be read in its log."""
    token = get_settings().admin_token
    named = [value for name, value in os.environ.items() if name.upper().endswith(SECRET_NAMES)]
    return [*named, *([token.get_secret_value()] if token else [])]


def start_logging(stream: TextIO | None = None) -> None:
    """Has every logger of this process write JSON lines to one stream, those of Streamlit and uvicorn too."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines(secrets_here()))
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)
    for name in ("t2i_core", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.INFO)
    for logger in list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            through_root(logger)


def through_root(logger: logging.Logger) -> None:
    """Takes a logger's own handlers away: libraries bring some that write plain text."""
    logger.handlers.clear()
    logger.propagate = True


def _short(file: str) -> str:
    """A file's path from its package on: where this machine keeps things is nobody's business."""
    return "/".join(file.replace("\\", "/").split("/")[-3:])
