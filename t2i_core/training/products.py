"""Trains the products model: from parquet files to a run folder, and from a run to a model folder."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from t2i_core.data.training_set import Examples, load_examples, space_of, wordings
from t2i_core.errors import DataError, InputError, WeightsError
from t2i_core.images import atomic_write
from t2i_core.models.conditioning import Condition
from t2i_core.models.patchflow import PatchFlow, PatchFlowConfig
from t2i_core.text.attributes import AttributeSpace, Value
from t2i_core.text.brands import find_brands
from t2i_core.text.doc2vec import Doc2VecModel
from t2i_core.text.tokenizer import Tokenizer, train_tokenizer
from t2i_core.training.checkpoint import find_checkpoint
from t2i_core.training.flow import FlowTask, ReadTexts, arrays_of, conditions_of
from t2i_core.training.loop import LoopConfig, train
from t2i_core.training.recipe import Recipe
from t2i_core.weights import locate, read_folder, write_folder

SHEET_COLOURS = ("Black", "White", "Blue", "Red", "Green", "Pink", "Brown", "Yellow")


@dataclass(frozen=True)
class Prepared:
    """What a run needs besides the network: data, and what was learned from it about words and labels."""

    examples: Examples
    space: AttributeSpace
    tokenizer: Tokenizer
    brands: list[str]
    read: ReadTexts


def prepare(recipe: Recipe, data: Sequence[Path], cache: Path) -> Prepared:
    """Training products and their vocabulary. `data` holds files, or folders that hold the recipe's files."""
    examples = load_examples(find_files(recipe, data), held_out=False, size=_image_size(recipe), cache=cache)
    texts = (text for row in wordings(examples.products) for text in row)
    tokenizer = train_tokenizer(texts, recipe.vocab_size)
    read = _reader(recipe, tokenizer)
    return Prepared(examples, space_of(examples), tokenizer, find_brands(p.title for p in examples.products), read)


def find_files(recipe: Recipe, data: Sequence[Path]) -> list[Path]:
    """The parquet files to read. Raises DataError naming what is missing."""
    files = [path / name if path.is_dir() else path for path in data for name in recipe.data]
    unique = list(dict.fromkeys(files))
    if missing := [str(path) for path in unique if not path.is_file()]:
        where = f"Give --data the folder that holds {', '.join(recipe.data)}."
        raise DataError(f"There is no {', no '.join(missing)}. {where}")
    return unique


def network_config(recipe: Recipe, prepared: Prepared) -> PatchFlowConfig:
    """The recipe's network, completed with what the data decide."""
    return PatchFlowConfig(
        choices=tuple(len(c.values) for c in prepared.space.choices),
        numbers=prepared.space.width,
        vocab_size=prepared.tokenizer.vocab_size,
        **recipe.network | _text_shape(recipe, prepared),  # type: ignore[operator]
    )


def train_products(
    recipe: Recipe, data: Sequence[Path], run: Path, *, cache: Path, resume: bool = False, init: str | None = None
) -> nn.Module:
    """Trains in the folder `run`; returns the averaged network. `init` names weights to start from."""
    prepared = prepare(recipe, data, cache)
    config = network_config(recipe, prepared)
    torch.manual_seed(recipe.loop.seed)
    model = PatchFlow(config)
    if init is not None and not (resume and find_checkpoint(run)):
        warm_start(model, init)
    run.mkdir(parents=True, exist_ok=True)
    atomic_write(run / "run.json", json.dumps(describe(recipe, prepared, config), indent=1).encode())
    atomic_write(run / "tokenizer.model", prepared.tokenizer.model)
    task = FlowTask(
        model,
        arrays_of(prepared.examples, prepared.space, prepared.read),
        recipe.flow,
        batch=recipe.loop.batch,
        seed=recipe.loop.seed,
        prompts=sheet_prompts(prepared),
        features=_features(recipe),
    )
    return train(task, recipe.loop, run, resume=resume)


def describe(recipe: Recipe, prepared: Prepared, config: PatchFlowConfig) -> dict[str, object]:
    """What a model folder's config.json says of a run, before its weights exist."""
    return {
        "model": "patchflow",
        "name": recipe.name,
        "network": asdict(config),
        "attributes": prepared.space.to_json(),
        "brands": prepared.brands,
        "sampling": {"num_steps": 16, "guidance": 2.0, "shift": 2.0},
        "recipe": {"flow": asdict(recipe.flow), "loop": asdict(recipe.loop)},
    }


def warm_start(model: PatchFlow, init: str) -> None:
    """Fills a new network with shipped weights. Raises WeightsError where they do not fit."""
    folder = read_folder(locate(init))
    try:
        model.load_state_dict({name: tensor.float() for name, tensor in folder.tensors.items()})
    except RuntimeError as problem:
        reason = str(problem).splitlines()[-1].strip()[:200]
        raise WeightsError(f"The weights “{init}” do not fit this recipe's network: {reason}") from problem


def sheet_prompts(prepared: Prepared) -> Condition:
    """The run's sheet: the commonest categories down, colours across, as a short query would ask for them."""
    categories = prepared.space.choices[0].values[:32]
    asked: list[dict[str, Value]] = []
    for index, category in enumerate(categories):
        for colour in SHEET_COLOURS[index % 2 :: 2]:
            asked.append({"category": category, "colour": colour, "fill": 0.92})
    known = set(prepared.space.choices[1].values)
    asked = [a for a in asked if a["colour"] in known]
    texts = [f"{a['colour']} {a['category']}" for a in asked]
    return conditions_of(texts, asked, prepared.space, prepared.read)


def export(run: Path, out: Path) -> Path:
    """Writes the averaged weights of a run's newest checkpoint as a model folder (fp16), and returns it.

    A card and pictures that already lie in `out` stay: they are written by hand from measured numbers.
    """
    found = find_checkpoint(run)
    if found is None:
        raise WeightsError(f"{run} holds no checkpoint yet. Train first: t2i train RECIPE --out {run}")
    config = json.loads((run / "run.json").read_text())
    config["trained"] = json.loads((found / "progress.json").read_text())
    tensors = {name: tensor.half() for name, tensor in load_file(found / "ema.safetensors").items()}
    extras = {path.name: path.read_bytes() for path in out.glob("*") if path.suffix in {".md", ".png"}}
    extras.setdefault("README.md", f"# {config['name']}\n".encode())
    write_folder(out, config, tensors, extras | {"tokenizer.model": (run / "tokenizer.model").read_bytes()})
    return out


def with_budget(recipe: Recipe, minutes: float | None) -> Recipe:
    """The recipe with another wall-clock budget, if one is given."""
    if minutes is None:
        return recipe
    loop: LoopConfig = replace(recipe.loop, minutes=minutes, steps=None, cpu_minutes=None)
    return replace(recipe, loop=loop)


def _reader(recipe: Recipe, tokenizer: Tokenizer) -> ReadTexts:
    if recipe.text == "pieces":
        length = int(str(recipe.network.get("max_pieces", PatchFlowConfig.max_pieces)))
        return lambda texts: np.stack([tokenizer.ids(text, length) for text in texts])
    if recipe.text == "doc2vec":
        return Doc2VecModel.from_folder(locate("titles")).vectors
    raise InputError(f"text in a recipe is pieces or doc2vec, not “{recipe.text}”.")


def _text_shape(recipe: Recipe, prepared: Prepared) -> dict[str, object]:
    if recipe.text == "pieces":
        return {}
    return {"text_vectors": True, "text_dim": prepared.read(["a title"]).shape[1]}


def _image_size(recipe: Recipe) -> int:
    return int(str(recipe.network.get("image_size", 64)))


def _features(recipe: Recipe) -> nn.Module | None:
    if not recipe.flow.perceptual:
        return None
    from t2i_core.training.perceptual import PerceptualDistance

    return PerceptualDistance()
