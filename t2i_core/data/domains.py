"""The kinds of pictures the studio draws: fashion products, guitars, shoes, anime faces, birds, and whatever a prepared
catalogue holds."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

from PIL import Image

from t2i_core.data.catalogue import LABELS, item_of, read_products
from t2i_core.data.domain import Domain, Item, rows
from t2i_core.data.measure import FILL, Measured, frame, measure_below
from t2i_core.data.shuffle import plain_title, shuffled_title
from t2i_core.data.titles import guitar_title
from t2i_core.data.upright import one_whole, upright
from t2i_core.errors import InputError
from t2i_core.text.colours import name_of

WHOLE_GUITAR = -1.5  # the usual aspect; left open, every thirtieth picture is of a body drawn close, without its neck
GUITAR_BODY = 0.42  # of a guitar's length; the neck is black or of plain wood, whatever colour the guitar has


def _read_products(path: Path) -> Iterator[Item]:
    return map(item_of, read_products([path]))


def _framed_product(image: Image.Image, size: int, key: str) -> Image.Image:
    """Three products in four fill the canvas as requests do by default, the others less or more, by a hash of their
    id, so that `fill` is learned as a thing of its own."""
    draw = Random(f"fill {key}").random()
    return frame(image, size, FILL if draw < 0.75 else 0.6 + 0.4 * (draw - 0.75) / 0.25)


def _product_wording(item: Item, random: Random) -> str:
    return plain_title(item.labels) if random.random() < 1 / 7 else shuffled_title(item, random)


def _read_guitars(path: Path) -> Iterator[Item]:
    for row in rows(path, ["id", "folder"]):
        title = guitar_title(str(row["folder"])).removesuffix(" Electric Guitar")
        yield Item(str(row["id"]), title, {"model": title}, image=row["image"])  # type: ignore[arg-type]


def _measured_body(image: Image.Image) -> Measured:
    return measure_below(image, GUITAR_BODY)


def _stood_up(image: Image.Image, size: int, key: str) -> Image.Image:
    return frame(upright(image), size)


def _read_shoes(path: Path) -> Iterator[Item]:
    for row in rows(path, ["id", "kind"]):
        kind = str(row["kind"])
        yield Item(str(row["id"]), kind, {"kind": kind}, image=row["image"])  # type: ignore[arg-type]


def _with_colour(item: Item, measured: Measured) -> Item:
    """The colour's name in front, as a shop would write it: the sources name no colours."""
    colour = name_of(measured.tone)
    return replace(item, title=f"{colour} {item.title}", labels={**item.labels, "colour": colour})


def _read_catalogue(path: Path) -> Iterator[Item]:
    for row in rows(path, ["id", "title", "brand", "category"]):
        labels = {name: " ".join(str(row[name]).split()) for name in ("category", "brand") if row[name]}
        title = " ".join(str(row["title"] or "").split()) or " ".join(reversed(labels.values()))
        yield Item(str(row["id"]), title, labels, image=row["image"])  # type: ignore[arg-type]


def _known_by_colour(item: Item, measured: Measured) -> Item:
    """The measured colour as a label alone: the title may name another one, of another part."""
    return replace(item, labels={**item.labels, "colour": name_of(measured.tone)})


def _catalogue_query(labels: Mapping[str, str]) -> str:
    return " ".join(labels[name] for name in ("brand", "colour", "category") if name in labels)


def _framed(image: Image.Image, size: int, key: str) -> Image.Image:
    return frame(image, size)


def _read_anime(path: Path) -> Iterator[Item]:
    for row in rows(path, ["id", "hair", "eyes"]):
        labels = {name: str(row[name]) for name in ("hair", "eyes")}
        yield Item(str(row["id"]), tags(labels), labels, image=row["image"])  # type: ignore[arg-type]


def tags(labels: Mapping[str, str]) -> str:
    """“blue hair, red eyes”"""
    return ", ".join(f"{value} {name}" for name, value in labels.items())


def _tags(item: Item, random: Random) -> str:
    """One tag or both, in any order, joined as people do."""
    said = [f"{value} {name}" for name, value in item.labels.items()]
    random.shuffle(said)
    if random.random() < 0.25:
        return said[0]
    joined = random.choice((", ", " and ", " ")).join(said)
    return random.choice(("", "", "a girl with ", "anime girl, ")) + joined


def _read_birds(path: Path) -> Iterator[Item]:
    for row in rows(path, ["id", "species", "captions"]):
        captions = [" ".join(str(text).split()) for text in row["captions"]]  # type: ignore[attr-defined]
        labels = {"species": str(row["species"])}
        yield Item(str(row["id"]), captions[0], labels, tuple(captions[1:]), row["image"])  # type: ignore[arg-type]


def _caption(item: Item, random: Random) -> str:
    return random.choice(item.texts) if item.texts else item.title


def whole(image: Image.Image, size: int, key: str = "") -> Image.Image:
    """The middle square of a picture, resized."""
    return _middle(image, size, kept=0.0)


def padded(image: Image.Image, size: int, key: str = "") -> Image.Image:
    """The picture squeezed a little towards a square, and then the middle square of it: a bird keeps its tail."""
    return _middle(image, size, kept=0.6)


def _middle(image: Image.Image, size: int, kept: float) -> Image.Image:
    """`kept`: the share of what the long side is longer that is squeezed into the square instead of cut off."""
    image = image.convert("RGB")
    long, short = max(image.size), min(image.size)
    side = round(short + kept * (long - short))
    left, top = max(0, (image.width - side) / 2), max(0, (image.height - side) / 2)
    box = (left, top, image.width - left, image.height - top)
    return image.resize((size, size), Image.Resampling.LANCZOS, box=box)


DOMAINS = {
    domain.name: domain
    for domain in (
        Domain(
            "products",
            files=("products_192.parquet", "products_80.parquet"),
            choices=LABELS,
            measures=("tone", "lightness", "aspect", "fill"),
            judged=("category", "colour"),
            read=_read_products,
            frame=_framed_product,
            wording=_product_wording,
            query=plain_title,
            on_white=True,
            sheet=("category", "colour"),
        ),
        Domain(
            "guitars",
            files=("guitars.parquet",),
            choices=("model", "colour"),
            measures=("tone", "lightness", "aspect"),
            judged=("model", "colour"),
            read=_read_guitars,
            frame=_stood_up,
            wording=shuffled_title,
            measure=_measured_body,
            describe=_with_colour,
            suits=one_whole,
            defaults={"aspect": WHOLE_GUITAR},
            on_white=True,
            sheet=("model", "colour"),
        ),
        Domain(
            "shoes",
            files=("shoes.parquet",),
            choices=("kind", "colour"),
            measures=("tone", "lightness", "aspect"),
            judged=("kind", "colour"),
            read=_read_shoes,
            frame=_framed,
            wording=shuffled_title,
            describe=_with_colour,
            on_white=True,
            sheet=("kind", "colour"),
        ),
        Domain(
            "anime",
            files=("anime.parquet",),
            choices=("hair", "eyes"),
            measures=(),
            judged=("hair", "eyes"),
            read=_read_anime,
            frame=whole,
            wording=_tags,
            query=tags,
            mirrored=True,
            sheet=("hair", "eyes"),
        ),
        Domain(
            "birds",
            files=("birds.parquet",),
            choices=("species",),
            measures=(),
            judged=("species",),
            read=_read_birds,
            frame=padded,
            wording=_caption,
            mirrored=True,
        ),
        Domain(
            "catalogue",
            files=("images-*.parquet",),
            choices=("category", "brand", "colour"),
            measures=("tone", "lightness", "aspect"),
            judged=("category", "colour"),
            read=_read_catalogue,
            frame=_framed,
            wording=shuffled_title,
            describe=_known_by_colour,
            query=_catalogue_query,
            on_white=True,
            sheet=("category", "colour"),
        ),
    )
}


def find_domain(name: str) -> Domain:
    """The domain of that name. Raises InputError where there is none."""
    if name not in DOMAINS:
        raise InputError(f"There is no domain “{name[:60]}”. Choose one of: {', '.join(DOMAINS)}.")
    return DOMAINS[name]
