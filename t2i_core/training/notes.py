"""What people write into a model's card by hand: it stays when training writes the card anew."""

from pathlib import Path

from t2i_core.weights import documents_of

README = "README.md"
NOTES = "## Notes"  # what stands from here on was written by hand and stays


def with_notes(card: str, folder: Path) -> dict[str, bytes]:
    """README.md of this text and the notes of the card that lies in `folder`, and the pictures that those show."""
    documents = documents_of(folder)
    _, heading, rest = documents.get(README, b"").decode(errors="replace").partition(NOTES)
    shown = {name: data for name, data in documents.items() if f"]({name})" in rest}
    text = f"{card.rstrip()}\n\n{heading}{rest}" if heading else card
    return {**shown, README: text.encode()}
