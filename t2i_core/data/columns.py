"""Tables of other people's making: which of their columns say what, by the names such columns commonly have."""

import re
from collections.abc import Iterable, Mapping

import msgspec

from t2i_core.data.amazon import MAX_ID, MAX_TITLE, Row, checked_address
from t2i_core.data.sheets import PICTURES, TITLES, plain_name
from t2i_core.data.words import clean

NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "asin", "parent_asin", "sku", "product_id", "item_id", "code", "gtin", "ean", "upc"),
    "title": (*TITLES, "productdisplayname", "text", "caption"),
    "brand": ("brand", "brand_name", "manufacturer", "maker", "store", "vendor", "marke", "marca"),
    "category": (
        *("categories", "category", "category_path", "google_product_category", "product_type", "articletype", "type"),
        *("kategorie", "categoria", "categoría", "catégorie", "label"),
    ),
    "price": ("price", "sale_price", "list_price", "preis", "precio", "prix"),
    "picture": (*PICTURES, "img"),
    "related": ("related", "also_buy", "also_bought", "similar"),
}
STEPS = re.compile(r"\s*[>|]\s*")  # between the categories of a path
BETWEEN_IDS = re.compile(r"[\s,;|]+")
NUMBER = re.compile(r"\d[\d.,\u00a0' ]*")


def find_columns(names: Iterable[str]) -> dict[str, str]:
    """What the columns say: {"title": "Produktname", …}, as far as their names tell."""
    known = {plain_name(name): name for name in reversed(list(names))}
    found = {what: next((known[name] for name in usual if name in known), None) for what, usual in NAMES.items()}
    return {what: name for what, name in found.items() if name is not None}


def row_of_cells(cells: Mapping[str, object], identity: str) -> Row:
    """A row of what a table says; `cells` by the names of `NAMES`, and `identity` is its id where it says none."""
    known = clean(str(cells.get("id") or ""))[:MAX_ID]
    title, brand = (clean(str(cells.get(what) or "")[:MAX_TITLE]) or None for what in ("title", "brand"))
    picture = cells.get("picture")
    return Row(
        known or identity,
        title,
        brand,
        path_of(cells.get("category")),
        price_of(cells.get("price")),
        checked_address(picture.strip()) if isinstance(picture, str) else None,
        msgspec.json.encode(_ids(cells.get("related"))),
    )


def path_of(value: object) -> tuple[str, ...]:
    """A path of categories: a list, or a text with > or | between its steps."""
    steps = value if isinstance(value, list | tuple) else STEPS.split(str(value or ""))
    return tuple(step for part in steps if (step := clean(str(part or ""))))


def price_of(value: object) -> float | None:
    """A price, as any country writes it: 1,299.00 or 1.299,00 or 12,99 €."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if 0 <= value < 1e12 else None
    found = NUMBER.search(str(value or ""))
    if not found or str(value).lstrip().startswith("-"):
        return None
    digits = re.sub(r"[^\d.,]", "", found.group()).rstrip(".,")
    decimal = re.search(r"[.,](\d{1,2})$", digits)
    whole = re.sub(r"[.,]", "", digits[: decimal.start()] if decimal else digits)
    return float(f"{whole or 0}.{decimal.group(1) if decimal else 0}") if len(whole) <= 12 else None


def _ids(value: object) -> list[str]:
    parts = value if isinstance(value, list | tuple) else BETWEEN_IDS.split(str(value or ""))
    return [str(part) for part in parts if part]
