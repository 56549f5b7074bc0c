import os
import time
from pathlib import Path

import pytest

from t2i_core.api.files import Files
from t2i_core.errors import InputError


def aged(path: Path, seconds: float) -> None:
    for each in (path, path.parent):
        os.utime(each, (time.time() - seconds, time.time() - seconds))


def test_a_saved_file_is_found_again_and_nobody_guesses_its_path(tmp_path: Path) -> None:
    files = Files(tmp_path)
    first, second = files.save(b"one", "a.png"), files.save(b"one", "a.png")
    assert files.found(first).read_bytes() == b"one"
    assert first != second
    assert len(Path(first).parent.name) == 32


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret", "", "gone/a.png", "\0", "x" * 5000])
def test_no_other_file_is_found(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    files = Files(tmp_path / "files")
    with pytest.raises(InputError, match="pictures are kept for 30 minutes"):
        files.found(path)
    with pytest.raises(InputError):
        files.found(f"{files.folder}/../secret")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(InputError):
        Files(tmp_path / "files").found(str(tmp_path / "files" / "link"))


def test_old_files_go_and_new_and_spared_ones_stay(tmp_path: Path) -> None:
    files = Files(tmp_path, kept=100)
    old, new, spared = (Path(files.save(b"x", "a.png")) for _ in range(3))
    aged(old, 200)
    aged(spared, 200)
    (tmp_path / "lone").write_bytes(b"x")
    os.utime(tmp_path / "lone", (0, 0))
    files.sweep([spared])
    assert not old.parent.exists()
    assert not (tmp_path / "lone").exists()
    assert new.exists()
    assert spared.exists()


def test_files_are_swept_by_themselves(tmp_path: Path) -> None:
    files = Files(tmp_path, kept=0.05)
    path = Path(files.save(b"x", "a.png"))
    files.watch(lambda: ())
    ends = time.monotonic() + 30
    while path.exists():
        assert time.monotonic() < ends
        time.sleep(0.02)
