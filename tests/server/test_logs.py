"""What the log says, and above all what it never says."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from t2i_core.server.logs import fields, start_logging
from t2i_core.settings import get_settings

PROMPT = "Women Purple Umbrella"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the log goes; afterwards pytest has its own handlers back."""
    kept = logging.root.handlers[:], logging.root.level
    stream = io.StringIO()
    start_logging(stream)
    yield stream
    logging.root.handlers[:], logging.root.level = kept


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_tells_its_fields_and_not_what_its_message_is_filled_with(stream: io.StringIO) -> None:
    logging.getLogger("t2i_core.x").info("judging %r", PROMPT, extra=fields(seconds=1.5))
    (line,) = lines(stream)
    assert (line["message"], line["seconds"], line["level"]) == ("judging %r", 1.5, "info")
    assert PROMPT not in stream.getvalue()


def test_a_failure_tells_its_kind_and_place_and_not_its_message(stream: io.StringIO) -> None:
    try:
        raise ValueError(PROMPT)
    except ValueError:
        logging.getLogger("other").exception("it failed")
    (line,) = lines(stream)
    assert line["error"] == "ValueError"
    assert "tests/server/test_logs.py" in str(line["at"])
    assert PROMPT not in stream.getvalue()


def test_secrets_are_hidden_wherever_they_turn_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("T2I_ADMIN_TOKEN", "open-sesame")
    monkeypatch.setenv("HF_TOKEN", "hf_abcdefgh")
    get_settings.cache_clear()
    kept, stream = logging.root.handlers[:], io.StringIO()
    start_logging(stream)
    logging.getLogger("t2i_core.x").warning("open-sesame and hf_abcdefgh", extra=fields(where="open-sesame"))
    logging.root.handlers[:] = kept
    assert "sesame" not in stream.getvalue()
    assert "hf_" not in stream.getvalue()


def test_libraries_that_bring_handlers_of_their_own_write_json_too(stream: io.StringIO) -> None:
    loud = logging.getLogger("loud")
    loud.propagate = False
    loud.addHandler(logging.StreamHandler(io.StringIO()))
    start_logging(stream)
    loud.error("listen")
    assert lines(stream)[0]["logger"] == "loud"
