import sqlite3
from pathlib import Path
from threading import Thread

import pytest

from t2i_core.database import connect
from t2i_core.errors import OutputError

TABLES = "CREATE TABLE IF NOT EXISTS words (word TEXT);"


def put(file: Path, word: str) -> None:
    with connect(file, TABLES, "words", "The list") as db:
        db.execute("INSERT INTO words VALUES (?)", (word,))


def words(file: Path) -> list[str]:
    with connect(file, TABLES, "words", "The list") as db:
        return [str(word) for (word,) in db.execute("SELECT word FROM words")]


def test_the_file_and_its_tables_are_made_where_they_are_missing(tmp_path: Path) -> None:
    put(tmp_path / "new" / "list.sqlite", "a")
    assert words(tmp_path / "new" / "list.sqlite") == ["a"]


def test_what_an_error_interrupts_is_taken_back(tmp_path: Path) -> None:
    def interrupted() -> None:
        with connect(tmp_path / "list.sqlite", TABLES, "words", "The list") as db:
            db.execute("INSERT INTO words VALUES ('a')")
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert words(tmp_path / "list.sqlite") == []


def test_many_threads_write_at_once(tmp_path: Path) -> None:
    threads = [Thread(target=put, args=(tmp_path / "list.sqlite", str(number))) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(words(tmp_path / "list.sqlite")) == sorted(map(str, range(8)))


def test_a_damaged_file_and_a_folder_that_is_none_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "list.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(OutputError, match=r"list\.sqlite is damaged\. Move it away"):
        words(tmp_path / "list.sqlite")
    with pytest.raises(OutputError, match="cannot be used"):
        words(tmp_path / "list.sqlite" / "below")
    assert issubclass(sqlite3.OperationalError, sqlite3.DatabaseError)
