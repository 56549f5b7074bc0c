"""What sellers write over photos: made-up lines of text in several scripts, and the fonts that can write them."""

import hashlib
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from random import Random

from PIL import ImageFont

HELD_OUT_PERCENT = 25
FAMILY = 5  # letters of a name that relatives share: NanumGothic and NanumMyeongjo, Inter and Inter Display
FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.fonts",
    "~/.local/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "C:/Windows/Fonts",
)
SAMPLES = {"latin": "Sale%50€é", "cyrillic": "СкидЯ", "chinese": "限时特价包", "korean": "무료배송할"}
ABSENT = "\U0010fffd"  # no font draws it: its picture is that of a missing letter
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

LINES = {
    "latin": """
        SALE|HOT SALE|BIG SALE|NEW|NEW ARRIVAL|BEST SELLER|BEST PRICE|FREE SHIPPING|FREE GIFT|BUY 1 GET 1|LIMITED OFFER
        |Only today|Shop now|100% Original|Top quality|Premium|Official Store|Fast delivery|2 year warranty|GRATIS
        |OFERTA|Envío gratis|Descuento|Rebajas|Nuevo|Garantía|Oferta especial|Angebot|Kostenloser Versand|Rabatt|Neu
        |Ausverkauf|Jetzt kaufen|Sonderpreis|High Quality|Ready stock|Made in Italy|Handmade|Waterproof|Soft cotton
        |Anti-slip|Breathable fabric|Size chart|Model 2024|For men and women|Original product|Sample photo|PROMO
        |CLEARANCE|Black Friday|Super deal|Hot item|Trendy look|All sizes|S M L XL XXL|Since 1985|Collection|Fashion""",
    "cyrillic": """
        РАСПРОДАЖА|СКИДКА|АКЦИЯ|Бесплатная доставка|НОВИНКА|Хит продаж|Лучшая цена|Только сегодня|Гарантия|Подарок
        |Выгодно|Купить|Оригинал|Премиум качество|Черная пятница|Быстрая доставка|100% хлопок|Размеры 42-56""",
    "chinese": """
        限时特价|包邮|全场五折|优惠券|新品上市|热卖|正品保证|买一送一|清仓|厂家直销|爆款|今日特惠|立减|满减|高品质
        |送运费险|七天无理由退换|纯棉面料|加厚保暖|春夏新款|官方旗舰店""",
    "korean": """
        무료배송|할인|특가|쿠폰|세일|신상품|정품|당일발송|오늘만|베스트|인기상품|사은품 증정|최저가|한정수량|품절임박
        |봄 신상|고급 소재|남녀공용|사이즈 안내""",
}


@dataclass(frozen=True)
class Face:
    """One font and the scripts it can write. path: None for the one that Pillow carries."""

    path: str | None
    scripts: frozenset[str]

    def font(self, size: float) -> Font:
        """At a letter height in pixels."""
        if self.path is None:
            return ImageFont.load_default(max(6, size))
        return _opened(self.path, max(6, round(size)))


class Fonts:
    """Families of fonts to draw with; the same machine always gives the same."""

    def __init__(self, families: Mapping[str, Sequence[Face]]) -> None:
        self.families = {name: tuple(families[name]) for name in sorted(families)}
        self.scripts = tuple(
            sorted({script for faces in families.values() for face in faces for script in face.scripts})
        )

    @classmethod
    def installed(cls, *, held_out: bool) -> "Fonts":
        """This machine's fonts: three families in four to train with, or the others; by a hash of the family's name.
        Where there is none, the one that Pillow carries."""
        chosen = {name: faces for name, faces in _families().items() if _is_held_out(name) == held_out}
        return cls(chosen or {"Pillow": [Face(None, frozenset({"latin"}))]})

    def face(self, random: Random, script: str) -> Face:
        """Any font that writes the script; every family is as likely."""
        able = [name for name, faces in self.families.items() if any(script in face.scripts for face in faces)]
        return random.choice([face for face in self.families[random.choice(able)] if script in face.scripts])


def _is_held_out(family: str) -> bool:
    return int.from_bytes(hashlib.sha256(f"font {family}".encode()).digest()[:4], "big") % 100 < HELD_OUT_PERCENT


@cache
def _families() -> dict[str, list[Face]]:
    """Installed fonts by how their family's name begins, so that no relative stands on the other side."""
    found: dict[str, list[Face]] = {}
    folders = [Path(folder).expanduser() for folder in FOLDERS]
    for path in sorted(path for folder in folders for path in folder.rglob("*.[tToO][tT][fFcC]")):
        try:
            font = ImageFont.truetype(str(path), 20)
            scripts = frozenset(script for script, sample in SAMPLES.items() if _writes(font, sample))
        except (OSError, ValueError):
            continue  # a font that Pillow cannot read
        if "latin" in scripts or "korean" in scripts or "chinese" in scripts:
            found.setdefault((font.getname()[0] or path.stem)[:FAMILY], []).append(Face(str(path), scripts))
    return found


@lru_cache(maxsize=256)
def _opened(path: str, size: int) -> Font:
    return ImageFont.truetype(path, size)


def _writes(font: ImageFont.FreeTypeFont, sample: str) -> bool:
    """Whether every letter is there, and no two look alike: fonts of symbols draw anything as anything."""
    missing = bytes(font.getmask(ABSENT))
    drawn = [bytes(font.getmask(letter)) for letter in sample]
    return missing not in drawn and all(any(one) for one in drawn) and len(set(drawn)) == len(sample)


def line(random: Random, script: str) -> str:
    """One line of a seller's text: an advertisement, a price, a contact, a fact, a shop's name."""
    kinds: tuple[tuple[Callable[[Random], str], float], ...] = (
        (lambda random: random.choice(_listed(script)), 0.5 if script == "latin" else 0.85),
        (_price, 0.12),
        (_discount, 0.12),
        (_contact, 0.1),
        (_name, 0.12),
        (_fact, 0.08),
    )
    write = random.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
    return _cased(random, write(random))


def name(random: Random) -> str:
    """A shop's or a brand's made-up name."""
    return _cased(random, _name(random))


@cache
def _listed(script: str) -> tuple[str, ...]:
    return tuple(text.strip() for text in LINES[script].split("|"))


def _cased(random: Random, text: str) -> str:
    return random.choice((text, text, text.upper(), text.title()))


def _price(random: Random) -> str:
    amount = random.choice(
        (f"{random.randint(1, 999)}", f"{random.randint(1, 199)}.{random.choice(('99', '90', '50'))}")
    )
    return random.choice(("${}", "{} €", "€{}", "{} USD", "Rs. {}", "only {}", "£{}", "{}.-", "NOW ${}")).format(amount)


def _discount(random: Random) -> str:
    percent = random.choice((5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80))
    return random.choice(("-{}%", "{}% OFF", "UP TO {}%", "{}%", "SAVE {}%", "extra {}% off")).format(percent)


def _contact(random: Random) -> str:
    shop = _name(random).replace(" ", "").lower()
    phone = (
        f"+{random.randint(1, 99)} {random.randint(100, 999)} {random.randint(100, 999)} {random.randint(1000, 9999)}"
    )
    return random.choice((f"www.{shop}.com", f"{shop}.shop", f"@{shop}", phone, f"WhatsApp {phone}", f"fb.com/{shop}"))


def _name(random: Random) -> str:
    parts = [random.choice("bcdfghklmnprstvz") + random.choice("aeiou") for _ in range(random.randint(1, 3))]
    ending = random.choice(("", "", "x", "n", " Store", " Shop", " Studio", " & Co", " Home", " Design"))
    return "".join(parts).capitalize() + ending


def _fact(random: Random) -> str:
    number, other = random.randint(2, 99), random.randint(2, 99)
    code = "".join(random.choices(string.ascii_uppercase + string.digits, k=random.randint(4, 8)))
    return random.choice(
        (f"{number} x {other} cm", f"{number} cm", f"{number} pcs", f"SKU {code}", f"{number}% cotton")
    )
