import io
import re
import zipfile

import pytest

from t2i_core.generate.request import GenerateRequest
from t2i_core.ui.downloads import file_name, zip_of


def test_a_files_name_holds_the_words_and_the_seed() -> None:
    assert (
        file_name(GenerateRequest("Nike Men Red Shoes", seed=42), "0123456789ab") == "nike-men-red-shoes-42-012345.png"
    )


@pytest.mark.parametrize("prompt", ["../../etc/passwd", "a\\b:c*?", "\u202etxt.exe", "x" * 900, "CON\n\t", "…"])
def test_no_title_makes_a_name_that_a_system_refuses(prompt: str) -> None:
    name = file_name(GenerateRequest(prompt), "0123456789ab")
    assert re.fullmatch(r"[\w-]{1,48}-0-012345\.png", name)


def test_a_picture_without_a_title_is_called_picture() -> None:
    assert file_name(GenerateRequest("", {"colour": "Red"}), "0123456789ab") == "picture-0-012345.png"


def test_the_archive_holds_every_file_and_is_the_same_every_time() -> None:
    files = [("a.png", b"one"), ("حذاء.png", b"two")]
    data = zip_of(files)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert [(name, archive.read(name)) for name in archive.namelist()] == files
    assert zip_of(files) == data
