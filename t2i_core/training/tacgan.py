"""Trains a TAC-GAN: from parquet files to the folder of a run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from t2i_core.data.domain import Domain, find_files
from t2i_core.data.domains import find_domain
from t2i_core.data.training_set import Examples, load_examples, space_of
from t2i_core.errors import InputError
from t2i_core.generate.sampler import to_tensor
from t2i_core.images import atomic_write
from t2i_core.models.projected import Projected, new_critic
from t2i_core.models.tacgan import Generator, TacGanConfig
from t2i_core.text.attributes import AttributeSpace, Choice
from t2i_core.text.doc2vec import Doc2VecModel
from t2i_core.training.cache import cached, fingerprint
from t2i_core.training.game import Game, GameConfig, Shown
from t2i_core.training.loop import LoopConfig, train
from t2i_core.training.matching_data import encoder_of_wheel
from t2i_core.training.opponent import Opponent
from t2i_core.training.pictures import sheet_requests
from t2i_core.training.recipe import complete, fill_section, only_known, read_kind, section_of
from t2i_core.weights import locate

KIND = "tacgan"  # what its recipes and its runs say they are
TITLES = "titles"  # the model whose vectors stand for texts
WORDINGS = 3  # texts a picture
MEASURED = 256  # training pictures that the scale of features is taken from


@dataclass(frozen=True)
class TacGanRecipe:
    """What `t2i train tacgan-guitars-bce` reads. `network` lacks only what the data decide.

    pictures: how many of the training pictures to learn from; 0 takes all
    """

    name: str
    domain: Domain
    data: tuple[str, ...]
    network: Mapping[str, object]
    game: GameConfig
    loop: LoopConfig
    pictures: int = 0


@dataclass(frozen=True)
class Material:
    """What a run is made of: its pictures and texts, how many classes there are, and the texts of its sheet [P, D]."""

    shown: Shown
    classes: tuple[str, ...]
    prompts: Tensor


def read_tacgan_recipe(source: str | Path, overrides: Sequence[str] = ()) -> TacGanRecipe:
    """A recipe from a file, or by the name of a shipped one, with `section.key=value` overrides.

    Raises InputError for a recipe that is no TAC-GAN's, or holds a key nobody knows.
    """
    content = read_kind(source, overrides, KIND, "a TAC-GAN", TacGanRecipe)
    network = section_of(content, "network")
    only_known("network", network, {field.name for field in fields(TacGanConfig)} - {"classes", "text_dim"})
    with complete():
        domain = find_domain(str(content["domain"]))
        return TacGanRecipe(
            name=str(content["name"]),
            domain=domain,
            data=tuple(content.get("data", domain.files)),
            network={key: tuple(value) if isinstance(value, list) else value for key, value in network.items()},
            game=fill_section(GameConfig, "game", content),
            loop=fill_section(LoopConfig, "loop", content),
            pictures=int(content.get("pictures", 0)),
        )


def train_tacgan(
    recipe: TacGanRecipe, data: Sequence[Path], run: Path, *, cache: Path, resume: bool = False
) -> nn.Module:
    """Trains in the folder `run`; returns the averaged generator. The discriminator stays in the run's checkpoint."""
    material = gather(recipe, data, cache)
    config = network_config(recipe, material)
    torch.manual_seed(recipe.loop.seed)
    generator, critic = Generator(config), new_critic(config, encoder_of_wheel)
    if isinstance(critic, Projected):
        settle(critic, material.shown)
    run.mkdir(parents=True, exist_ok=True)
    told = {"model": KIND, "name": recipe.name, "domain": recipe.domain.name, "network": asdict(config)}
    told |= {"classes": material.classes, "recipe": {"game": asdict(recipe.game), "loop": asdict(recipe.loop)}}
    atomic_write(run / "run.json", json.dumps(told, indent=1).encode())
    opponent = Opponent(critic, pace=recipe.game.pace, betas=recipe.loop.betas)
    game = Game(
        generator,
        opponent,
        material.shown,
        recipe.game,
        batch=recipe.loop.batch,
        seed=recipe.loop.seed,
        prompts=material.prompts,
    )
    return train(game, recipe.loop, run, resume=resume, opponent=opponent)


def network_config(recipe: TacGanRecipe, material: Material) -> TacGanConfig:
    """The recipe's network, completed with what the data decide. Raises InputError where its parts do not fit."""
    try:
        return TacGanConfig(
            classes=len(material.classes),
            text_dim=material.prompts.shape[1],
            **recipe.network,  # type: ignore[arg-type]
        )
    except ValueError as problem:
        raise InputError(f"The recipe's network does not fit together: {problem}.") from problem


@torch.no_grad()
def settle(critic: Projected, shown: Shown) -> None:
    """Measures the scale of what the encoder sees, once, on real pictures."""
    rows = np.linspace(0, len(shown) - 1, min(MEASURED, len(shown))).astype(int)
    parts = [critic.see(to_tensor(shown.images[part])) for part in np.array_split(rows, -(-len(rows) // 32))]
    critic.standardise([torch.cat(same) for same in zip(*parts, strict=True)])


def gather(recipe: TacGanRecipe, data: Sequence[Path], cache: Path) -> Material:
    """Pictures, the vectors of their texts, and their classes."""
    size = int(str(recipe.network.get("image_size", TacGanConfig.image_size)))
    examples = load_examples(recipe.domain, find_files(recipe.data, data), held_out=False, size=size, cache=cache)
    space = space_of(examples)
    chosen = np.random.default_rng(recipe.loop.seed).permutation(len(examples))[: recipe.pictures or None]
    examples = examples.taken(sorted(chosen.tolist()))
    titles = Doc2VecModel.from_folder(locate(TITLES))
    texts, _ = sheet_requests(recipe.domain, space, examples.items)
    return Material(
        shown=Shown(np.asarray(examples.images), _vectors(titles, examples, cache), labels_of(examples, space)),
        classes=_choice(space, recipe.domain.judged[0]).values,
        prompts=torch.from_numpy(titles.vectors(texts)),
    )


def _vectors(titles: Doc2VecModel, examples: Examples, cache: Path) -> "np.ndarray[Any, np.dtype[np.float32]]":
    """[N, WORDINGS, D]: the vectors of every picture's texts; computed once, because each takes milliseconds."""
    said = [text for row in examples.wordings() for text in row[:WORDINGS]]
    each, place = np.unique(said, return_inverse=True)
    key = fingerprint(repr(titles.options), titles.answers.outputs, "\n".join(each))
    stored = cached(
        cache / f"vectors-{key}.safetensors", lambda: {"vectors": torch.from_numpy(titles.vectors(each.tolist()))}
    )
    vectors = stored["vectors"].numpy()[place]
    return np.asarray(vectors.reshape(len(examples), WORDINGS, -1), np.float32)


def labels_of(examples: Examples, space: AttributeSpace) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """[N, K] the number of each judged label, from 1; 0 where it is none of those the space offers."""
    columns = []
    for name in examples.domain.judged:
        numbers = {value: number for number, value in enumerate(_choice(space, name).values, 1)}
        columns.append([numbers.get(item.labels.get(name, ""), 0) for item in examples.items])
    return np.array(columns, np.int64).T


def _choice(space: AttributeSpace, name: str) -> Choice:
    choice = space.get(name)
    assert isinstance(choice, Choice)
    return choice
