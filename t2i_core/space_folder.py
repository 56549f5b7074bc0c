"""A folder that is a Hugging Face Space: the code, pinned requirements, the card that the Hub reads, the weights."""

import re
import shutil
from pathlib import Path

import t2i_core
from t2i_core.errors import InputError
from t2i_core.images import atomic_write
from t2i_core.settings import get_settings
from t2i_core.weights import REPOSITORY, list_models, locate

ROOT = Path(t2i_core.__file__).parents[1]
PYTHON = "3.12"
CODE = (".py", ".toml", ".png", ".csv")
PINS = ("requirements.txt", "requirements-space.txt")
SYSTEM = ("libgl1", "libglib2.0-0", "tesseract-ocr", "tesseract-ocr-kor", "tesseract-ocr-rus")  # for reading pictures
START = "start.py"
BY_DEFAULT = "Product picture studio"


def write_space(out: Path, *, title: str = BY_DEFAULT, hub: str | None = None) -> Path:
    """Writes the folder and gives it.

    hub: a Hub repository with one folder a model, which the Space loads from; without it the weights are copied
    Raises InputError for a folder that holds something, a repository that is no name, or a title of several lines.
    """
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out} is not empty. Name a new folder.")
    if hub is not None and not REPOSITORY.fullmatch(hub):
        raise InputError(f"“{hub[:80]}” is not a Hub repository. Write it as owner/name.")
    if not title.strip() or not title.isprintable():
        raise InputError("The title is one line of text.")
    _copy_code(out)
    atomic_write(out / "README.md", card(title, hub).encode())
    atomic_write(out / "requirements.txt", requirements().encode())
    atomic_write(out / "packages.txt", "".join(f"{name}\n" for name in SYSTEM).encode())
    if hub:
        atomic_write(out / START, _start(hub).encode())
    else:
        _copy_weights(out / "weights")
    return out


def card(title: str, hub: str | None) -> str:
    """The Space's README: what the Hub reads of it, and a word for visitors."""
    preload = f"preload_from_hub:\n- {hub}\n" if hub else ""
    return f"""---
title: {_quoted(title)}
emoji: 👟
colorFrom: green
colorTo: gray
sdk: gradio
sdk_version: {_pinned("gradio")}
python_version: "{PYTHON}"
app_file: {START if hub else "space.py"}
short_description: Draw product pictures, check them, try garments on
{preload}tags:
- mcp-server
---

# {title}

Draw pictures of products from their titles, hold pictures to a marketplace's rules, and try garments on. Programs call
the same functions: see *Use via API* at the foot of the app, where MCP clients find their address too.
"""


def requirements() -> str:
    """What the Space installs: the pins of the repository, without comments and nested files."""
    lines = [line.partition(" #")[0].strip() for name in PINS for line in (ROOT / name).read_text().splitlines()]
    return "".join(f"{line}\n" for line in lines if line and not line.startswith(("#", "-r")))


def _pinned(package: str) -> str:
    found = re.search(rf"^{package}==(\S+)$", requirements(), re.MULTILINE)
    if found is None:
        raise InputError(f"{PINS[-1]} does not pin {package}.")
    return found[1]


def _quoted(text: str) -> str:
    """A text as YAML takes it whatever it holds."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _start(hub: str) -> str:
    return f'''"""Where the models are, and the app."""

import os

os.environ.setdefault("T2I_HUB_REPO", "{hub}")

import space

space.main()
'''


def _copy_code(out: Path) -> None:
    """The package and its entry; nothing else that lies about in a checkout."""
    if not (ROOT / "space.py").is_file():
        raise InputError("The Space's files are not here: they come with the repository, not with the package alone.")
    package = ROOT / "t2i_core"
    for file in [ROOT / "space.py", *(path for path in package.rglob("*") if path.suffix in CODE and path.is_file())]:
        place = out / file.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)


def _copy_weights(out: Path) -> None:
    names = list_models()
    if not names:
        raise InputError(f"There are no models in {get_settings().weights_folder}. Give --hub OWNER/NAME instead.")
    for name in names:
        shutil.copytree(locate(name), out / name)
