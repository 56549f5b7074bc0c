"""Distils a patchflow into its instant generator: first the flow's own pictures are learned by heart, from the noise
that they came of; then a game against a discriminator that sees real pictures takes the blur off new ones."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn

from t2i_core.data.domain import Domain, find_files
from t2i_core.data.domains import find_domain
from t2i_core.data.training_set import Examples, load_examples
from t2i_core.errors import InputError, WeightsError
from t2i_core.generate.instant import FILE, KEY
from t2i_core.generate.loading import Sampling, load_model
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.sampler import seeded_noise
from t2i_core.images import atomic_write
from t2i_core.models.conditioning import Condition
from t2i_core.models.instant import Instant, correction_in
from t2i_core.models.projected import Projected, new_critic
from t2i_core.models.tacgan import TacGanConfig
from t2i_core.training.cache import cached, fingerprint
from t2i_core.training.checkpoint import averaged, progress_of
from t2i_core.training.facing import face_one_way
from t2i_core.training.flow import Arrays, FlowConfig, FlowTask, arrays_of, conditions_of
from t2i_core.training.game import GameConfig, Shown
from t2i_core.training.instant_game import DistilConfig, InstantGame, Pairs
from t2i_core.training.loop import LoopConfig, train
from t2i_core.training.matching_data import encoder_of_wheel
from t2i_core.training.opponent import Opponent
from t2i_core.training.pictures import sheet_requests
from t2i_core.training.recipe import fill_section, only_known, read_toml, section_of
from t2i_core.training.tacgan import labels_of, settle
from t2i_core.weights import amend_folder, locate, read_folder

KIND = "instant"  # what its recipes and its runs say they are
WORDINGS = 3  # requests a picture, each with another part of what is known of it
FIRST_SEED = 2_000_000_000  # of the pairs: seeds that nobody draws with while judging
AT_ONCE = 16


@dataclass(frozen=True)
class InstantRecipe:
    """What `t2i train instant-guitars` reads. flow: the model that is distilled; critic: of the discriminator."""

    name: str
    flow: str
    data: tuple[str, ...]
    distil: DistilConfig
    critic: Mapping[str, object]
    game: GameConfig
    loop: LoopConfig


def read_instant_recipe(source: str | Path, overrides: Sequence[str] = ()) -> InstantRecipe:
    """A recipe from a file, or by the name of a shipped one, with `section.key=value` overrides."""
    content: dict[str, Any] = read_toml(source, overrides)
    only_known("recipe", content, {"model", *(field.name for field in fields(InstantRecipe))})
    critic = section_of(content, "critic") if "critic" in content else {}
    only_known("critic", critic, {field.name for field in fields(TacGanConfig)} - {"classes", "text_dim"})
    try:
        return InstantRecipe(
            name=str(content["name"]),
            flow=str(content["flow"]),
            data=tuple(content.get("data", ())),
            distil=fill_section(DistilConfig, "distil", content),
            critic={key: tuple(value) if isinstance(value, list) else value for key, value in critic.items()},
            game=fill_section(GameConfig, "game", content),
            loop=fill_section(LoopConfig, "loop", content),
        )
    except KeyError as problem:
        raise InputError(f"The recipe lacks {problem}.") from problem


def train_instant(
    recipe: InstantRecipe, data: Sequence[Path], run: Path, *, cache: Path, resume: bool = False
) -> nn.Module:
    """Trains in the folder `run`; returns the averaged generator. The discriminator stays in the run's checkpoint."""
    pipe = TextToImage.from_pretrained(recipe.flow).unrefined()
    domain, learned = find_domain(pipe.domain), flow_config(pipe)
    files = find_files(recipe.data or domain.files, data)
    examples = load_examples(domain, files, held_out=False, size=pipe.image_size, cache=cache)
    arrays = arrays_of(examples, pipe.space, _reader(pipe))
    if learned.facing:
        arrays = replace(arrays, images=face_one_way(arrays.images, cache))
    said = requests_of(pipe, arrays, learned, recipe.loop.seed)
    labels = labels_of(examples, pipe.space)
    config = critic_config(recipe, pipe, domain)
    shown = Shown(arrays.images, said.numpy(), labels)
    torch.manual_seed(recipe.loop.seed)
    critic = new_critic(config, encoder_of_wheel)
    if isinstance(critic, Projected):
        settle(critic, shown)
    whole = load_model(read_folder(locate(recipe.flow)))  # as exact as it is shipped, whatever this machine draws in
    model = Instant(whole.network, recipe.distil.rank)
    run.mkdir(parents=True, exist_ok=True)
    told: dict[str, object] = {"model": KIND, "name": recipe.name, "domain": domain.name, "flow": pipe.config["name"]}
    told |= {"recipe": {part: asdict(getattr(recipe, part)) for part in ("distil", "game", "loop")}}
    atomic_write(run / "run.json", json.dumps(told, indent=1).encode())
    game = InstantGame(
        model,
        Opponent(critic, pace=recipe.game.pace, betas=recipe.loop.betas),
        shown,
        replace(recipe.game, mirror=learned.mirror),
        batch=recipe.loop.batch,
        seed=recipe.loop.seed,
        prompts=prompts_of(pipe, domain, examples),
        pairs=pairs_of(pipe, said, recipe, cache),
        distil=recipe.distil,
        white=recipe.distil.white,
    )
    return train(game, recipe.loop, run, resume=resume, opponent=game.opponent)


def flow_config(pipe: TextToImage) -> FlowConfig:
    """How the flow itself was shown its pictures, as far as its config.json tells."""
    told = pipe.config.get("recipe", {})
    stored = told.get("flow", {}) if isinstance(told, dict) else {}
    known = {field.name for field in fields(FlowConfig)}
    return FlowConfig(**{name: value for name, value in stored.items() if name in known})


def critic_config(recipe: InstantRecipe, pipe: TextToImage, domain: Domain) -> TacGanConfig:
    """The discriminator that fits the flow. Raises InputError where the recipe's parts do not fit together."""
    try:
        return TacGanConfig(
            classes=len(pipe.space.get(domain.judged[0]).values),  # type: ignore[union-attr]
            text_dim=pipe.network.config.cond_dim,
            image_size=pipe.image_size,
            **recipe.critic,  # type: ignore[arg-type]
        )
    except ValueError as problem:
        raise InputError(f"The recipe's critic does not fit: {problem}.") from problem


@torch.no_grad()
def requests_of(pipe: TextToImage, arrays: Arrays, learned: FlowConfig, seed: int) -> Tensor:
    """What every picture may be asked for by, in WORDINGS ways: [N, WORDINGS, D]."""
    nothing = Condition(*(torch.zeros(0),) * 4)
    asks = replace(learned, drop_all=0.0, perceptual=0.0)
    task = FlowTask(pipe.network, arrays, asks, batch=AT_ONCE, seed=seed, prompts=nothing)
    random, rows = torch.Generator().manual_seed(seed), np.arange(len(arrays))
    ways = [
        torch.cat([_said(pipe, task.condition(part, random)) for part in np.array_split(rows, -(-len(rows) // 256))])
        for _ in range(WORDINGS)
    ]
    return torch.stack(ways, dim=1)


def _said(pipe: TextToImage, condition: Condition) -> Tensor:
    return pipe.network.condition.said(condition.to(pipe.device)).cpu()


@torch.no_grad()
def prompts_of(pipe: TextToImage, domain: Domain, examples: Examples) -> Tensor:
    """The requests of a run's sheet, [P, D]: those of the flow's own."""
    texts, asked = sheet_requests(domain, pipe.space, examples.items)
    return _said(pipe, conditions_of(texts, asked, pipe.space, _reader(pipe)))


def pairs_of(pipe: TextToImage, said: Tensor, recipe: InstantRecipe, cache: Path) -> Pairs:
    """The flow's pictures of requests of training examples; drawn once, which takes minutes."""
    distil = recipe.distil
    rows = np.random.default_rng(recipe.loop.seed).permutation(len(said))[np.arange(distil.pairs) % len(said)]
    asked = said[rows.tolist(), torch.arange(distil.pairs) % said.shape[1]]  # [N, D]
    seeds = range(FIRST_SEED, FIRST_SEED + distil.pairs)
    sampling = replace(pipe.sampling, num_steps=distil.steps)
    weights = read_folder(locate(recipe.flow)).config["files"]
    key = fingerprint(json.dumps(weights, sort_keys=True), repr(sampling), asked.numpy())
    stored = cached(cache / f"pairs-{key}.safetensors", lambda: {"images": _drawn(pipe, asked, seeds, sampling)})
    return Pairs(stored["images"], asked, seeds)


def _drawn(pipe: TextToImage, asked: Tensor, seeds: Sequence[int], sampling: Sampling) -> Tensor:
    parts = []
    for start in range(0, len(seeds), AT_ONCE):
        few = slice(start, start + AT_ONCE)
        noise = torch.stack([seeded_noise(seed, pipe.noise_size) for seed in seeds[few]])
        pictures = pipe.draw(asked[few].to(pipe.device), noise, sampling)
        parts += [torch.from_numpy(np.array(picture)).permute(2, 0, 1) for picture in pictures]
    return torch.stack(parts)


def _reader(pipe: TextToImage) -> Any:  # noqa: ANN401
    length = pipe.network.config.max_pieces
    return lambda texts: np.stack([pipe.tokenizer.ids(text, length) for text in texts])


def export_instant(run: Path, out: Path) -> Path:
    """Puts a run's averaged correction into the folder of the flow it corrects, whose one-step pictures it draws.

    Raises WeightsError where the run has no checkpoint, or the folder's network is another.
    """
    found, tensors = averaged(run)
    told = json.loads((run / "run.json").read_text())
    folder = read_folder(out)
    if folder.config.get("name") != told["flow"]:
        raise WeightsError(f"{out} does not hold “{told['flow']}”, which this run has distilled.")
    distil = told["recipe"]["distil"]
    trained = progress_of(found)
    about = {"rank": distil["rank"], "white": distil.get("white", 256), "trained": trained}
    amend_folder(out, out, {KEY: about}, {FILE: save(correction_in(tensors))})
    return out
