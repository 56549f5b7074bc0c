"""Pictures as files to take away."""

import io
import re
import zipfile
from collections.abc import Iterable

from t2i_core.generate.request import GenerateRequest

EARLIEST = (1980, 1, 1, 0, 0, 0)  # ZIP's first date: the same pictures give the same archive


def file_name(request: GenerateRequest, picture: str) -> str:
    """A name a person recognises: the prompt's words, the seed, the start of the picture's id."""
    words = re.sub(r"[\W_]+", "-", request.prompt.casefold()).strip("-")[:48].strip("-") or "picture"
    return f"{words}-{request.seed}-{picture[:6]}.png"


def zip_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP archive of named files, stored as they are: PNG is compressed already."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, EARLIEST), data)
    return buffer.getvalue()
