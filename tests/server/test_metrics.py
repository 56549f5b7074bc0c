import pytest

from t2i_core.errors import Cancelled
from t2i_core.server.metrics import Metrics
from t2i_core.server.requests import area_of
from t2i_core.turns import Turns, Work


def test_turns_are_counted_with_their_pictures_seconds_and_failures() -> None:
    turns = Turns()
    metrics = Metrics(turns)
    with turns.take(Work("draw", "birds", 5)):
        pass
    with pytest.raises(Cancelled), turns.take(Work("draw", "birds", 5)):
        raise Cancelled("a secret prompt")
    text = metrics.text().decode()
    assert 't2i_pictures_total{kind="draw",model="birds"} 5.0' in text
    assert 't2i_work_seconds_count{kind="draw",model="birds"} 1.0' in text
    assert 't2i_errors_total{error="Cancelled",kind="draw",model="birds"} 1.0' in text
    assert "t2i_waiting 0.0" in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("/", "/"),
        ("/products", "/"),
        ("/healthz", "/healthz"),
        ("/healthzx", "/"),
        ("/space/", "/space"),
        ("/space/gradio_api/file=/tmp/x/photo.png", "/space/gradio_api"),
        ("/space/gradio_api/mcp/", "/space/gradio_api/mcp"),
        ("/_stcore/upload_file/session/file", "/_stcore"),
    ],
)
def test_requests_are_told_apart_by_area_alone(path: str, area: str) -> None:
    assert area_of(path) == area
