import ast
import subprocess
import sys
from pathlib import Path

from PIL import Image
from streamlit.testing.v1 import AppTest

from t2i_core.settings import Settings
from tests.pages.conftest import Open, fields, follow, press

HEAVY = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({script!r}, default_timeout=60).run()
assert app.title[0].value and not app.exception
print([name for name in ("torch", "scipy", "skimage", "gensim", "sentencepiece") if name in sys.modules])
"""
TITLES = {"home": "Product pictures from a title"}


def test_the_first_page_waits_for_no_heavy_library(repository: Path) -> None:
    script = HEAVY.format(script=str(repository / "app.py"))
    done = subprocess.run([sys.executable, "-c", script], cwd=repository, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_first_page_works_without_any_model(open_page: Open) -> None:
    app = open_page()
    assert not app.exception
    assert not app.error
    assert len(app.image) == 0


def test_the_first_page_shows_the_sheet_of_the_shipped_model(open_page: Open, settings: Settings) -> None:
    folder = settings.weights_folder / "products"
    folder.mkdir()
    Image.new("RGB", (64, 64)).save(folder / "sheet.png")
    assert len(open_page().image) == 1


def test_an_example_is_drawn_on_the_products_page(open_page: Open, products: Path) -> None:
    app = follow(press(open_page(), "Nike Men Red"), "products")
    assert fields(app)["products_draft_prompt"] == "Nike Men Red Running Shoes"
    assert len(app.image) == 8


def test_every_page_of_the_menu_opens(open_page: Open, products: Path) -> None:
    app: AppTest = open_page()
    for name, title in [
        ("products", "Products"),
        ("shoes", "Shoes"),
        ("guitars", "Guitars"),
        ("anime", "Anime faces"),
        ("birds", "Birds"),
        ("variations", "Variations"),
        ("gallery", "Gallery"),
        ("models", "Models"),
    ]:
        app.switch_page(f"pages/{name}.py").run()
        assert not app.exception
        assert app.title[0].value == title


def test_a_visitor_who_comes_to_a_pages_own_address_first_gets_the_whole_app(repository: Path, products: Path) -> None:
    app = AppTest.from_file(repository / "app.py", default_timeout=60).switch_page("pages/products.py").run()
    assert app.title[0].value == "Products"
    assert any("st-key-cell_" in style.value for style in app.get("html"))  # type: ignore[union-attr]


def test_a_page_run_on_its_own_is_drawn_once_and_does_not_loop(repository: Path) -> None:
    app = AppTest.from_file(repository / "pages" / "models.py", default_timeout=60).run()
    assert app.title[0].value == "Models"


def test_the_first_page_links_to_every_page(repository: Path) -> None:
    done = [file for file, *_ in _places(repository)]
    assert sorted([*done, "home"]) == sorted(file.stem for file in (repository / "pages").glob("*.py"))


def _places(repository: Path) -> list[tuple[str, ...]]:
    """PLACES of the home page, without running it."""
    tree = ast.parse((repository / "pages" / "home.py").read_text())
    assigned = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    return list(ast.literal_eval(ast.unparse(assigned["PLACES"]).replace("N_(", "(")))  # N_ marks a text to translate
