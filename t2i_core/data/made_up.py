"""Made-up metadata in the four forms Amazon's has been published in: for measuring, and for tests.

The records have the fields, the lengths and the nuisances of the real ones: apostrophes and double quotes in titles,
markup, long descriptions, lists of related products, escapes.
"""

import json
import string
from collections.abc import Callable, Iterator, Mapping
from random import Random

Record = dict[str, object]

PATHS = (
    ("Clothing, Shoes & Jewelry", "Women", "Shoes", "Boots", "Ankle & Bootie"),
    ("Clothing, Shoes & Jewelry", "Men", "Shirts"),
    ("Musical Instruments", "Guitars", "Electric Guitars"),
    ("Movies & TV", "Movies"),
    ("Home & Kitchen", "Kitchen & Dining", "Cookware", "Pots & Pans"),
    ("Toys & Games", "Puzzles", "Jigsaw Puzzles"),
)
BRANDS = ("Fender", "Levi's", "Dr. Martens", "Café Bustelo", "Lodge", "Ravensburger", "O'Neill")
NOUNS = ("Boots", "Shirt", "Guitar", "Jacket", "Puzzle", "Skillet", "Lamp", "Women's Sandals", "DVD", '12" Pan')
SPEECH = (
    "the a soft classic leather upper with rubber sole and steel eyelets made for everyday use in all weather this "
    "vintage style will not disappoint light weight strings solid body maple neck includes manual cotton"
)
WORDS = SPEECH.split()
MARKS = (
    "it's",
    "don't",
    '5"',
    "Children's",
    "&amp;",
    "naïve",
    "—",
    "back\\slash",
    "<b>new</b>",
    "tab\there",
    "line\nend",
)
ALPHABET = string.ascii_uppercase + string.digits
PICTURES = "http://ecx.images-amazon.com/images/I/"


def made_up_lines(form: str, seed: int = 0) -> Iterator[bytes]:
    """Endless lines, each with its newline, of one of `FORMS`; the same seed gives the same lines."""
    random, make = Random(seed), FORMS[form]
    while True:
        yield make(random).encode() + b"\n"


def literal_2014(random: Random) -> str:
    """The year's own form: the Python literal that printing the record gives, in ASCII."""
    return ascii(_record_2014(random))


def json_2014(random: Random) -> str:
    return json.dumps(_record_2014(random))


def json_2018(random: Random) -> str:
    path, title = random.choice(PATHS), _title(random)
    pictures = [f"https://images-na.ssl-images-amazon.com/images/I/{_id(random)}" for _ in range(random.randint(0, 5))]
    return json.dumps(
        {
            "category": list(path),
            "tech1": "",
            "description": [_text(random, 400)],
            "fit": "",
            "title": title,
            "also_buy": _ids(random, 40),
            "image": [f"{picture}._SS40_.jpg" for picture in pictures],
            "imageURL": [f"{picture}._SS40_.jpg" for picture in pictures],
            "imageURLHighRes": [f"{picture}.jpg" for picture in pictures],
            "tech2": "",
            "brand": random.choice(BRANDS),
            "feature": [_text(random, 60) for _ in range(random.randint(0, 5))],
            "rank": f"{random.randint(1, 9_000_000):,} in {path[0]} (",
            "also_view": _ids(random, 20),
            "details": {"\n    Item Weight: \n    ": "8 ounces"},
            "main_cat": path[0].replace("&", "&amp;"),
            "similar_item": "",
            "date": "",
            "price": random.choice(("", f"${random.randint(1, 300)}.99", "$12.99 - $24.50")),
            "asin": _id(random),
        }
    )


def json_2023(random: Random) -> str:
    path, brand = random.choice(PATHS), random.choice(BRANDS)
    return json.dumps(
        {
            "main_category": path[0],
            "title": _title(random),
            "average_rating": random.randint(10, 50) / 10,
            "rating_number": random.randint(1, 9_000),
            "features": [_text(random, 80) for _ in range(random.randint(0, 5))],
            "description": [_text(random, 300)],
            "price": random.choice((None, random.randint(100, 30_000) / 100)),
            "images": [_picture_2023(random, place) for place in range(random.randint(1, 4))],
            "videos": [],
            "store": brand,
            "categories": list(path),
            "details": {"Brand": brand, "Item Weight": "8 ounces", "Date First Available": "March 3, 2019"},
            "parent_asin": _id(random),
            "bought_together": None,
        }
    )


FORMS: Mapping[str, Callable[[Random], str]] = {
    "2014-literal": literal_2014,
    "2014-json": json_2014,
    "2018-json": json_2018,
    "2023-jsonl": json_2023,
}


def _record_2014(random: Random) -> Record:
    path = random.choice(PATHS)
    record: Record = {"asin": _id(random), "categories": [list(path), *([["Clearance"]] if _in(random, 10) else [])]}
    if _in(random, 70):
        record["description"] = _text(random, 450)
    if _in(random, 85):
        record["title"] = _title(random)
    if _in(random, 70):
        record["price"] = random.randint(100, 30_000) / 100
    if _in(random, 60):
        record["salesRank"] = {path[0]: random.randint(1, 5_000_000)}
    record["imUrl"] = f"{PICTURES}51{_id(random)}L._SX300_.jpg"
    if _in(random, 30):
        record["brand"] = random.choice(BRANDS)
    if _in(random, 65):
        record["related"] = {
            "also_bought": _ids(random, 50),
            "also_viewed": _ids(random, 20),
            "bought_together": _ids(random, 2),
        }
    return record


def _picture_2023(random: Random, place: int) -> Record:
    address = f"https://m.media-amazon.com/images/I/{_id(random)}"
    return {
        "thumb": f"{address}._AC_SR38,50_.jpg",
        "large": f"{address}._AC_.jpg",
        "variant": "MAIN" if place == 0 else f"PT{place:02d}",
        "hi_res": f"{address}._AC_SL1500_.jpg" if _in(random, 70) else None,
    }


def _title(random: Random) -> str:
    words = [random.choice(WORDS).title() for _ in range(random.randint(2, 8))]
    return " ".join((random.choice(BRANDS), *words, random.choice(NOUNS)))


def _text(random: Random, length: int) -> str:
    """About so many characters; in half the texts some words bring what is hard to quote."""
    words = random.choices(WORDS, k=random.randint(length // 12, length // 4))
    if _in(random, 50):
        for _ in range(random.randint(1, 4)):
            words.insert(random.randint(0, len(words)), random.choice(MARKS))
    return " ".join(words)


def _id(random: Random) -> str:
    return "B" + "".join(random.choices(ALPHABET, k=9))


def _ids(random: Random, most: int) -> list[str]:
    return [_id(random) for _ in range(random.randint(0, most))]


def _in(random: Random, percent: int) -> bool:
    return random.random() * 100 < percent
