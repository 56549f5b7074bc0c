import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from t2i_core.errors import OutputError
from t2i_core.generate.gallery import Gallery, picture_id
from t2i_core.generate.picture import Picture
from t2i_core.generate.request import GenerateRequest


class Clock:
    """Ten seconds later every time it is asked."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        self.now += 10
        return self.now


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    return Gallery(tmp_path / "new" / "gallery.sqlite", tmp_path / "new" / "pictures", Clock())


def picture(prompt: str, seed: int = 0, **attributes: str) -> Picture:
    return Picture(Image.new("RGB", (8, 8), (seed % 256, 0, 0)), GenerateRequest(prompt, attributes, seed=seed), 0.25)


def prompts(gallery: Gallery, words: str = "", **options: bool) -> list[str]:
    return [entry.request.prompt for entry in gallery.search(words, **options)]


def test_a_saved_picture_is_on_disk_with_its_settings(gallery: Gallery) -> None:
    made = picture("red shoes", 7, colour="Red")
    gallery.add([made])
    (entry,) = gallery.search()
    assert entry.request == made.request
    assert entry.seconds == 0.25
    assert Picture.open(entry.path).request == made.request
    assert entry.path.read_bytes() == made.png()


def test_the_id_of_a_picture_is_known_before_it_is_saved(gallery: Gallery) -> None:
    made = picture("red shoes")
    assert gallery.add([made]) == [picture_id(made.png())]


def test_the_newest_batch_comes_first_and_a_batch_keeps_its_order(gallery: Gallery) -> None:
    gallery.add([picture("old")])
    gallery.add([picture("first"), picture("second"), picture("third")])
    assert prompts(gallery) == ["first", "second", "third", "old"]


def test_the_same_picture_again_moves_to_the_front_and_stays_kept(gallery: Gallery) -> None:
    (name,) = gallery.add([picture("again")])
    gallery.keep(name)
    gallery.add([picture("other")])
    gallery.add([picture("again")])
    assert prompts(gallery) == ["again", "other"]
    assert gallery.kept([name]) == {name}


def test_search_finds_pictures_with_all_the_words_in_any_order_and_case(gallery: Gallery) -> None:
    gallery.add([picture("Nike Shoes", colour="Navy Blue"), picture("Nike Bag"), picture("Ледяная ШАПКА")])
    assert prompts(gallery, "navy NIKE") == ["Nike Shoes"]
    assert prompts(gallery, "nike") == ["Nike Shoes", "Nike Bag"]
    assert prompts(gallery, "шапка") == ["Ледяная ШАПКА"]
    assert prompts(gallery, "nike hat") == []


def test_search_finds_both_values_of_a_blend(gallery: Gallery) -> None:
    pink = picture("a face", hair="pink")
    gallery.add([replace(pink, request=replace(pink.request, blend={"hair": ("blue", 0.4)})), picture("blue shoes")])
    assert prompts(gallery, "pink blue") == ["a face"]


@pytest.mark.parametrize("words", ["%", "_", "'; DROP TABLE pictures; --", '"', "\\", "🥿", "x" * 5000, "a " * 5000])
def test_signs_that_mean_something_to_sql_are_looked_for_as_they_are(gallery: Gallery, words: str) -> None:
    gallery.add([picture("shoes"), picture("50 % off 'sale' \"now\" a_b \\ 🥿")])
    assert "shoes" not in prompts(gallery, words)
    assert gallery.count() == 2


def test_search_comes_in_pages_and_says_how_many_there_are(gallery: Gallery) -> None:
    gallery.add([picture(f"shoe {i}") for i in range(5)])
    assert [e.request.prompt for e in gallery.search("shoe", limit=2, offset=2)] == ["shoe 2", "shoe 3"]
    assert gallery.count("shoe") == 5
    assert gallery.count("hat") == 0


def test_kept_pictures_can_be_listed_alone_and_let_go_again(gallery: Gallery) -> None:
    first, _ = gallery.add([picture("good"), picture("poor")])
    gallery.keep(first)
    assert prompts(gallery, kept_only=True) == ["good"]
    gallery.keep(first, False)
    assert gallery.count(kept_only=True) == 0


def test_asking_which_of_no_pictures_are_kept_gives_none(gallery: Gallery) -> None:
    assert gallery.kept([]) == set()


def test_a_deleted_picture_is_gone_from_the_list_and_the_disk(gallery: Gallery) -> None:
    first, _ = gallery.add([picture("bad"), picture("good")])
    path = gallery.search("bad")[0].path
    gallery.delete(first)
    gallery.delete(first)
    assert prompts(gallery) == ["good"]
    assert not path.exists()


def test_a_restarted_studio_still_has_its_pictures(gallery: Gallery) -> None:
    gallery.add([picture("still here")])
    assert prompts(Gallery(gallery.file, gallery.pictures)) == ["still here"]


def test_sessions_that_save_at_once_lose_nothing(gallery: Gallery) -> None:
    together = threading.Barrier(8)

    def save(session: int) -> None:
        together.wait()
        for i in range(4):
            gallery.add([picture(f"session {session}", seed=10 * session + i)])

    threads = [threading.Thread(target=save, args=(session,)) for session in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gallery.count() == 32


def test_a_reader_is_not_held_up_by_an_open_write(gallery: Gallery) -> None:
    gallery.add([picture("there before")])
    with sqlite3.connect(gallery.file) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE pictures SET kept = 1")
        assert prompts(gallery) == ["there before"]


def test_one_row_from_a_later_version_does_not_hide_the_others(gallery: Gallery) -> None:
    gallery.add([picture("fine"), picture("strange")])
    with sqlite3.connect(gallery.file) as db:
        db.execute("UPDATE pictures SET request = '[]' WHERE words LIKE 'strange%'")
    assert prompts(gallery) == ["fine"]


def test_a_damaged_list_is_reported_with_its_path_and_what_to_do(gallery: Gallery) -> None:
    gallery.file.parent.mkdir()
    gallery.file.write_bytes(b"not a database at all" * 100)
    with pytest.raises(OutputError, match=r"gallery\.sqlite is damaged\. Move it away"):
        gallery.search()


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    blocked = Gallery(tmp_path / "file" / "gallery.sqlite", tmp_path / "file" / "pictures")
    with pytest.raises(OutputError, match="T2I_HOME"):
        blocked.count()
    with pytest.raises(OutputError, match="cannot be written"):
        blocked.add([picture("lost")])


def test_pictures_that_cannot_be_written_are_not_listed(gallery: Gallery) -> None:
    gallery.count()
    gallery.pictures.write_text("a file where the folder should be")
    with pytest.raises(OutputError):
        gallery.add([picture("half")])
    assert gallery.count() == 0
