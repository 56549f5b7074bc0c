"""Hostile words are shown as they were typed, and no page tells a secret, even where it fails."""

from pathlib import Path

import pytest
from PIL import Image

from t2i_core.generate.gallery import open_gallery
from t2i_core.generate.picture import Picture
from t2i_core.generate.request import GenerateRequest
from t2i_core.settings import Settings, get_settings
from tests.pages.conftest import Open

HURTS = '<img src=x onerror="alert(1)"><script>alert(2)</script> [a](javascript:alert(3)) ![b](http://127.0.0.1/c.png)'
TOKEN, WORD = "hf_aVerySecretToken1234567890", "an even more secret word"
PAGES = ("home", "products", "variations", "gallery", "models", "abuse", "tryon", "training")


def test_a_gallery_shows_hostile_words_as_they_were_typed(open_page: Open) -> None:
    request = GenerateRequest(HURTS, model="../../etc")
    open_gallery().add([Picture(Image.new("RGB", (32, 32)), request, 0.0)])
    app = open_page("gallery")
    assert not app.exception
    shown = [element.value for element in (*app.markdown, *app.caption)]
    assert any("onerror" in text for text in shown)
    for text in shown:
        assert "<" not in text.replace("\\<", "")
        assert "](" not in text.replace("\\]", "")
    assert not any(element.proto.allow_html for element in app.markdown)


@pytest.mark.parametrize("page", PAGES)
def test_no_page_shows_a_secret_even_where_it_fails(
    open_page: Open,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    page: str,
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("T2I_ADMIN_TOKEN", WORD)
    get_settings.cache_clear()
    app = open_page(page)
    told = [str(app.main)]

    def broken(self: Settings) -> Path:
        raise RuntimeError(f"a bug that tells everything it knows: {self!r}")

    for name in ("weights_folder", "gallery", "profiles", "jobs", "checks"):
        monkeypatch.setattr(Settings, name, property(broken))
    told += [str(app.run().main), *(f"{one.message} {one.stack_trace}" for one in app.exception)]
    told += [caplog.text, *capfd.readouterr()]
    assert not any(secret in text for text in told for secret in (TOKEN, WORD))
