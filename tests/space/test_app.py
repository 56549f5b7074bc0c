"""The app as programs call it: with gradio's own client, as MCP tools, and with calls that nobody should make."""

import asyncio
import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from mcp.types import CallToolResult, Tool
from PIL import Image

from t2i_core.generate.picture import Picture
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest

pytestmark = [pytest.mark.usefixtures("_models"), pytest.mark.xdist_group("space")]
CALLS = {"draw_products", "draw_shoes", "draw_guitars", "draw_anime", "draw_birds"}
CALLS |= {"draw_variations", "check_picture", "try_on"}
TITLE = "Nike Men Red Running Shoes"


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(f"{address}/", verbose=False, analytics_enabled=False)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture of nothing."""
    path = tmp_path / "photo.png"
    Image.new("RGB", (300, 400), (200, 30, 30)).save(path)
    return path


def call(address: str, name: str, *data: object) -> str:
    """What the HTTP interface answers, whatever a client would have made of the arguments."""
    url = f"{address}/gradio_api/call/{name}"
    event = httpx.post(url, json={"data": list(data)}, timeout=60).json()["event_id"]
    return httpx.get(f"{url}/{event}", timeout=120).text


def file(path: str) -> dict[str, object]:
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def test_every_capability_has_a_name_and_nothing_else_does(client: Client) -> None:
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert {name.lstrip("/") for name in named} == CALLS


def test_pictures_are_those_of_the_pipeline_and_carry_their_settings(client: Client, models_folder: Path) -> None:
    gallery, settings, sheet = client.predict(TITLE, count=2, seed=7, steps=3, api_name="/draw_products")
    request = GenerateRequest(TITLE, seed=7, count=2, num_steps=3, guidance=2.0)
    expected = TextToImage.from_pretrained(models_folder / "products").generate(request)
    saved = [Picture.open(Path(entry["image"])) for entry in gallery]
    assert [picture.request for picture in saved] == [picture.request for picture in expected]
    assert [picture.image.tobytes() for picture in saved] == [picture.image.tobytes() for picture in expected]
    assert settings == [picture.request.to_dict() for picture in expected]
    assert Image.open(sheet).width > 2 * 32


@pytest.mark.parametrize(
    ("name", "words", "asked"),
    [
        ("draw_shoes", {"kind": "Boot", "colour": "red"}, {"kind": "Boot", "colour": "Red"}),
        ("draw_guitars", {"model": "Gibson SG"}, {"model": "Gibson SG"}),
        ("draw_anime", {"hair": "blue", "eyes": "red"}, {"hair": "blue", "eyes": "red"}),
        ("draw_birds", {"prompt": "a small bird"}, {}),
        ("draw_products", {"attributes": "season=summer, tone=#205080"}, {"season": "Summer", "tone": "#205080"}),
    ],
)
def test_every_desk_draws_what_is_asked_for(
    client: Client, name: str, words: dict[str, str], asked: dict[str, str]
) -> None:
    gallery, settings, _ = client.predict(**words, count=1, steps=2, api_name=f"/{name}")
    assert len(gallery) == 1
    assert settings[0]["attributes"] == asked


def test_a_grid_shows_every_combination(client: Client) -> None:
    arguments = ("products", "Men", "category=Tshirts,Shirts", "colour=Red,Blue,Black")
    sheet, settings = client.predict(*arguments, steps=1, api_name="/draw_variations")
    assert settings["rows"] == ["category", "Tshirts", "Shirts"]
    assert settings["columns"] == ["colour", "Red", "Blue", "Black"]
    assert Image.open(sheet).width > 3 * 2 * 32


def test_a_picture_is_judged(client: Client, photo: Path) -> None:
    verdict, words, marked = client.predict(handle_file(photo), "Red shirt", "amazon", api_name="/check_picture")
    assert verdict["ok"] is False
    assert "file.blank" in [finding["rule"] for finding in verdict["findings"]]
    assert "refused" in words
    assert Image.open(marked).size == (300, 400)


def test_a_file_that_is_no_picture_gets_a_verdict_too(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(b"no picture")
    verdict, _, marked = client.predict(handle_file(path), api_name="/check_picture")
    assert [finding["rule"] for finding in verdict["findings"]] == ["file.unreadable"]
    assert marked is None


def test_the_mannequin_wears_what_lies_on_the_shelf(client: Client) -> None:
    image, _ = client.predict(shelf="Red T-shirt", api_name="/try_on")
    middle = Image.open(image).convert("RGB").resize((9, 15)).getpixel((4, 6))  # below the print
    assert isinstance(middle, tuple)
    assert middle[0] > 2 * middle[1]


def test_photos_need_consent_and_show_somebody(client: Client, photo: Path) -> None:
    with pytest.raises(AppError, match="Say first that the photo is of yourself"):
        client.predict(handle_file(photo), shelf="Jeans", api_name="/try_on")
    with pytest.raises(AppError, match="Nobody was found"):
        client.predict(handle_file(photo), shelf="Jeans", consent=True, api_name="/try_on")


@pytest.mark.parametrize(
    ("name", "words", "sentence"),
    [
        ("draw_products", {}, "Say what to draw"),
        ("draw_products", {"prompt": "x" * 2001}, "The prompt has 2,001 characters; the limit is 2,000"),
        ("draw_products", {"prompt": "x", "count": 65}, "count must be a whole number from 1 to 64; got 65"),
        ("draw_products", {"prompt": "x", "steps": 201}, "steps must be a whole number from 1 to 200"),
        ("draw_products", {"prompt": "x", "seed": -1}, "seed must be a whole number"),
        ("draw_products", {"prompt": "x", "attributes": "nonsense"}, "Write attributes as name=value"),
        ("draw_shoes", {"prompt": "x", "moves": "lightness=far"}, "Write moves as name=number"),
        ("draw_variations", {"model": "/etc"}, "is no model that draws here"),
        ("draw_variations", {"rows": "colour=Red", "columns": "colour=Blue"}, "Rows and columns are both colour"),
        ("draw_variations", {"rows": ""}, "Say what changes along the rows"),
        ("check_picture", {"picture": None}, "Give a picture to check"),
        ("try_on", {}, "Give a garment's picture, or choose one of the shelf"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    client: Client, name: str, words: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(AppError, match=sentence):
        client.predict(**words, api_name=f"/{name}")


def test_a_profile_is_never_a_file(address: str, client: Client, photo: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('name = "mine"')
    with pytest.raises(AppError, match="is no profile here"):
        client.predict(handle_file(photo), "", str(mine), api_name="/check_picture")


def test_no_call_reads_a_file_that_was_not_uploaded(address: str, photo: Path, repository: Path) -> None:
    for path in ("/etc/passwd", str(photo), str(repository / "README.md"), "../" * 20 + "etc/passwd"):
        assert "event: error" in call(address, "check_picture", file(path), "", "general")
        assert httpx.get(f"{address}/gradio_api/file={path}", timeout=60).status_code in (403, 404)


def test_no_call_fetches_an_address(address: str) -> None:
    for url in ("http://127.0.0.1:1/a.png", "https://shop.example/a.png"):
        assert "fetches nothing from addresses" in call(address, "check_picture", file(url), "", "general")


def test_where_addresses_may_be_fetched_those_inside_a_network_may_not(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("T2I_FETCH", "1")
    get_settings_again()
    assert "could not be fetched" in call(address, "check_picture", file("http://127.0.0.1:1/a.png"), "", "general")


def get_settings_again() -> None:
    from t2i_core.settings import get_settings

    get_settings.cache_clear()


def test_the_forms_of_a_few_visitors_are_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call of a program is a visitor of its own; ten thousand, as Gradio has it, would take gigabytes."""
    from gradio.state_holder import StateHolder

    from t2i_core.space import app

    assert app.MOST_SESSIONS <= 200
    monkeypatch.setattr(app, "MOST_SESSIONS", 3)
    holder = StateHolder()  # type: ignore[no-untyped-call]
    holder.set_blocks(app.build())
    for visitor in range(8):
        holder[str(visitor)]
    assert len(holder.session_data) == 3


def test_arguments_of_any_kind_break_nothing(address: str) -> None:
    odds: tuple[object, ...] = ([], {}, None, "x", 1e300, True, ["a"])
    for odd in odds:
        told = call(address, "draw_birds", odd, odd, odd, odd, odd)
        assert "event: error" in told or "event: complete" in told
        assert "Traceback" not in told


def tools(address: str, work: Callable[[ClientSession], Any]) -> Any:
    async def talk() -> Any:
        async with (
            streamablehttp_client(f"{address}/gradio_api/mcp/") as (reading, writing, _),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            return await work(session)

    return asyncio.run(talk())


def test_mcp_clients_are_told_what_the_tools_do(address: str) -> None:
    async def listed(session: ClientSession) -> list[Tool]:
        return (await session.list_tools()).tools

    found = {tool.name: tool for tool in tools(address, listed)}
    assert set(found) == CALLS
    birds = found["draw_birds"]
    assert str(birds.description).startswith("Draw birds from a sentence of English.")
    assert "a small yellow bird" in birds.inputSchema["properties"]["prompt"]["description"]
    assert all(
        each.get("description") for tool in found.values() for each in tool.inputSchema["properties"].values()
    ), "every argument is explained"


def test_mcp_clients_draw_and_see_the_pictures(address: str) -> None:
    async def drawn(session: ClientSession) -> CallToolResult:
        return await session.call_tool("draw_birds", {"prompt": "a small yellow bird", "count": 2, "steps": 2})

    result = tools(address, drawn)
    assert not result.isError
    images = [part for part in result.content if part.type == "image"]
    assert Image.open(io.BytesIO(base64.b64decode(images[0].data))).width > 2 * 32


def test_mcp_clients_have_pictures_checked_and_are_told_what_is_wrong(address: str, photo: Path) -> None:
    data = "data:image/png;base64," + base64.b64encode(photo.read_bytes()).decode()

    async def checked(session: ClientSession) -> tuple[CallToolResult, CallToolResult]:
        right = await session.call_tool("check_picture", {"picture": data, "title": "Red shirt"})
        return right, await session.call_tool("draw_birds", {"prompt": ""})

    right, wrong = tools(address, checked)
    assert "file.blank" in right.content[0].text
    assert wrong.isError
    assert "Say what to draw" in wrong.content[0].text
