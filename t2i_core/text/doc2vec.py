"""Doc2vec (Le & Mikolov, arXiv 1405.4053, PV-DBOW) over the sentencepiece pieces of titles.

Trained with gensim; what is kept is how strongly each piece answers to a vector, as plain arrays. A text's vector is
not trained by random steps, as gensim's `infer_vector` does, but solved for: the one that best predicts the text's
pieces, so the same text always has the same vector.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from t2i_core.errors import DataError, InputError, WeightsError
from t2i_core.text.attributes import AttributeSpace
from t2i_core.text.lexicon import phrase_of
from t2i_core.text.parser import TitleParser
from t2i_core.text.similar import Similar, TitleIndex
from t2i_core.text.solver import Pieces, VectorSolver
from t2i_core.text.synonyms import STOP_WORDS
from t2i_core.text.tokenizer import UNKNOWN, Tokenizer
from t2i_core.weights import ModelFolder, read_folder, write_folder

if TYPE_CHECKING:
    from gensim.models.doc2vec import TaggedDocument

MAX_TEXT = 2000  # characters of a query
KIND = "doc2vec"
WORD_MARK = "▁"  # what sentencepiece puts before a word; alone it says nothing
FAINT = 0.1  # what a word counts that no title has or that is as common as “for”; others count 1
LABELS = ("category", "colour", "gender")

Reword = Callable[[int, Random], str]


@dataclass(frozen=True)
class Doc2VecOptions:
    """How title vectors are trained and solved for.

    dim: length of a vector
    epochs: how often training sees each title
    negative: noise pieces drawn for each piece of a title
    sample: pieces more frequent than this are thinned out in training
    min_count: pieces rarer than this are ignored
    prior: pull of a text's vector towards zero. Small: rare words (brands, model names) decide what is similar;
        large: frequent ones (colours) do
    seed: of the training
    """

    dim: int = 64
    epochs: int = 20
    negative: int = 5
    sample: float = 1e-3
    min_count: int = 2
    prior: float = 0.3
    seed: int = 0


@dataclass(frozen=True)
class Answers:
    """What training leaves: [V, D] how each piece answers to a vector, and [V] how often it was seen, 0 = never."""

    outputs: NDArray[np.float16]
    counts: NDArray[np.int32]


class Doc2VecModel:
    """Texts to vectors, and to the known titles most like them."""

    def __init__(
        self, tokenizer: Tokenizer, answers: Answers, options: Doc2VecOptions, space: AttributeSpace, index: TitleIndex
    ) -> None:
        """space: the labels that titles of the index have beside their words."""
        self.tokenizer, self.answers, self.options, self.space, self.index = tokenizer, answers, options, space, index
        self._solver = VectorSolver(answers.outputs.astype(np.float32), answers.counts, options.negative, options.prior)
        self._parser = TitleParser.for_space(space)
        self._words = frozenset(phrase_of("\n".join(index.titles)))

    @classmethod
    def from_folder(cls, path: Path) -> "Doc2VecModel":
        """A model from its verified folder. Raises WeightsError where it is missing, damaged or of another kind."""
        folder = read_folder(path)
        if folder.config["model"] != KIND:
            raise WeightsError(f"{path.name} is a {folder.config['model']} model, not title vectors. Name another.")
        try:
            return _from_arrays(folder)
        except (KeyError, ValueError, TypeError, AttributeError) as problem:
            raise WeightsError(f"{path / 'config.json'} does not match its weights. Download it again.") from problem

    def save(self, path: Path, trained: Mapping[str, object], card: str) -> None:
        """Writes the model's folder; `trained` holds facts about the training, `card` is its README."""
        from torch import from_numpy

        arrays: dict[str, NDArray[np.generic]] = {
            "outputs": self.answers.outputs,
            "counts": self.answers.counts,
            "titles": np.frombuffer("\n".join(self.index.titles).encode(), np.uint8).copy(),
            "title_vectors": self.index.vectors,
        }
        config = {
            "model": KIND,
            "name": path.name,
            "options": asdict(self.options),
            "attributes": self.space.to_json(),
            "trained": dict(trained),
        }
        files = {"tokenizer.model": self.tokenizer.model, "README.md": card.encode()}
        write_folder(path, config, {name: from_numpy(array) for name, array in arrays.items()}, files)

    def vector(self, text: str) -> NDArray[np.float32]:
        """The text's vector [D]; zeros where no piece of it is known. Never raises."""
        return np.asarray(self.vectors([text])[0])

    def vectors(self, texts: Sequence[str], batch_size: int = 256) -> NDArray[np.float32]:
        """A vector a text, [N, D]: faster than one by one, and the same but for rounding."""
        pieces = [self._pieces(text) for text in texts]
        solved = [self._solver.solve(pieces[i : i + batch_size]) for i in range(0, len(pieces), batch_size)]
        return np.concatenate(solved) if solved else np.zeros((0, self.options.dim), np.float32)

    def similar(self, text: str, n: int = 10) -> list[Similar]:
        """The `n` known titles most like the text, best first. Raises InputError for a text without a known word."""
        if not text.strip():
            raise InputError("Type the words of a product, such as “blue denim jeans for women”.")
        if len(text) > MAX_TEXT:
            raise InputError(f"The text has {len(text):,} characters; the limit is {MAX_TEXT:,}. Shorten it.")
        explained = self.explained(text)
        if self._words.isdisjoint(phrase_of(explained)):
            raise InputError(f"No known title has a word of “{text.strip()[:60]}”. Name a product, in English.")
        return self.index.nearest(self.vector(explained), n)

    def explained(self, text: str) -> str:
        """The text described by the labels it asks for, as the titles of the index are by theirs."""
        return described(text, self._parser.parse(text).attributes)

    def _pieces(self, text: str) -> Pieces:
        """Every word counts the same however many pieces it is cut into, unless it says little."""
        ids: list[int] = []
        weights: list[float] = []
        for word in text.split():
            known = [i for i in content_ids(self.tokenizer, word) if self.answers.counts[i] > 0]
            ids += known
            weights += [self._weight(word) / max(len(known), 1)] * len(known)
        total = sum(weights)
        return Pieces(ids, [weight / total for weight in weights])

    def _weight(self, word: str) -> float:
        parts = phrase_of(word)
        return 1.0 if self._words.issuperset(parts) and not STOP_WORDS.issuperset(parts) else FAINT


def described(text: str, labels: Mapping[str, str | None]) -> str:
    """The text, and the category, colour and gender that are known of it; the category twice, for it matters most."""
    return " ".join([text, *filter(None, map(labels.get, (*LABELS, LABELS[0])))])


def content_ids(tokenizer: Tokenizer, text: str) -> list[int]:
    """Piece ids of a text without unknown pieces and bare word marks."""
    pieces = tokenizer.pieces(text)
    ids = tokenizer.ids(text, len(pieces)).tolist()
    return [i for i, piece in zip(ids, pieces, strict=True) if i != UNKNOWN and piece != WORD_MARK]


def train_doc2vec(
    titles: Sequence[str], tokenizer: Tokenizer, options: Doc2VecOptions | None = None, reword: Reword | None = None
) -> Answers:
    """What the pieces of titles say of each other. The same titles and options give the same answers.

    titles: may repeat; a title is one document however many products have it
    reword: gives another wording of title number i, e.g. shuffled; a fresh one is asked for in every epoch
    Raises DataError where there is nothing to learn from.
    """
    from gensim.models.doc2vec import Doc2Vec

    logging.getLogger("gensim").setLevel(logging.ERROR)  # it warns that an epoch worded afresh has other words
    options = options or Doc2VecOptions()
    corpus = _Corpus(titles, tokenizer, options.seed, reword or (lambda row, random: titles[row]))
    seen = Counter(piece for document in corpus for piece in document.words)
    if sum(times >= options.min_count for times in seen.values()) < 2:
        raise DataError("There are too few titles to learn from. Give the product files of a whole catalogue.")
    trained = Doc2Vec(
        corpus,
        dm=0,
        vector_size=options.dim,
        epochs=options.epochs,
        negative=options.negative,
        sample=options.sample,
        min_count=options.min_count,
        seed=options.seed,
        workers=1,  # more would make the result depend on their timing
    )
    outputs = np.zeros((tokenizer.vocab_size, options.dim), np.float16)
    counts = np.zeros(tokenizer.vocab_size, np.int32)
    for piece, row in trained.wv.key_to_index.items():
        outputs[int(piece)] = trained.syn1neg[row]
        counts[int(piece)] = trained.wv.get_vecattr(piece, "count")
    return Answers(outputs, counts)


class _Corpus:
    """Titles as gensim reads them: worded afresh, in another order, every time they are gone through."""

    def __init__(self, titles: Sequence[str], tokenizer: Tokenizer, seed: int, reword: Reword) -> None:
        self._titles, self._tokenizer, self._seed, self._reword = titles, tokenizer, seed, reword
        self._tags = {title: tag for tag, title in enumerate(dict.fromkeys(titles))}
        self._rounds = 0

    def __iter__(self) -> "Iterator[TaggedDocument]":
        from gensim.models.doc2vec import TaggedDocument

        random = Random(f"{self._seed} {self._rounds}")
        self._rounds += 1
        order = list(range(len(self._titles)))
        random.shuffle(order)
        for row in order:
            ids = content_ids(self._tokenizer, self._reword(row, random))
            yield TaggedDocument([str(piece) for piece in ids], [self._tags[self._titles[row]]])


def index_titles(
    titles: Mapping[str, str], tokenizer: Tokenizer, answers: Answers, options: Doc2VecOptions, space: AttributeSpace
) -> Doc2VecModel:
    """The model with an index of titles; `titles` gives what each is described as, see `described`."""
    blank = TitleIndex(list(titles), np.zeros((len(titles), options.dim), np.int8))
    vectors = Doc2VecModel(tokenizer, answers, options, space, blank).vectors(list(titles.values()))
    return Doc2VecModel(tokenizer, answers, options, space, TitleIndex.build(list(titles), vectors))


def _from_arrays(folder: ModelFolder) -> Doc2VecModel:
    arrays = {name: tensor.numpy() for name, tensor in folder.tensors.items()}
    stored, attributes = folder.config["options"], folder.config["attributes"]
    if not isinstance(stored, dict) or not isinstance(attributes, list):
        raise TypeError("options or attributes")
    options = Doc2VecOptions(**{f.name: stored[f.name] for f in fields(Doc2VecOptions)})
    titles = arrays["titles"].tobytes().decode().split("\n")
    tokenizer = Tokenizer(folder.files["tokenizer.model"])
    shapes = [arrays["outputs"].shape, arrays["counts"].shape, arrays["title_vectors"].shape]
    if shapes != [(tokenizer.vocab_size, options.dim), (tokenizer.vocab_size,), (len(titles), options.dim)]:
        raise ValueError(f"shapes {shapes}")
    answers = Answers(arrays["outputs"], arrays["counts"])
    index = TitleIndex(titles, arrays["title_vectors"])
    return Doc2VecModel(tokenizer, answers, options, AttributeSpace.from_json(attributes), index)
