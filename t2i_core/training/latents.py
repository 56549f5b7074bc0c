"""Candidates for latent directions: fitted to pictures that the model draws for its most typical requests."""

from dataclasses import dataclass, replace
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

from t2i_core.generate.directions import CONDITION, NOISE
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.text.attributes import AttributeSpace
from t2i_core.training.looks import LEAST_SPREAD, Array

WAVES = 4  # along each side: on products 3 and 4 foretold pictures best, 8 worse for nearly every measure
STEPS = 8  # what a picture looks like is settled by then
KINDS = 16  # of requests
PROMISING = 0.25  # correlation of a regression with pictures it did not see, to be judged at all
STYLES = 3  # unnamed directions of the noise and of the condition to be judged
PENALTIES = (30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0)


@dataclass(frozen=True)
class Sample:
    """Pictures of several kinds of request. waves: [N, 3 k²]; looks: [N, L]; small: [N, D] pixels; kinds: [N]."""

    waves: Array
    looks: Array
    small: Array
    kinds: NDArray[np.int64]

    @property
    def means(self) -> Array:
        """What each kind of request looks like on average, [kinds, L]."""
        return np.stack([self.looks[self.kinds == kind].mean(0) for kind in np.unique(self.kinds)])

    def within(self, values: Array) -> Array:
        """The values less the mean of their kind, so that nothing is learned of what was asked for."""
        return np.concatenate([v - v.mean(0) for v in (values[self.kinds == kind] for kind in np.unique(self.kinds))])


@dataclass(frozen=True)
class Candidate:
    """A direction to be judged. look: what it should move, by its place among LOOKS; None for a style."""

    kind: str
    vector: torch.Tensor
    look: int | None = None


def typical_requests(space: AttributeSpace) -> list[GenerateRequest]:
    """Up to 16 kinds of request: the commonest values of the first choice, half of them with one of the second.

    A model without choices has one kind, which asks for its defaults.
    """
    asked: list[dict[str, str]] = []
    for place in range(KINDS):
        said = space.choices[: 1 if place < KINDS // 2 else 2]
        asked.append({choice.name: choice.values[place % (KINDS // 2) % len(choice.values)] for choice in said})
    distinct = [one for place, one in enumerate(asked) if one not in asked[:place]]
    return [GenerateRequest("" if one else "picture", one, num_steps=STEPS) for one in distinct]


def noise_candidates(sample: Sample) -> list[Candidate]:
    """Orthonormal directions of the noise: the best foretold look first, then what else changes the pictures most."""
    waves, looks = sample.within(sample.waves), sample.within(sample.looks)
    spread = looks.std(0)
    fits = [(look, *fit(waves, looks[:, look] / spread[look])) for look in np.flatnonzero(spread > LEAST_SPREAD)]
    named = sorted((one for one in fits if one[1] >= PROMISING), key=lambda one: -one[1])
    axes = np.zeros((0, waves.shape[1]))
    for _, _, weights in named:
        apart = weights - axes.T @ (axes @ weights)
        axes = np.concatenate([axes, apart[None] / np.linalg.norm(apart)])
    left = np.eye(waves.shape[1]) - axes.T @ axes
    moved = left @ ridge(waves, sample.within(sample.small), PENALTIES[2])  # [3 k², D]
    styles = np.linalg.svd(moved, full_matrices=False)[0].T[:STYLES]
    places = [*(int(look) for look, _, _ in named), *[None] * len(styles)]
    shape = (3, WAVES, WAVES)
    return [
        Candidate(NOISE, torch.from_numpy(axis.reshape(shape)).float(), look)
        for axis, look in zip([*axes, *styles], places, strict=True)
    ]


def fit(inputs: Array, target: Array, folds: int = 5) -> tuple[float, Array]:
    """A ridge regression without intercept: its correlation with what it did not see, and its weights.

    The penalty is the one that foretells best.
    """
    fold = np.random.default_rng(0).permutation(len(inputs)) % folds
    scores = {}
    for penalty in PENALTIES:
        foretold = np.zeros(len(inputs))
        for out in (fold == place for place in range(folds)):
            foretold[out] = inputs[out] @ ridge(inputs[~out], target[~out], penalty)
        scores[penalty] = float(np.corrcoef(foretold, target)[0, 1])
    best = max(scores, key=scores.__getitem__)
    return scores[best], ridge(inputs, target, best)


def ridge(inputs: Array, targets: Array, penalty: float) -> Array:
    """Weights of the regression of [N] or [N, D] targets on [N, P] inputs."""
    squared = inputs.T @ inputs + penalty * np.eye(inputs.shape[1])
    return np.asarray(np.linalg.solve(squared, inputs.T @ targets), np.float64)


def condition_candidates(pipe: TextToImage, count: int = 256) -> list[Candidate]:
    """The principal components of what a mix of requests asks for, each one standard deviation long.

    What they say of their first choice is left out where a model has others: on products, the components with it turned
    dresses into shoes, and mixing two values of a choice does that better.
    """
    random = Random(0)
    mix = [_random_request(pipe.space, random) for _ in range(count)]
    said: Array = pipe.embed(mix).double().cpu().numpy()  # [count, cond_dim]
    if len(pipe.space.choices) > 1:
        said = said - pipe.embed([_first_alone(request) for request in mix]).double().cpu().numpy()
    _, sizes, axes = np.linalg.svd(said - said.mean(0), full_matrices=False)
    vectors = (sizes / count**0.5)[:STYLES, None] * axes[:STYLES]
    return [Candidate(CONDITION, torch.from_numpy(vector).float()) for vector in vectors]


def _first_alone(request: GenerateRequest) -> GenerateRequest:
    return replace(request, attributes=dict([*request.attributes.items()][:1]))


def _random_request(space: AttributeSpace, random: Random) -> GenerateRequest:
    """Some value of the first choice, and of most others; the commonest values most often."""
    said = {}
    for place, choice in enumerate(space.choices):
        if place == 0 or random.random() < 0.7:
            likely = [1 / (rank + 1) for rank in range(len(choice.values))]
            said[choice.name] = random.choices(choice.values, likely)[0]
    return GenerateRequest("" if said else "picture", said)
