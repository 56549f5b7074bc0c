"""Starts the server and stops it when it is asked to."""

import contextlib
import gc
import socket
from collections.abc import Iterator

import uvicorn

from t2i_core.errors import InputError
from t2i_core.server.logs import start_logging

GRACE = 10  # seconds that answers on their way have when the server is to stop
BACKLOG = 2048
MOST_SENT = 200 * 1024 * 1024  # bytes of one message between a page and the server, as Streamlit has it


class Server(uvicorn.Server):
    """Ends well when it is told to: uvicorn would raise the signal once more, and the process would count as killed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def serve(host: str, port: int, *, space: bool = True) -> None:
    """Serves until SIGTERM or Ctrl-C. Raises InputError where the address is taken or not this machine's."""
    with contextlib.closing(_bound(host, port)) as listening:
        from t2i_core.server.app import create  # takes seconds to import: an address that is taken is told at once

        start_logging()
        app = create(host, listening.getsockname()[1], space=space)
        start_logging()  # once more: by now every library has made its loggers
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
            ws="websockets-sansio",
            ws_max_size=MOST_SENT,
        )
        Server(config).run(sockets=[listening])
    gc.freeze()  # the interpreter would look through millions of objects once more, for seconds, before it ends


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError as problem:
        listening.close()
        raise InputError(
            f"{host}:{port} cannot be listened on: {problem.strerror}. Choose another --port."
        ) from problem
    listening.listen(BACKLOG)
    listening.set_inheritable(False)
    return listening
