from pathlib import Path

from t2i_core.training.notes import NOTES, README, with_notes

WRITTEN = f"{NOTES}\nBy hand.\n\n![Both games](game.jpg)\n"


def folder(path: Path, card: str) -> Path:
    (path / README).write_text(card)
    for name in ("game.jpg", "sheet.jpg"):
        (path / name).write_bytes(name.encode())
    return path


def test_notes_and_the_pictures_they_show_stay_under_a_new_card(tmp_path: Path) -> None:
    old = folder(tmp_path, f"# Old\n![A sheet](sheet.jpg)\n\n{WRITTEN}")
    assert with_notes("# New\n", old) == {README: f"# New\n\n{WRITTEN}".encode(), "game.jpg": b"game.jpg"}


def test_writing_a_card_again_changes_nothing(tmp_path: Path) -> None:
    old = folder(tmp_path, f"# Old\n\n{WRITTEN}")
    once = with_notes("# New\n", old)[README]
    (old / README).write_bytes(once)
    assert with_notes("# New\n", old)[README] == once


def test_without_notes_or_a_folder_the_card_is_all(tmp_path: Path) -> None:
    assert with_notes("# New\n", tmp_path / "none") == {README: b"# New\n"}
    assert with_notes("# New\n", folder(tmp_path, "# Old\n![A sheet](sheet.jpg)\n")) == {README: b"# New\n"}
