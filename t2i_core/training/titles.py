"""Trains the titles model (tokenizer, title vectors, index of real titles), and measures how good it is."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from t2i_core.data.catalogue import Product, item_of
from t2i_core.data.shuffle import plain_title, shuffled_title
from t2i_core.data.titles import read_titled
from t2i_core.errors import DataError
from t2i_core.text.attributes import AttributeSpace, Choice
from t2i_core.text.brands import find_brands
from t2i_core.text.doc2vec import LABELS, Doc2VecModel, Doc2VecOptions, described, index_titles, train_doc2vec
from t2i_core.text.parser import ParsedTitle, TitleParser
from t2i_core.text.similar import directions
from t2i_core.text.tokenizer import Tokenizer, train_tokenizer
from t2i_core.training.title_card import title_card

TOP = 5
SEEN = 15  # a label that fewer products have is not looked for in titles


@dataclass(frozen=True)
class Agreement:
    """How often the titles nearest to a query share one label with it; `chance` is what random titles would."""

    label: str
    nearest: float
    top5: float
    chance: float
    queries: int


@dataclass(frozen=True)
class Reading:
    """How the title parser does on one label: the share of titles it finds it in, and how often it is then right."""

    label: str
    found: float
    right: float


@dataclass(frozen=True)
class TitleReport:
    """Measured on held-out products whose titles the model does not know.

    titles: agreement of their titles with the nearest known titles
    short: agreement of short queries made of their labels (“Men Red Sports Shoes”)
    parser: how the title parser reads their titles
    """

    known_titles: int
    milliseconds: float
    titles: tuple[Agreement, ...]
    short: tuple[Agreement, ...]
    parser: tuple[Reading, ...]

    def __str__(self) -> str:
        lines = [f"{self.known_titles:,} known titles; a query takes {self.milliseconds:.0f} ms"]
        for name, agreements in (("held-out titles", self.titles), ("short queries", self.short)):
            lines += ["", f"{name:<16} {'nearest':>8} {'top 5':>8} {'chance':>8} {'queries':>8}"]
            lines += [
                f"{a.label:<16} {a.nearest:8.3f} {a.top5:8.3f} {a.chance:8.3f} {a.queries:8,}" for a in agreements
            ]
        lines += ["", f"{'title parser':<16} {'found':>8} {'right':>8}"]
        return "\n".join(lines + [f"{r.label:<16} {r.found:8.3f} {r.right:8.3f}" for r in self.parser])


def train_titles(
    data: Sequence[Path], out: Path, *, options: Doc2VecOptions | None = None, vocab_size: int = 8000
) -> Doc2VecModel:
    """Trains on the products of parquet files (or of folders that hold them) and writes the model's folder `out`.

    The same data and options give the same model. Raises DataError for data without titles, OutputError for a folder
    that cannot be written.
    """
    started = time.process_time()
    options = options or Doc2VecOptions()
    products = read_titled(data)
    titles, items = [product.title for product in products], [item_of(product) for product in products]
    tokenizer = _tokenizer(products, vocab_size)
    answers = train_doc2vec(titles, tokenizer, options, lambda row, random: shuffled_title(items[row], random))
    labelled = {product.title: described(product.title, vars(product)) for product in reversed(products)}
    model = index_titles(labelled, tokenizer, answers, options, _space(products))
    facts = {"products": len(products), "cpu_seconds": round(time.process_time() - started)}
    report = _report_if_possible(model, products, data)
    measured = {"measured": asdict(report)} if report else {}
    model.save(out, {**facts, **measured}, title_card(model, facts, report))
    return model


def evaluate_titles(folder: Path, data: Sequence[Path]) -> TitleReport:
    """Measures a titles model on the held-out products of the files it was trained on."""
    return _report(Doc2VecModel.from_folder(folder), read_titled(data), read_titled(data, held_out=True))


def _tokenizer(products: Sequence[Product], vocab_size: int) -> Tokenizer:
    labels = (plain_title(item_of(product).labels) for product in products)
    texts = [text for pair in zip((p.title for p in products), labels, strict=True) for text in pair if text]
    return train_tokenizer(texts, vocab_size)


def _report_if_possible(model: Doc2VecModel, products: Sequence[Product], data: Sequence[Path]) -> TitleReport | None:
    try:
        return _report(model, products, read_titled(data, held_out=True))
    except DataError:  # a catalogue too small to hold anything out
        return None


def _report(model: Doc2VecModel, known: Sequence[Product], held_out: Sequence[Product]) -> TitleReport:
    by_title = {product.title: product for product in reversed(known)}
    fresh = [p for p in held_out if p.title not in by_title and p.category and p.colour]
    if not fresh:
        raise DataError("No held-out product has a title and labels of its own to measure with.")
    brands = find_brands(p.title for p in known)
    parser = TitleParser.for_space(_space(known), brands)
    labels = _labels(parser)
    indexed = [by_title[title] for title in model.index.titles]
    started = time.perf_counter()
    for product in fresh[:20]:
        model.similar(product.title, TOP)
    return TitleReport(
        known_titles=len(model.index),
        milliseconds=round((time.perf_counter() - started) / len(fresh[:20]) * 1000, 1),
        titles=_agreements(model, [p.title for p in fresh], fresh, indexed, labels),
        short=_agreements(model, [plain_title(item_of(p).labels) for p in fresh], fresh, indexed, labels[:-1]),
        parser=_readings(parser, fresh),
    )


Label = tuple[str, Callable[[Product], str | None]]


def _labels(parser: TitleParser) -> list[Label]:
    def of(name: str) -> Callable[[Product], str | None]:
        return lambda product: getattr(product, name)

    return [*((name, of(name)) for name in LABELS), ("brand", lambda p: parser.parse(p.title).brand)]


def _agreements(
    model: Doc2VecModel,
    queries: Sequence[str],
    asked: Sequence[Product],
    indexed: Sequence[Product],
    labels: Sequence[Label],
) -> tuple[Agreement, ...]:
    nearest = _nearest(model.vectors([model.explained(query) for query in queries]), model.index.vectors)
    return tuple(_agreement(name, label, nearest, asked, indexed) for name, label in labels)


def _agreement(
    name: str,
    label: Callable[[Product], str | None],
    nearest: NDArray[np.intp],
    asked: Sequence[Product],
    indexed: Sequence[Product],
) -> Agreement:
    theirs = [label(product) for product in indexed]
    mine = [label(product) for product in asked]
    hits = [[theirs[i] == own for i in row] for own, row in zip(mine, nearest, strict=True) if own]
    same = np.array(hits, bool).reshape(len(hits), -1)
    counts, labelled = Counter(theirs), [own for own in mine if own]
    chance = sum(counts[own] for own in labelled) / max(len(labelled) * len(theirs), 1)
    return Agreement(
        name, nearest=_share(same[:, :1]), top5=_share(same), chance=round(chance, 3), queries=len(labelled)
    )


def _share(hits: NDArray[np.bool_]) -> float:
    return round(float(hits.mean()), 3) if hits.size else 0.0


def _nearest(queries: NDArray[np.float32], known: NDArray[np.int8], batch: int = 256) -> NDArray[np.intp]:
    """Rows of the `TOP` best known titles for every query, best first. [Q, TOP]."""
    table = directions(known.astype(np.float32)).T
    parts = [directions(queries[i : i + batch]) @ table for i in range(0, len(queries), batch)]
    return np.concatenate([np.argsort(-part, axis=1, kind="stable")[:, :TOP] for part in parts])


def _space(products: Sequence[Product]) -> AttributeSpace:
    counts = {name: Counter(getattr(p, name) for p in products) for name in LABELS}
    return AttributeSpace(
        tuple(
            Choice(name, tuple(value for value, times in seen.most_common() if value and times >= SEEN))
            for name, seen in counts.items()
        )
    )


def _readings(parser: TitleParser, products: Sequence[Product]) -> tuple[Reading, ...]:
    read = [parser.parse(product.title) for product in products]
    return tuple(_reading(name, read, products) for name in LABELS)


def _reading(name: str, read: Sequence[ParsedTitle], products: Sequence[Product]) -> Reading:
    pairs = [(r.attributes.get(name), getattr(p, name)) for r, p in zip(read, products, strict=True)]
    said = [mine == truth for mine, truth in pairs if mine and truth]
    labelled = sum(truth is not None for _, truth in pairs)
    return Reading(name, round(len(said) / max(labelled, 1), 3), round(sum(said) / max(len(said), 1), 3))
