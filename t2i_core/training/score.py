"""Judges pictures against real ones: how like them they look, and whether they show what was asked for.

A `Judge` is made once from real pictures (minutes, cached) and then scores any number of models (a minute for 1,000
pictures on one thread), which is how short training runs are compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from t2i_core.data.domain import Domain
from t2i_core.data.training_set import Examples
from t2i_core.training import features as lite
from t2i_core.training import probes
from t2i_core.training.cache import cached, fingerprint
from t2i_core.training.features import FrozenLite, Pixels, Vectors, as_images, features
from t2i_core.training.metrics import Floats, Spread, accuracy, colour_differences, frechet_distance, kernel_distance
from t2i_core.training.probes import Probe

Labels = Mapping[str, Sequence[str | None]]  # by attribute, one a picture; None where nothing is asked


class Encoder(Protocol):
    """Turns uint8 pictures [N, 3, H, W] into feature rows [N, D]. `key` changes with anything that moves them."""

    key: str

    def __call__(self, images: Pixels) -> Vectors: ...


class Lite2:
    """The encoder that judges: frozen EfficientNet-Lite2."""

    def __init__(self) -> None:
        self.net = FrozenLite("lite2")
        self.key = f"lite2-{self.net.size}-{lite.VERSION}"

    def __call__(self, images: Pixels) -> Vectors:
        return features(images, self.net)


def some(examples: Examples, count: int, seed: int = 0) -> Examples:
    """`count` of the examples (or all) in an order that depends on the seed alone."""
    return examples.taken(np.random.default_rng(seed).permutation(len(examples))[:count].tolist())


@dataclass(frozen=True)
class Score:
    """Pictures judged.

    accuracy: by attribute, the share of pictures in which the classifier of real pictures sees the asked value
    tone_difference: median CIEDE2000 between the product's tone and the one measured in its picture
    """

    count: int
    frechet: float
    kernel: Spread
    accuracy: dict[str, float]
    tone_difference: float

    def __str__(self) -> str:
        shares = "  ".join(f"{name} {share:.1%}" for name, share in self.accuracy.items())
        return (
            f"{self.count} pictures: FD {self.frechet:.1f}  KID {1000 * self.kernel.mean:.1f}e-3  {shares}  "
            f"tone ΔE00 {self.tone_difference:.1f}"
        )


@dataclass(frozen=True)
class Judge:
    """All that judging needs of real pictures: features of the training pictures, and classifiers trained on them."""

    encoder: Encoder
    training: Vectors
    probes: Mapping[str, Probe]

    def score(self, made: Pixels, asked: Examples) -> Score:
        """Judges `made[i]`, uint8 [N, 3, H, W], drawn for the product `asked[i]`; the real pictures of `asked` are the
        reference of FD and KID. Compare scores of equal counts only."""
        return self.score_rows(self.encoder(made), made, self.encoder(asked.images), asked)

    def score_rows(
        self, rows: Vectors, made: Pixels, real: Vectors, asked: Examples, labels: Labels | None = None
    ) -> Score:
        """The same where the features of both are known. `labels` replace the asked products' own."""
        tones = colour_differences(asked_tones(asked), measured_tones(made, asked.domain))
        return Score(
            count=len(made),
            frechet=frechet_distance(real, rows),
            kernel=kernel_distance(real, rows),
            accuracy=self.accuracies(rows, labels or labels_of(asked)),
            tone_difference=float(np.median(tones)),
        )

    def accuracies(self, rows: Vectors, labels: Labels) -> dict[str, float]:
        """By attribute, the share of feature rows in which its classifier sees the label; none where none is known."""
        return {
            name: accuracy(column, self.probes[name].classify(rows))
            for name, column in self.known(labels).items()
            if any(column)
        }

    def known(self, labels: Labels) -> dict[str, list[str | None]]:
        """The labels without those their classifier has not learned, which cannot count."""
        return {
            name: [label if label in probe.values else None for label in labels[name]]
            for name, probe in self.probes.items()
        }


def make_judge(training: Examples, cache: Path, encoder: Encoder | None = None) -> Judge:
    """A judge from real training pictures; features and classifiers are kept in the folder `cache`."""
    encoder = encoder or Lite2()
    key = fingerprint(encoder.key, training.images)
    stored = cached(cache / f"features-{key}.safetensors", lambda: {"rows": torch.from_numpy(encoder(training.images))})
    rows, labels = stored["rows"].numpy(), labels_of(training)
    return Judge(encoder, rows, {name: _probe(rows, labels[name], cache, name, key) for name in labels})


def asked_tones(examples: Examples) -> Floats:
    """The measured tones of real pictures, which generated ones are asked for. CIELAB [N, 3]."""
    return np.array([seen.tone for seen in examples.measured])


def measured_tones(images: Pixels, domain: Domain) -> Floats:
    """The commonest colour of each picture's product, CIELAB [N, 3]."""
    return np.array([domain.measure(image).tone for image in as_images(images)])


def labels_of(examples: Examples) -> Labels:
    """What is known of each picture by its domain's judged labels; None where nothing is."""
    return {name: [item.labels.get(name) for item in examples.items] for name in examples.domain.judged}


def _probe(rows: Vectors, labels: Sequence[str | None], cache: Path, name: str, key: str) -> Probe:
    values = probes.learnable_values(labels)
    path = cache / f"probe-{name}-{fingerprint(key, probes.VERSION, repr(list(labels)))}.safetensors"
    return Probe.from_tensors(values, cached(path, lambda: probes.train_probe(rows, labels, values).tensors()))
