"""Addresses that restore a result: `/products?prompt=red+shoes&seed=7`."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from t2i_core.ui.desk import DESKS, PRODUCTS, Desk
from tests.pages.conftest import Open, draw, fields, finish, made, messages

HOSTILE = (
    {"prompt": "x", "seed": "NaN"},
    {"prompt": "x", "count": "1e9"},
    {"prompt": "x", "attribute.colour": "<script>alert(1)</script>"},
    {"prompt": "x", "attribute.no_such_thing": "1"},
    {"prompt": "x", "model": "../../etc/passwd"},
    {"prompt": "x" * 3000},
    {"seed": "1"},
)


def arrive(open_page: Open, page: str, query: dict[str, str | list[str]]) -> AppTest:
    app = open_page()
    app.switch_page(f"pages/{page}.py")
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def link_in(app: AppTest, page: str) -> dict[str, str | list[str]]:
    """The query of the last link on the page, as a browser would bring it back."""
    link = urlsplit([code.value for code in app.code if "?" in code.value][-1])
    assert link.path.rpartition("/")[2] == page
    return dict(parse_qs(link.query, keep_blank_values=True).items())


@pytest.mark.parametrize("desk", [one for one in DESKS.values() if one is not PRODUCTS], ids=lambda desk: desk.name)
def test_a_link_draws_its_result_and_the_page_gives_the_same_link(open_page: Open, domains: Path, desk: Desk) -> None:
    app = finish(arrive(open_page, desk.name, {"prompt": desk.examples[0], "seed": "7", "count": "2"}), desk.name)
    assert not app.exception
    assert not app.error
    assert [(one.prompt, one.seed) for one in made(app, desk.name)] == [(desk.examples[0], 7), (desk.examples[0], 8)]
    assert fields(app)[desk.key("seed")] == 7
    again = finish(arrive(open_page, desk.name, link_in(app, desk.name)), desk.name)
    assert made(again, desk.name) == made(app, desk.name)


def test_a_link_restores_every_setting(open_page: Open, products: Path) -> None:
    query: dict[str, str | list[str]] = {
        "prompt": "red shoes",
        "attribute.tone": "#205080",
        "attribute.aspect": "0.5",
        "attribute.gender": "women",
        "variation": "0.5",
        "variation_seed": "3",
        "guidance": "1.5",
        "steps": "2",
    }
    app = finish(arrive(open_page, "products", query), "products")
    (request,) = made(app)
    assert dict(request.attributes) | {"fill": 0} == {"tone": "#205080", "aspect": 0.5, "gender": "Women", "fill": 0}
    assert (request.variation, request.variation_seed, request.guidance, request.num_steps) == (0.5, 3, 1.5, 2)


def test_a_link_is_taken_once_and_then_the_visitor_decides(open_page: Open, products: Path) -> None:
    app = finish(arrive(open_page, "products", {"prompt": "red shoes", "seed": "7"}), "products")
    draw(app, "blue bag")
    assert {request.prompt for request in made(app)} == {"blue bag"}


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: ",".join(query))
def test_a_hostile_link_is_answered_in_a_sentence(open_page: Open, products: Path, query: dict[str, str]) -> None:
    app = arrive(open_page, "products", dict(query))
    assert not app.exception
    assert len(app.error) == 1
    assert "products" not in app.session_state
    assert not app.run().error


def test_a_link_to_a_grid_draws_it_and_the_page_gives_the_same_link(open_page: Open, products: Path) -> None:
    query: dict[str, str | list[str]] = {
        "prompt": "Men",
        "seed": "3",
        "rows": "category",
        "row": ["Jeans", "watches"],
        "columns": "aspect",
        "column": ["-1", "0", "1"],
    }
    app = finish(arrive(open_page, "variations", query), "variations")
    assert not app.error
    grid = app.session_state["variations_made"].grid
    assert (grid.rows.values, grid.columns.values, grid.request.seed) == (["Jeans", "Watches"], [-1.0, 0.0, 1.0], 3)
    again = finish(arrive(open_page, "variations", link_in(app, "variations")), "variations")
    assert again.session_state["variations_made"].grid.pictures[0].request == grid.pictures[0].request


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"rows": "sleeve", "row": "long"}, "no attribute “sleeve”"),
        ({"rows": "category", "row": "<b>"}, "category cannot be"),
        ({"rows": "aspect", "row": ["0", "0.1", "3"]}, "evenly spaced"),
        ({"rows": "aspect", "row": "nan"}, "aspect must"),
        ({"rows": "colour", "row": [str(number) for number in range(99)]}, "at most 12"),
        ({"rows": "category", "columns": "category"}, "both category"),
        ({"model": "other", "prompt": "x"}, "“other”, which is not here"),
        ({"seed": "-5"}, "seed must be"),
        ({"prompt": "x" * 2001}, "the limit is 2,000"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_link_to_a_grid_is_answered_in_a_sentence(
    open_page: Open, products: Path, query: dict[str, str | list[str]], said: str
) -> None:
    app = arrive(open_page, "variations", query)
    app = finish(app, "variations") if "both" in said else app
    assert not app.exception
    assert said in messages(app)
