from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from t2i_core.generate.gallery import open_gallery
from t2i_core.generate.request import GenerateRequest
from t2i_core.ui.draft import PENDING
from tests.pages.conftest import Open, captions, draw, fields, finish, follow, made, messages, press


@pytest.fixture
def page(open_page: Open, domains: Path) -> AppTest:
    return open_page("anime")


def tag(app: AppTest, name: str, *values: str) -> AppTest:
    return app.pills(key=f"anime_draft_value_{name}").set_value(list(values)).run()


def test_tags_alone_are_drawn(page: AppTest) -> None:
    tag(page, "hair", "pink")
    tag(page, "eyes", "aqua")
    finish(press(page, "Draw"), "anime")
    assert [dict(request.attributes) for request in made(page, "anime")] == [{"hair": "pink", "eyes": "aqua"}] * 8
    assert made(page, "anime")[0].blend == {}
    assert not page.error


def test_what_the_words_say_is_told_until_a_tag_overrules_it(page: AppTest) -> None:
    draw(page, "a girl with blond hair and cyan eyes", "anime")
    assert "The words say: blonde hair, aqua eyes." in captions(page)
    assert made(page, "anime")[0].attributes == {}
    tag(page, "hair", "green")
    assert "The words say: aqua eyes." in captions(page)


def test_two_tags_of_a_kind_are_blended_by_a_slider(page: AppTest) -> None:
    tag(page, "hair", "pink", "blue")
    slider = page.slider(key="anime_draft_share_hair")
    assert slider.label == "From pink hair to blue hair"
    slider.set_value(0.25).run()
    finish(press(page, "Draw"), "anime")
    first = made(page, "anime")[0]
    assert first.attributes == {"hair": "pink"}
    assert first.blend == {"hair": ("blue", 0.25)}


def test_a_third_tag_replaces_the_first(page: AppTest) -> None:
    tag(page, "hair", "pink", "blue")
    tag(page, "hair", "pink", "blue", "green")
    assert fields(page)["anime_draft_value_hair"] == ["blue", "green"]


def test_a_blend_survives_the_gallery(page: AppTest) -> None:
    tag(page, "hair", "pink", "blue")
    tag(page, "eyes", "red", "aqua")
    page.slider(key="anime_draft_share_eyes").set_value(0.8)
    finish(press(page, "Draw"), "anime")
    page.switch_page("pages/gallery.py").run()
    assert "red with 80% aqua, pink with 50% blue" in captions(page)
    follow(page.button(key="gallery_0_again").click().run(), "anime")
    shown = fields(page)
    assert shown["anime_draft_value_hair"] == ["pink", "blue"]
    assert (shown["anime_draft_share_hair"], shown["anime_draft_share_eyes"]) == (0.5, 0.8)
    assert open_gallery().count() == 8  # drawn again, it is the very same picture


def test_settings_without_a_blend_leave_no_blend_behind(page: AppTest) -> None:
    tag(page, "hair", "pink", "blue")
    page.session_state[PENDING] = GenerateRequest("", {"hair": "green"}, model="anime")
    finish(page.run(), "anime")
    assert fields(page)["anime_draft_value_hair"] == ["green"]
    assert fields(page)["anime_draft_value_eyes"] == []
    assert made(page, "anime")[0].blend == {}


def test_a_surprise_is_drawn_from_tags_and_a_seed_of_its_own(page: AppTest) -> None:
    draw(page, "blue hair", "anime")
    finish(press(page, "Surprise me"), "anime")
    shown, first = fields(page), made(page, "anime")[0]
    assert set(first.attributes) == {"hair", "eyes"}
    assert [first.attributes["hair"]] == shown["anime_draft_value_hair"]
    assert first.prompt == shown["anime_draft_prompt"] == ""
    assert first.seed == shown["anime_draft_seed"] != 0


def test_tags_survive_a_visit_to_another_page(page: AppTest) -> None:
    tag(page, "hair", "pink", "blue")
    page.slider(key="anime_draft_share_hair").set_value(0.3).run()
    page.switch_page("pages/models.py").run()
    page.switch_page("pages/anime.py").run()
    assert fields(page)["anime_draft_value_hair"] == ["pink", "blue"]
    assert fields(page)["anime_draft_share_hair"] == 0.3


def test_nothing_chosen_and_nothing_typed_is_told_what_to_do(page: AppTest) -> None:
    finish(press(page, "Draw"), "anime")
    assert "Say what to draw" in messages(page)
