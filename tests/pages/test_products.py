import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from t2i_core.errors import OutputError
from t2i_core.generate.gallery import Gallery, open_gallery
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.settings import Settings
from t2i_core.ui.draft import PENDING
from tests.pages.conftest import Open, chips, draw, endless, fields, finish, made, messages, press
from tests.tiny import TITLES, tiny_titles


@pytest.fixture
def page(open_page: Open, products: Path) -> AppTest:
    return open_page("products")


def test_a_title_becomes_pictures_with_one_seed_each(page: AppTest) -> None:
    draw(page, "Nike Men Red Running Shoes")
    assert not page.error
    assert len(page.image) == 8
    assert [request.seed for request in made(page)] == list(range(8))


def test_what_the_title_says_stands_on_the_chips(page: AppTest) -> None:
    draw(page, "Nike Men Red Running Shoes zorblax")
    assert chips(page)[:4] == ["Category: **Sports Shoes**", "Colour: **Red**", "Gender: **Men**", "Season: **any**"]
    assert any("Nike" in caption.value and "zorblax" in caption.value for caption in page.caption)


def test_a_chip_overrides_what_the_title_says(page: AppTest) -> None:
    draw(page, "Nike Men Red Running Shoes")
    page.selectbox(key="products_draft_value_colour").set_value("Green").run()
    assert "Colour: **Green**" in chips(page)
    finish(press(page, "Draw"), "products")
    assert made(page)[0].attributes == {"colour": "Green"}


def test_sliders_ask_for_nothing_until_they_are_switched_on(page: AppTest) -> None:
    draw(page, "red shoes")
    assert made(page)[0].attributes == {}
    page.toggle(key="products_draft_use_tone").set_value(True)
    page.toggle(key="products_draft_use_lightness").set_value(True).run()
    page.color_picker(key="products_draft_value_tone").set_value("#d02030")
    page.slider(key="products_draft_value_lightness").set_value(30.0)
    page.slider(key="products_draft_value_fill").set_value(0.7)
    finish(press(page, "Draw"), "products")
    assert made(page)[0].attributes == {"tone": "#d02030", "lightness": 30.0, "fill": 0.7}


def test_steps_guidance_count_and_seed_reach_the_request(page: AppTest) -> None:
    page.slider(key="products_draft_num_steps").set_value(3)
    page.slider(key="products_draft_guidance").set_value(1.5)
    page.number_input(key="products_draft_count").set_value(2)
    page.number_input(key="products_draft_seed").set_value(41)
    draw(page, "red shoes")
    first, second = made(page)
    assert (first.num_steps, first.guidance, first.seed, second.seed) == (3, 1.5, 41, 42)


def test_a_model_described_in_whole_numbers_has_working_sliders(open_page: Open, products: Path) -> None:
    config = json.loads((products / "config.json").read_text())
    config["sampling"]["guidance"] = 2
    for attribute in config["attributes"]:
        attribute |= {name: int(attribute[name]) for name in ("low", "high") if attribute.get(name, 0.5) % 1 == 0}
    (products / "config.json").write_text(json.dumps(config))
    page = open_page("products")
    page.toggle(key="products_draft_use_lightness").set_value(True).run()
    draw(page, "red shoes")
    assert not page.exception
    assert made(page)[0].attributes == {"lightness": 50.0}


def test_other_pictures_come_from_another_seed(page: AppTest) -> None:
    draw(page, "red shoes")
    finish(press(page, "Other pictures"), "products")
    assert made(page)[0].seed == fields(page)["products_draft_seed"] != 0
    assert made(page)[0].prompt == "red shoes"


def test_variation_keeps_the_seed_and_other_pictures_vary_around_it(page: AppTest) -> None:
    page.slider(key="products_draft_variation").set_value(0.3).run()
    draw(page, "red shoes")
    assert {request.seed for request in made(page)} == {0}
    assert [request.variation_seed for request in made(page)] == list(range(8))
    finish(press(page, "Other pictures"), "products")
    assert {request.seed for request in made(page)} == {0}
    assert made(page)[0].variation_seed != 0


def test_the_same_settings_draw_the_same_bytes(page: AppTest) -> None:
    draw(page, "red shoes")
    first = [card.png for card in page.session_state["products_made"].cards]
    draw(page, "red shoes")
    assert [card.png for card in page.session_state["products_made"].cards] == first


def test_everything_drawn_is_in_the_gallery(page: AppTest) -> None:
    draw(page, "red shoes")
    assert [entry.request for entry in open_gallery().search()] == made(page)


def test_a_picture_can_be_kept_and_let_go(page: AppTest) -> None:
    draw(page, "red shoes")
    page.button(key="products_1_keep").click().run()
    assert [entry.request.seed for entry in open_gallery().search(kept_only=True)] == [1]
    assert page.button(key="products_1_keep").label == "No longer keep"
    page.button(key="products_1_keep").click().run()
    assert open_gallery().count(kept_only=True) == 0


def test_one_picture_and_all_pictures_can_be_downloaded(page: AppTest) -> None:
    draw(page, "red shoes")
    keys = [button.key for button in page.download_button]
    assert keys == [f"products_{i}_download" for i in range(8)] + ["products_zip"]


def test_the_settings_of_one_picture_can_be_used_again(page: AppTest) -> None:
    draw(page, "red shoes")
    page.button(key="products_5_again").click().run()
    finish(page, "products")
    assert fields(page)["products_draft_seed"] == 5
    assert fields(page)["products_draft_count"] == 1
    assert len(page.image) == 1


def test_settings_survive_a_visit_to_another_page(page: AppTest) -> None:
    page.slider(key="products_draft_guidance").set_value(3.5)
    page.toggle(key="products_draft_use_lightness").set_value(True).run()
    page.slider(key="products_draft_value_lightness").set_value(20.0)
    draw(page, "red shoes")
    before = fields(page)
    page.switch_page("pages/models.py").run()
    page.switch_page("pages/products.py").run()
    assert fields(page) == before
    assert len(page.image) == 8


@pytest.mark.parametrize("prompt", ["", "   ", "\t\n"])
def test_an_empty_title_is_told_what_to_do(page: AppTest, prompt: str) -> None:
    draw(page, prompt)
    assert "Say what to draw" in messages(page)


def test_a_title_of_ten_thousand_characters_is_refused_with_the_limit(page: AppTest) -> None:
    draw(page, "shoes " * 1700)
    assert "10,200 characters; the limit is 2,000" in messages(page)


@pytest.mark.parametrize(
    "prompt",
    [
        "👟👟👟",
        "حذاء رياضي أحمر",
        "נעליים",
        "鞋",
        "<script>alert(1)</script>",
        "**b** $x$ :smile: ![i](http://x)",
        "\x00\ufffe",
    ],
)
def test_any_other_title_is_drawn(page: AppTest, prompt: str) -> None:
    draw(page, prompt)
    assert not page.error
    assert len(page.image) == 8


def test_a_refused_request_leaves_the_last_pictures_standing(page: AppTest) -> None:
    draw(page, "red shoes")
    draw(page, "")
    assert messages(page)
    assert len(page.image) == 8


def test_words_of_the_user_never_become_markdown(page: AppTest) -> None:
    draw(page, "red shoes ![x](http://example.com/x.png) <b>loud</b>")
    shown = "".join(element.value for element in [*page.caption, *page.markdown])
    assert "![x](" not in shown
    assert "<b>" not in shown.replace("\\<", "")


def test_similar_titles_stand_beside_their_scores(page: AppTest, settings: Settings) -> None:
    tiny_titles(settings.weights_folder / "titles")
    draw(page, "Nike shoes")
    page.slider(key="similar_count").set_value(3).run()
    table = page.dataframe[0].value
    assert list(table.columns) == ["Title", "Likeness"]
    assert len(table) == 3
    assert set(table["Title"]) <= set(TITLES)
    assert table["Likeness"].is_monotonic_decreasing


def test_a_title_without_a_known_word_is_drawn_all_the_same(page: AppTest, settings: Settings) -> None:
    tiny_titles(settings.weights_folder / "titles")
    draw(page, "👟👟")
    assert len(page.image) == 8
    assert not page.error
    assert any("No known title has a word" in caption.value for caption in page.caption)


def test_a_damaged_model_of_titles_is_told_in_its_panel(page: AppTest, settings: Settings) -> None:
    folder = tiny_titles(settings.weights_folder / "titles")
    (folder / "model.safetensors").write_bytes(b"cut")
    draw(page, "Nike shoes")
    assert "model.safetensors" in messages(page)
    assert len(page.image) == 8


def test_a_running_generation_shows_its_steps_and_can_be_cancelled(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.text_input(key="products_draft_prompt").set_value("red shoes")
    with monkeypatch.context() as patch:
        patch.setattr(TextToImage, "generate_many", endless)
        press(page, "Draw")
        assert page.progress[0].text.endswith(" of 10000")
        finish(press(page, "Cancel"), "products")
    assert "Stopped after step" in page.info[0].value
    assert open_gallery().count() == 0
    draw(page, "red shoes")
    assert len(page.image) == 8


def test_drawing_again_replaces_what_is_running(page: AppTest) -> None:
    page.number_input(key="products_draft_count").set_value(64)
    page.slider(key="products_draft_num_steps").set_value(64)
    page.text_input(key="products_draft_prompt").set_value("red shoes")
    press(page, "Draw")
    first = page.session_state["products"]
    page.number_input(key="products_draft_count").set_value(1)
    page.slider(key="products_draft_num_steps").set_value(1)
    draw(page, "blue bag")
    assert [request.prompt for request in made(page)] == ["blue bag"]
    assert first.stopping


def test_two_sessions_share_one_model_and_nothing_else(
    open_page: Open, products: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[object] = []
    load = TextToImage.from_pretrained

    def counted(name: str | Path) -> TextToImage:
        loaded.append(name)
        return load(name)

    monkeypatch.setattr(TextToImage, "from_pretrained", counted)
    first, second = open_page("products"), open_page("products")
    for app, prompt in ((first, "red shoes"), (second, "blue bag")):
        app.text_input(key="products_draft_prompt").set_value(prompt)
        press(app, "Draw")
    finish(first, "products")
    finish(second, "products")
    assert len(loaded) == 1
    assert {request.prompt for request in made(first)} == {"red shoes"}
    assert {request.prompt for request in made(second)} == {"blue bag"}
    assert fields(second.run())["products_draft_prompt"] == "blue bag"


def test_a_missing_model_is_named_and_the_app_goes_on(open_page: Open) -> None:
    app = open_page("products")
    assert "no model “products”" in messages(app)
    assert not app.exception
    assert not app.switch_page("pages/gallery.py").run().error


def test_a_truncated_model_is_named_and_works_once_it_is_mended(open_page: Open, products: Path) -> None:
    weights = products / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:1000])
    app = open_page("products")
    assert "model.safetensors" in messages(app)
    weights.write_bytes(whole)
    assert not draw(app.run(), "red shoes").error
    assert len(app.image) == 8


def test_pictures_are_shown_even_where_the_gallery_cannot_be_written(page: AppTest, settings: Settings) -> None:
    settings.home.rmdir()
    settings.home.write_text("a file where the folder should be")
    draw(page, "red shoes")
    assert len(page.image) == 8
    assert "not in the gallery" in page.warning[0].value
    assert not page.exception


def test_a_gallery_that_breaks_later_is_told_and_the_page_stays(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    draw(page, "red shoes")

    def refuse(*_: object) -> None:
        raise OutputError("The disk is full. Make room.")

    monkeypatch.setattr(Gallery, "keep", refuse)
    page.run()
    page.button(key="products_0_keep").click().run()
    assert "disk is full" in messages(page)
    assert len(page.image) == 8
    assert not page.run().error


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (GenerateRequest("x", model="owner/other"), "for the model “owner/other”, which is not here"),
        (GenerateRequest("x", {"colour": "Mauve"}), "colour cannot be “Mauve”"),
        (GenerateRequest("x", {"sleeve": "long"}), "no attribute “sleeve”"),
        (GenerateRequest("x", {"lightness": 900}), "lightness must lie between"),
    ],
)
def test_brought_settings_that_do_not_fit_the_model_are_refused(
    page: AppTest, request_: GenerateRequest, said: str
) -> None:
    page.session_state[PENDING] = request_
    page.run()
    assert said in messages(page)
    assert fields(page)["products_draft_prompt"] == ""
    assert not draw(page, "red shoes").error


def test_brought_settings_beyond_the_sliders_usual_range_are_taken(page: AppTest) -> None:
    page.session_state[PENDING] = GenerateRequest(
        "x", num_steps=150, guidance=20, count=1, variation=1.0, variation_seed=9
    )
    finish(page.run(), "products")
    assert fields(page)["products_draft_num_steps"] == 150
    assert fields(page)["products_draft_guidance"] == 20
    assert fields(page)["products_draft_variation_seed"] == 9
    assert len(page.image) == 1
