import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from t2i_core.weights import pulled
from tests.fake_hub import FakeHub, fake_hub
from tests.pages.conftest import Open, draw, made, messages, press
from tests.weights.made_up import on_hub, visit

BOOTS = "acme/boots"


@pytest.fixture
def hub(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub with a model, and a studio that asks it."""
    with fake_hub() as server:
        on_hub(server, BOOTS, tiny)
        visit(server, tmp_path / "cache", monkeypatch)
        monkeypatch.setattr("t2i_core.ui.hub_model.may_act", lambda: True)
        yield server


def look_at(app: AppTest, name: str, key: str = "models_hub") -> AppTest:
    app.text_input(key=f"{key}_name").set_value(name)
    return press(app, "Look at it")


def downloaded(app: AppTest) -> AppTest:
    press(app, "Download")
    ends = time.monotonic() + 60
    while not app.success:
        assert time.monotonic() < ends, messages(app)
        app.run()
    return app


@pytest.mark.usefixtures("products")
def test_a_hub_model_is_shown_before_anything_of_it_is_fetched(open_page: Open, hub: FakeHub) -> None:
    app = look_at(open_page("models"), BOOTS)
    assert any("draws pictures" in element.value for element in app.markdown)
    table = app.dataframe[0].value
    assert set(table["File"]) == set(hub.repositories[BOOTS])
    assert not any("model.safetensors" in request for request in hub.requests if request.startswith("GET"))
    assert pulled() == {}


@pytest.mark.usefixtures("products")
def test_a_downloaded_model_is_on_the_page_and_draws_on_a_desk(open_page: Open, hub: FakeHub) -> None:
    app = downloaded(look_at(open_page("models"), BOOTS))
    assert BOOTS in pulled()
    app = app.run()
    assert BOOTS in [heading.value.replace("\u2060", "") for heading in app.subheader]
    app = app.switch_page("pages/products.py").run()
    app.selectbox(key="products_draft_model").set_value(BOOTS).run()
    assert made(draw(app, "Red shoes"))[0].model == BOOTS


@pytest.mark.usefixtures("products")
def test_a_desk_can_bring_a_model_itself(open_page: Open, hub: FakeHub) -> None:
    app = downloaded(look_at(open_page("products"), BOOTS, "products_draft_hub"))
    app.run()
    assert app.selectbox(key="products_draft_model").options == ["products", BOOTS]


@pytest.mark.usefixtures("products")
@pytest.mark.parametrize("name", ["acme/nothing", "a/b/c", "", "../x"])
def test_what_is_no_model_is_said_in_its_place(open_page: Open, hub: FakeHub, name: str) -> None:
    app = look_at(open_page("models"), name)
    assert len(app.error) == 1
    assert not [button for button in app.button if button.label.startswith("Download")]


@pytest.mark.usefixtures("products")
def test_a_tampered_model_is_refused_and_not_offered(open_page: Open, hub: FakeHub) -> None:
    hub.repositories[BOOTS]["model.safetensors"] = b"\0" + hub.repositories[BOOTS]["model.safetensors"][1:]
    app = press(look_at(open_page("models"), BOOTS), "Download")
    ends = time.monotonic() + 60
    while not app.error:
        assert time.monotonic() < ends
        app.run()
    assert "is not the file that its config" in messages(app)


@pytest.mark.usefixtures("products")
def test_visitors_of_a_public_studio_may_look_and_not_download(
    open_page: Open, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("t2i_core.ui.hub_model.may_act", lambda: False)
    app = look_at(open_page("models"), BOOTS)
    assert app.dataframe
    assert not [button for button in app.button if button.label.startswith("Download")]


@pytest.mark.usefixtures("products")
def test_variations_bring_a_model_from_the_hub_and_offer_it(open_page: Open, hub: FakeHub) -> None:
    app = downloaded(look_at(open_page("variations"), BOOTS, "vary_model_hub"))
    app = app.run()
    assert BOOTS in app.selectbox(key="vary_model").options
    app.selectbox(key="vary_model").set_value(BOOTS).run()
    assert not app.exception
