"""`make texts`: reads the English text out of the source, and brings studio.pot and the translations up to date.

A new language begins as its line in language.py; its file is made here, with nothing translated yet.
"""

import io
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from t2i_core.ui.language import ENGLISH, LANGUAGES, TEXTS

REPOSITORY = TEXTS.parents[2]
SOURCES = ("app.py", "pages/*.py", "t2i_core/ui/*.py", "t2i_core/abuse/rules.py")
KEYWORDS = {"tr": None, "tr_many": (1, 2), "N_": None, "Later": None, "Rule": (4,)}
NEEDLESS = re.compile(
    r'^"(?!Language:|Plural|MIME|Content)[A-Z][A-Za-z-]+: .*\\n"\n', re.MULTILINE
)  # who, when, with what


def main() -> None:
    template = extracted()
    (TEXTS / "studio.pot").write_text(written(template), "utf-8")
    for code in LANGUAGES:
        if code != ENGLISH:
            path = TEXTS / f"{code}.po"
            path.write_text(written(updated(path, code, template)), "utf-8")


def extracted() -> Catalog:
    """Every text of the pages, with the files it stands in."""
    found = Catalog(header_comment="# The texts of the studio's pages.", charset="utf-8")
    for path in sorted(path for pattern in SOURCES for path in REPOSITORY.glob(pattern)):
        name = path.relative_to(REPOSITORY).as_posix()
        for line, text, comments, context in extract_from_file("python", path, KEYWORDS):
            found.add(text, None, [(name, line)], auto_comments=comments, context=context)
    return found


def updated(path: Path, code: str, template: Catalog) -> Catalog:
    """A language's texts, with new ones to translate and without those that are gone."""
    kept = Catalog(locale=code, header_comment=template.header_comment, charset="utf-8")
    if path.exists():
        with path.open("rb") as file:
            kept = read_po(file, locale=code)
    kept.header_comment = template.header_comment
    kept.update(template, no_fuzzy_matching=True, update_header_comment=False)
    kept.obsolete.clear()
    return kept


def written(texts: Catalog) -> str:
    """The file's text, without line numbers and dates: it changes only where the texts do."""
    file = io.BytesIO()
    write_po(file, texts, width=110, include_lineno=False)
    return NEEDLESS.sub("", file.getvalue().decode())


if __name__ == "__main__":
    main()
