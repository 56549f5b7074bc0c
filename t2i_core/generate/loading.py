"""From a verified model folder to the parts a pipeline draws with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch

from t2i_core.errors import WeightsError
from t2i_core.generate.directions import Directions
from t2i_core.generate.instant import OneStep, load_instant
from t2i_core.generate.refine import base_of, check_chain, load_refiners
from t2i_core.models.patchflow import PatchFlow, PatchFlowConfig
from t2i_core.models.refiner import Refiner
from t2i_core.text.attributes import AttributeSpace
from t2i_core.text.tokenizer import Tokenizer
from t2i_core.weights import ModelFolder

T = TypeVar("T")


@dataclass(frozen=True)
class Sampling:
    """How pictures are drawn: Euler steps, and how strongly they follow what is asked (1 = as learned).

    white: pixels at least this bright become pure white; 256 leaves all as they are
    """

    num_steps: int = 16
    guidance: float = 2.0
    shift: float = 1.0  # above 1: more of the steps near the noise
    white: int = 256


@dataclass(frozen=True)
class Model:
    """A network and what is needed to ask it for something.

    words: what its training texts are made of, in the normal form of `words_of`; None where that is not known
    refiners: the later stages, each of which doubles the size
    instant: the network that draws in one step, where the flow was distilled into one
    directions: what may be moved besides what is asked for; most models know none
    config: its config.json
    """

    network: PatchFlow
    tokenizer: Tokenizer
    space: AttributeSpace
    brands: tuple[str, ...] = ()
    words: frozenset[str] | None = None
    sampling: Sampling = Sampling()
    refiners: tuple[Refiner, ...] = ()
    instant: OneStep | None = None
    directions: Directions = field(default_factory=Directions)
    config: Mapping[str, object] = field(default_factory=dict)


def load_model(folder: ModelFolder) -> Model:
    """The model a folder describes. Raises WeightsError where its parts do not fit together."""
    config = folder.config
    if config.get("model") != "patchflow":
        raise WeightsError(f"{folder.path.name} is a {config.get('model')} model; only patchflow models draw pictures.")
    try:
        network = _network(folder)
        model = Model(
            network=network,
            tokenizer=Tokenizer(folder.files["tokenizer.model"]),
            space=AttributeSpace.from_json(_part(config, "attributes", list)),
            brands=tuple(map(str, _part(config, "brands", list))) if "brands" in config else (),
            words=frozenset(map(str, _part(config, "words", list))) if "words" in config else None,
            sampling=Sampling(**_part(config, "sampling", dict)) if "sampling" in config else Sampling(),
            directions=Directions.from_folder(
                config, folder.files, cond_dim=network.config.cond_dim, image_size=network.config.image_size
            ),
            refiners=load_refiners(folder),
            instant=load_instant(folder, network),
            config=config,
        )
        _check_fit(model)
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError, ArithmeticError) as problem:
        raise WeightsError(
            f"The files in {folder.path} do not belong together or come from another version "
            f"({_first_line(problem)}). Download the model's folder again."
        ) from problem
    return model


def _network(folder: ModelFolder) -> PatchFlow:
    """The network, built without memory of its own (meta): the folder's tensors are all it holds."""
    stored: dict[str, Any] = _part(folder.config, "network", dict)
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
    }
    with torch.device("meta"):
        network = PatchFlow(PatchFlowConfig(**fields))
    network.load_state_dict({name: tensor.float() for name, tensor in base_of(folder).items()}, assign=True)
    return network.eval().requires_grad_(False)


def _check_fit(model: Model) -> None:
    network, sizes = model.network.config, tuple(len(choice.values) for choice in model.space.choices)
    if (network.choices, network.numbers) != (sizes, model.space.width):
        raise ValueError(f"the network knows {network.choices} choices, config.json {sizes}")
    if network.text_vectors:
        raise ValueError("the network reads title vectors, which a pipeline does not make")
    check_chain(network.image_size, [refiner.config for refiner in model.refiners])
    if model.tokenizer.vocab_size > network.vocab_size:
        raise ValueError(f"the tokenizer has {model.tokenizer.vocab_size} pieces, the network {network.vocab_size}")


def _part(config: Mapping[str, object], name: str, kind: type[T]) -> T:
    part = config[name]
    if not isinstance(part, kind):
        raise TypeError(f"{name} in config.json should be a {kind.__name__}")
    return part


def _first_line(problem: Exception) -> str:
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    return " ".join(lines[:2])[:300] or type(problem).__name__
