"""A summary of prepared data as one HTML page that needs nothing but a browser."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from t2i_core.data.summary import Summary, Thumbnail

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1000px; padding: 0 1rem; color: #1c2527 }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem } table { border-collapse: collapse; width: 100% }
td { padding: .2rem .5rem; vertical-align: top } td:first-child { width: 38% } td.n { width: 7rem; text-align: right }
i { display: block; height: .9rem; margin-top: .25rem; background: #4d8b8b; border-radius: 2px; min-width: 1px }
ul { display: flex; flex-wrap: wrap; gap: .75rem; list-style: none; padding: 0 }
li { width: 120px; font-size: 12px; overflow-wrap: anywhere } img { max-width: 112px; border: 1px solid #dde3e3 }
"""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
LONGEST = 120  # characters of a title under its picture


def html_report(summary: Summary) -> str:
    """The page. Whatever came from the source is escaped, and nothing on the page can run or load anything."""
    return "".join(_page(summary))


def _page(summary: Summary) -> Iterator[str]:
    yield '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Prepared data</title>'
    yield '<meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" '
    yield f'content="{POLICY}"><style>{STYLE}</style></head><body>'
    yield f"<h1>{escape(summary.source)}</h1>"
    yield _bars("Counts", _counts(summary), most=False)
    yield _bars(f"Categories ({summary.kinds:,})", summary.categories)
    yield _bars("Length of titles", summary.title_words)
    yield _bars(f"Shorter side of {summary.looked_at:,} pictures", summary.sides)
    yield _bars("Lines that gave no product", _pairs(summary.rejects))
    yield _bars("Addresses that gave no picture", _pairs(summary.failures))
    if summary.thumbnails:
        yield f"<h2>Pictures</h2><ul>{''.join(map(_item, summary.thumbnails))}</ul>"
    yield "</body></html>"


def _counts(summary: Summary) -> list[tuple[str, int]]:
    named = [
        ("lines or rows read", summary.lines),
        ("products", summary.products),
        ("of other categories, left out", summary.other),
        ("without a title", summary.without_title),
        ("with a price", summary.with_price),
        ("with the address of a picture", summary.with_address),
        ("pictures here", summary.pictures),
    ]
    return [one for one in named if one[1]]


def _pairs(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return list(counts.items())


def _bars(title: str, counts: Sequence[tuple[str, int]], *, most: bool = True) -> str:
    """A table of counts, with bars where they are parts of a whole."""
    if not counts:
        return ""
    highest = max(count for _, count in counts)
    rows = (
        f'<tr><td>{escape(name)}</td><td class="n">{count:,}</td>'
        + (f'<td><i style="width: {100 * count / highest:.1f}%"></i></td>' if most else "<td></td>")
        + "</tr>"
        for name, count in counts
    )
    return f"<h2>{escape(title)}</h2><table>{''.join(rows)}</table>"


def _item(one: Thumbnail) -> str:
    title = one.title if len(one.title) <= LONGEST else one.title[: LONGEST - 1] + "…"
    size = f"{one.width} × {one.height}"
    said = f"{escape(title)}<br><small>{escape(one.category)} · {size}</small>"
    return f'<li><img alt="" src="data:image/jpeg;base64,{escape(one.jpeg)}"><br>{said}</li>'
