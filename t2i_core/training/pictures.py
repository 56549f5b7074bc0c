"""Trains a picture model of any domain: from parquet files to a run folder, and from a run to a model folder."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from t2i_core.data.domain import Domain, Item, find_files
from t2i_core.data.training_set import Examples, load_examples, space_of
from t2i_core.errors import InputError, WeightsError
from t2i_core.generate.matcher import Matcher
from t2i_core.generate.refine import KEY, base_of, described, file_of
from t2i_core.generate.sampler import NEARLY_WHITE
from t2i_core.images import atomic_write
from t2i_core.models.conditioning import Condition
from t2i_core.models.damsm import Damsm
from t2i_core.models.patchflow import PatchFlow, PatchFlowConfig
from t2i_core.text.attributes import AttributeSpace, Choice, Value
from t2i_core.text.brands import find_brands
from t2i_core.text.doc2vec import Doc2VecModel
from t2i_core.text.lexicon import words_of
from t2i_core.text.tokenizer import Tokenizer, train_tokenizer
from t2i_core.training.checkpoint import averaged, find_checkpoint, progress_of
from t2i_core.training.facing import face_one_way
from t2i_core.training.flow import FlowTask, ReadTexts, arrays_of, conditions_of
from t2i_core.training.loop import train
from t2i_core.training.recipe import Recipe, built
from t2i_core.weights import CONFIG, SHARES, documents_of, locate, read_folder, write_folder

SHEET_ROWS, SHEET_COLUMNS = 12, 8
TRUNK = ("backbone.", "condition.time", "condition.mix.")  # the parts of a network that know no domain
KNOWN_WORDS = 2  # how often a word must stand in the training texts to count as read


@dataclass(frozen=True)
class Prepared:
    """What a run needs besides the network: data, and what was learned from it about words and labels."""

    examples: Examples
    space: AttributeSpace
    tokenizer: Tokenizer
    brands: list[str]
    words: list[str]
    read: ReadTexts


@dataclass(frozen=True)
class Kept:
    """What a run takes over from an earlier one, because weights mean nothing with other words or labels."""

    tokenizer: Tokenizer | None = None
    space: AttributeSpace | None = None

    @classmethod
    def of(cls, config: Mapping[str, Any], tokenizer: bytes) -> "Kept":
        return cls(Tokenizer(tokenizer), AttributeSpace.from_json(config["attributes"]))


def prepare(recipe: Recipe, data: Sequence[Path], cache: Path, kept: Kept | None = None) -> Prepared:
    """Training items and their vocabulary. `data` holds files, or folders that hold the recipe's files."""
    kept = kept or Kept()
    files = find_files(recipe.data, data)
    examples = load_examples(recipe.domain, files, held_out=False, size=_image_size(recipe), cache=cache)
    texts = [text for row in examples.wordings() for text in row]
    tokenizer = kept.tokenizer or train_tokenizer(texts, recipe.vocab_size)
    return Prepared(
        examples=examples,
        space=kept.space or space_of(examples),
        tokenizer=tokenizer,
        brands=find_brands(item.title for item in examples.items) if recipe.domain.name == "products" else [],
        words=known_words(texts),
        read=_reader(recipe, tokenizer),
    )


def known_words(texts: Iterable[str]) -> list[str]:
    """The words that the texts use more than once, in alphabetical order."""
    counts = Counter(word.normal for text in texts for word in words_of(text))
    return sorted(word for word, times in counts.items() if times >= KNOWN_WORDS)


def network_config(recipe: Recipe, prepared: Prepared) -> PatchFlowConfig:
    """The recipe's network, completed with what the data decide."""
    return PatchFlowConfig(
        choices=tuple(len(c.values) for c in prepared.space.choices),
        numbers=prepared.space.width,
        vocab_size=prepared.tokenizer.vocab_size,
        **recipe.network | _text_shape(recipe, prepared),  # type: ignore[operator]
    )


def train_pictures(
    recipe: Recipe, data: Sequence[Path], run: Path, *, cache: Path, resume: bool = False, init: str | None = None
) -> nn.Module:
    """Trains in the folder `run`; returns the averaged network. `init` names weights to start from."""
    prepared = prepare(recipe, data, cache, _kept(recipe, run if resume else None, init))
    config = network_config(recipe, prepared)
    torch.manual_seed(recipe.loop.seed)
    model = built(PatchFlow, config)
    if recipe.trunk is not None:
        take_trunk(model, recipe.trunk)
    if recipe.matcher is not None:
        take_text_encoder(model, recipe.matcher)
    if init is not None:
        warm_start(model, init)
    run.mkdir(parents=True, exist_ok=True)
    atomic_write(run / "run.json", json.dumps(describe(recipe, prepared, config), indent=1).encode())
    atomic_write(run / "tokenizer.model", prepared.tokenizer.model)
    arrays = arrays_of(prepared.examples, prepared.space, prepared.read)
    if recipe.flow.facing:
        arrays = replace(arrays, images=face_one_way(arrays.images, cache))
    task = FlowTask(
        model,
        arrays,
        recipe.flow,
        batch=recipe.loop.batch,
        seed=recipe.loop.seed,
        prompts=sheet_prompts(prepared),
        features=_features(recipe),
        teacher=find_teacher(recipe, prepared.tokenizer),
        shift=recipe.shift,
    )
    return train(task, recipe.loop, run, resume=resume, exam=task.exam if len(task.asked) else None)


def _kept(recipe: Recipe, run: Path | None, init: str | None) -> Kept:
    """From the run that is resumed, else the weights it starts from, else the matcher whose encoder it starts from."""
    if run is not None and find_checkpoint(run):
        return Kept.of(json.loads((run / "run.json").read_text()), (run / "tokenizer.model").read_bytes())
    if init is not None:
        folder = read_folder(locate(init))
        return Kept.of(folder.config, folder.files["tokenizer.model"])
    if recipe.matcher is not None:
        return Kept(Tokenizer(read_folder(locate(recipe.matcher)).files["tokenizer.model"]))
    return Kept()


def describe(recipe: Recipe, prepared: Prepared, config: PatchFlowConfig) -> dict[str, object]:
    """What a model folder's config.json says of a run, before its weights exist."""
    return {
        "model": "patchflow",
        "name": recipe.name,
        "domain": recipe.domain.name,
        "network": asdict(config),
        "attributes": prepared.space.to_json(),
        "matcher": recipe.matcher,
        "brands": prepared.brands,
        "words": prepared.words,
        "sampling": {"num_steps": 16, "guidance": 2.0, "shift": recipe.shift, "white": white_of(recipe.domain)},
        "recipe": {"flow": asdict(recipe.flow), "loop": asdict(recipe.loop)},
    }


def white_of(domain: Domain) -> int:
    """How bright a pixel of the domain's pictures must be to become pure white."""
    return NEARLY_WHITE if domain.on_white else 256


def warm_start(model: PatchFlow, init: str) -> None:
    """Fills a new network with shipped weights. Raises WeightsError where they do not fit."""
    _fill(model, {name: tensor.float() for name, tensor in base_of(read_folder(locate(init))).items()}, init)


def take_text_encoder(model: PatchFlow, matcher: str) -> None:
    """Fills the network's text encoder with that of a DAMSM model. Raises WeightsError where it does not fit."""
    tensors = read_folder(locate(matcher)).tensors
    found = {name: tensor.float() for name, tensor in tensors.items() if name.startswith("text.")}
    _fill(model.condition, {**model.condition.state_dict(), **found}, matcher)


def take_trunk(model: PatchFlow, source: str) -> None:
    """Fills all of the network but what reads words and labels with a model of any domain, which drew other things but
    has learned how pictures come out of noise. Raises WeightsError where it does not fit."""
    tensors = read_folder(locate(source)).tensors
    found = {name: tensor.float() for name, tensor in tensors.items() if name.startswith(TRUNK)}
    _fill(model, {**model.state_dict(), **found}, source)


def _fill(module: nn.Module, tensors: Mapping[str, Tensor], source: str) -> None:
    try:
        module.load_state_dict(tensors)
    except RuntimeError as problem:
        reason = str(problem).splitlines()[-1].strip()[:200]
        raise WeightsError(f"The weights “{source}” do not fit this recipe's network: {reason}") from problem


def sheet_prompts(prepared: Prepared) -> Condition:
    """The run's sheet: the commonest labels down and across, as a short query would ask for them; where a domain has
    no labels for that, titles from the data."""
    texts, asked = sheet_requests(prepared.examples.domain, prepared.space, prepared.examples.items)
    return conditions_of(texts, asked, prepared.space, prepared.read)


def sheet_requests(
    domain: Domain, space: AttributeSpace, items: Sequence[Item]
) -> tuple[list[str], list[dict[str, Value]]]:
    """The texts and attributes of a sheet, row by row."""
    if domain.sheet is None or not set(domain.sheet) <= {choice.name for choice in space.choices}:
        cells = items[:: max(1, len(items) // (SHEET_ROWS * SHEET_COLUMNS))][: SHEET_ROWS * SHEET_COLUMNS]
        return [item.title for item in cells], [{} for _ in cells]
    down, across = (space.get(name) for name in domain.sheet)
    assert isinstance(down, Choice)
    assert isinstance(across, Choice)
    texts, asked = [], []
    for row in down.values[:SHEET_ROWS]:
        for column in across.values[:SHEET_COLUMNS]:
            labels = {down.name: row, across.name: column}
            texts.append(domain.query(labels))
            asked.append({**space.defaults(), **labels})
    return texts, asked


def export(run: Path, out: Path) -> Path:
    """Writes the averaged weights of a run as a model folder (fp16), and returns it.

    A card and pictures that already lie in `out` stay, and so do the later stages of the model there: they refine
    any pictures of its domain. Directions do not: they belong to the old weights.
    """
    found, tensors = averaged(run)
    config = json.loads((run / "run.json").read_text())
    config["trained"] = progress_of(found)
    extras = documents_of(out)
    extras.setdefault("README.md", f"# {config['name']}\n".encode())
    stages, files = _later_stages(out)
    write_folder(
        out, config | stages, tensors, extras | files | {"tokenizer.model": (run / "tokenizer.model").read_bytes()}
    )
    return out


def _later_stages(folder: Path) -> tuple[dict[str, object], dict[str, bytes]]:
    """What config.json and files of a model say of its refiners; nothing where there are none."""
    if not (folder / CONFIG).is_file():
        return {}, {}
    old = read_folder(folder)
    names = [file_of(stage.image_size) for stage in described(old.config)]
    told = {key: old.config[key] for key in (KEY, SHARES) if key in old.config}
    return (told, {name: old.files[name] for name in names if name in old.files}) if names else ({}, {})


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


def find_teacher(recipe: Recipe, tokenizer: Tokenizer) -> Damsm | None:
    """The matcher that a run is told by, where its recipe asks for one. Raises InputError for one that reads texts in
    other pieces than the network."""
    if not recipe.flow.damsm:
        return None
    name = recipe.teacher or recipe.matcher
    if name is None:
        raise InputError('flow.damsm asks for a teacher: name a matcher in the recipe, e.g. teacher = "damsm-birds".')
    teacher = Matcher.from_pretrained(name)
    if recipe.text != "pieces" or teacher.tokenizer.model != tokenizer.model:
        raise InputError(f"{name} reads texts in other pieces than the network: it cannot be its teacher.")
    return teacher.network


def _features(recipe: Recipe) -> nn.Module | None:
    if not recipe.flow.perceptual:
        return None
    from t2i_core.training.perceptual import PerceptualDistance

    return PerceptualDistance()
