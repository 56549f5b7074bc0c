"""The card a model gets on the Hub: what the Hub sorts and shows it by, over the words of its own README.md."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from t2i_core.weights.folders import DOCUMENTS, TENSORS

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

LIBRARY = "t2i"
TASKS = {
    "adgan": "image-to-image",
    "dcgan": "unconditional-image-generation",
    "patchflow": "text-to-image",
    "refiner": "image-to-image",
    "damsm": "zero-shot-image-classification",
    "overlay": "image-classification",
    "realism": "image-classification",
    "pose": "keypoint-detection",
    "parsing": "image-segmentation",
    "doc2vec": "sentence-similarity",
    "lite": "image-feature-extraction",
}
OWN_LICENCE = {"license": "other", "license_name": "not-stated"}
MEASURED = {  # how a card's table calls a number, and how the Hub does
    "Fréchet distance": "frechet-distance",
    "KID x 1000": "kid-x-1000",
    "precision": "precision",
    "recall": "recall",
    "density": "density",
    "coverage": "coverage",
    "R-precision, 1 of 100": "r-precision",
    "right and wrong pairs told apart": "accuracy",
}
CELLS = re.compile(r" {2,}")
NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)(%?)")
PROMPT = re.compile(r'--prompt "([^"\n]{1,300})"')
OF_THE_MODEL = 1  # the first column holds what real pictures, or chance, reach


def card_of(folder: Path, config: Mapping[str, object], place: str) -> str:
    """The card of the model in `folder` as it is published at `place`: Markdown with the Hub's header.

    What the header of the folder's README.md says stands; what it leaves out is filled in from the model.
    """
    from huggingface_hub import ModelCard, ModelCardData

    readme = folder / "README.md"
    own = ModelCard(readme.read_text(encoding="utf-8")) if readme.is_file() else None
    stated = {name: value for name, value in (vars(own.data) if own else {}).items() if value is not None}
    text = own.text.strip() if own and own.text.strip() else body_of(folder, config)
    header = _header(folder, config, text) | ({} if "license" in stated else OWN_LICENCE) | stated
    header["tags"] = list(dict.fromkeys([*_listed(stated.get("tags")), *_tags(config)]))
    header.pop("model-index", None)
    results = list(results_in(text, str(config.get("domain", config["model"]))))
    if results:
        header |= {"model_name": str(config.get("name", folder.name)), "eval_results": results}
    return str(ModelCard(f"---\n{ModelCardData(**header).to_yaml()}\n---\n{text}\n\n{_use(place)}\n"))


def body_of(folder: Path, config: Mapping[str, object]) -> str:
    """The words for a model that came without any: what its files know of it."""
    trained = config.get("trained")
    recipe = config.get("recipe")
    facts = {
        "Kind": config["model"],
        "Draws": config.get("domain"),
        "Weights": f"{(folder / TENSORS).stat().st_size / 1e6:.1f} MB, safetensors",
        "Trained": ", ".join(f"{name} {value}" for name, value in trained.items())
        if isinstance(trained, dict)
        else None,
        "Data": _data_of(recipe) if isinstance(recipe, dict) else None,
    }
    lines = [f"- {name}: {value}" for name, value in facts.items() if value]
    pictures = [f"![Pictures by {folder.name}]({name})" for name in pictures_in(folder)]
    name = str(config.get("name", folder.name))
    return "\n".join([f"# {name}", "", *lines, "- Not measured: `t2i evaluate` does that.", "", *pictures]).strip()


def results_in(text: str, data: str) -> "Iterator[EvalResult]":
    """The numbers in the tables that `t2i evaluate` prints and cards quote."""
    from huggingface_hub import EvalResult

    for line in text.splitlines():
        name, *cells = CELLS.split(line.strip())
        number = NUMBER.match(cells[OF_THE_MODEL]) if name in MEASURED and len(cells) > OF_THE_MODEL else None
        if number:
            yield EvalResult(
                task_type="other",
                dataset_type=data,
                dataset_name=f"held-out {data}",
                metric_type=MEASURED[name],
                metric_name=name,
                metric_value=float(number[1]) / (100 if number[2] else 1),
            )


def pictures_in(folder: Path) -> list[str]:
    """The names of the pictures that lie beside a model."""
    return sorted(file.name for file in folder.iterdir() if file.name.endswith(DOCUMENTS) and file.suffix != ".md")


def _header(folder: Path, config: Mapping[str, object], text: str) -> dict[str, Any]:
    header: dict[str, Any] = {"library_name": LIBRARY}
    if task := TASKS.get(str(config["model"])):
        header["pipeline_tag"] = task
    if names := pictures_in(folder):
        prompt = PROMPT.search(text)
        words = prompt[1] if prompt else str(config.get("name", folder.name))
        header["widget"] = [{"text": words, "output": {"url": name}} for name in names]
    return header


def _tags(config: Mapping[str, object]) -> list[str]:
    return [LIBRARY, *(str(config[key]) for key in ("model", "domain") if config.get(key))]


def _listed(tags: object) -> list[str]:
    return [str(tag) for tag in tags] if isinstance(tags, list) else []


def _data_of(recipe: Mapping[str, object]) -> str | None:
    named = recipe.get("data")
    return ", ".join(map(str, named)) if isinstance(named, list | tuple) and named else None


def _use(place: str) -> str:
    return (
        f"## Get it\nA model of the product picture studio. `t2i pull {place}` fetches it and checks every file; "
        "pages and commands take the same name."
    )
