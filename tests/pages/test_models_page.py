from pathlib import Path

from PIL import Image

from t2i_core.settings import Settings
from tests.pages.conftest import Open, messages


def test_a_model_is_shown_with_its_size_and_where_it_came_from(open_page: Open, products: Path) -> None:
    app = open_page("models")
    said = " ".join(element.value for element in app.markdown)
    assert app.subheader[0].value == "products"
    assert "patchflow" in said
    assert "0.7 MB" in said
    assert "shipped with the studio" in said


def test_the_model_card_is_shown_without_the_hubs_header(open_page: Open, products: Path) -> None:
    (products / "README.md").write_text("---\nlicense: mit\n---\n# Card\n\n![sheet](sheet.png)\n\nKnows <b>shoes</b>.")
    Image.new("RGB", (64, 64)).save(products / "sheet.png")
    app = open_page("models")
    card = next(element.value for element in app.markdown if "# Card" in element.value)
    assert card == "# Card\n\n\n\nKnows <b>shoes</b>."
    assert not any(element.proto.allow_html for element in app.markdown)
    assert len(app.image) == 1


def test_no_models_at_all_is_said(open_page: Open, settings: Settings) -> None:
    app = open_page("models")
    assert "There are no models in" in app.info[0].value


def test_one_damaged_model_does_not_hide_the_others(open_page: Open, products: Path, settings: Settings) -> None:
    broken = settings.weights_folder / "broken"
    broken.mkdir()
    (broken / "config.json").write_text("{")
    (products / "model.safetensors").write_bytes(b"cut")
    app = open_page("models")
    assert "config.json is damaged" in messages(app)
    assert [heading.value for heading in app.subheader] == ["products"]
    assert any("missing or damaged" in element.value for element in app.markdown)
