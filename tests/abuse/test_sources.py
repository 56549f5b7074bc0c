import io
import zipfile
from pathlib import Path

import pytest

from t2i_core.abuse import sources
from t2i_core.abuse.files import NoPicture
from t2i_core.abuse.sources import FileItem, folder_items, zip_items
from t2i_core.errors import InputError
from tests.abuse.drawn import encoded, photo

JPEG = encoded(photo((64, 64)))


def archive(folder: Path, files: dict[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "all.zip"
    with zipfile.ZipFile(path, "w", packed) as opened:
        for name, data in files.items():
            opened.writestr(name, data)
    return path


def refused(item: sources.Item) -> tuple[str, str]:
    with pytest.raises(NoPicture) as caught:
        item.read()
    return caught.value.signal.rule, caught.value.signal.detail


def test_a_folder_gives_its_pictures_by_name_and_leaves_the_rest(tmp_path: Path) -> None:
    for name in ("b.jpg", "a/c.PNG", "notes.txt", "__MACOSX/a.jpg", "a/._c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(JPEG)
    assert [item.name for item in folder_items(tmp_path)] == ["a/c.PNG", "b.jpg"]


def test_a_folder_without_pictures_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no pictures"):
        list(folder_items(tmp_path))
    with pytest.raises(InputError, match="no folder"):
        list(folder_items(tmp_path / "none"))


def test_the_stamp_of_a_file_changes_with_it(tmp_path: Path) -> None:
    item = FileItem(tmp_path / "a.jpg")
    before = item.stamp
    item.path.write_bytes(JPEG)
    assert before != item.stamp


def test_pictures_in_an_archive_are_read_and_nothing_is_written(tmp_path: Path) -> None:
    path = archive(tmp_path, {"a/b.jpg": JPEG, "../../evil.jpg": JPEG, "/etc/x.png": JPEG, "readme.txt": b"hi"})
    items = zip_items(path)
    assert [item.name for item in items] == ["a/b.jpg", "../../evil.jpg", "/etc/x.png"]
    assert [item.read() for item in items] == [JPEG] * 3
    assert list(tmp_path.iterdir()) == [path]


def test_a_bomb_in_an_archive_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    (item,) = zip_items(archive(tmp_path, {"a.png": bytes(30_000_000)}))
    assert refused(item) == ("file.too_large", "it unpacks to 30 MB")


def test_an_archive_that_lies_about_its_sizes_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (item,) = zip_items(archive(tmp_path, {"a.png": JPEG}))
    monkeypatch.setattr(sources, "MAX_BYTES", len(JPEG) - 1)
    item.member.file_size = 10
    assert refused(item)[0] in ("file.too_large", "file.truncated")


def test_a_locked_or_damaged_member_is_a_finding(tmp_path: Path) -> None:
    path = archive(tmp_path, {"a.jpg": JPEG, "b.jpg": JPEG}, zipfile.ZIP_STORED)
    first, second = zip_items(path)
    first.member.flag_bits |= sources.SEALED
    assert refused(first) == ("file.unreadable", "it is locked with a password")
    data = bytearray(path.read_bytes())
    place = data.rindex(JPEG[100:200])
    data[place : place + 50] = bytes(50)
    path.write_bytes(bytes(data))
    assert refused(second) == ("file.truncated", "it cannot be unpacked")


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x03\x04" + bytes(50)])
def test_what_is_no_archive_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.zip").write_bytes(data)
    with pytest.raises(InputError, match=r"bad\.zip cannot be opened"):
        zip_items(tmp_path / "bad.zip")


def test_archives_without_pictures_or_with_too_much_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="holds no pictures"):
        zip_items(archive(tmp_path, {"a.txt": b"x"}))
    monkeypatch.setattr(sources, "MAX_UNPACKED", 100)
    with pytest.raises(InputError, match="Split it"):
        zip_items(archive(tmp_path, {"a.jpg": JPEG}))
    monkeypatch.setattr(sources, "MAX_MEMBERS", 0)
    with pytest.raises(InputError, match="holds 1 files"):
        zip_items(archive(tmp_path, {"a.jpg": JPEG}))


def test_an_archive_within_an_archive_stays_packed(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as opened:
        opened.writestr("deep.jpg", JPEG)
    items = zip_items(archive(tmp_path, {"a.jpg": JPEG, "inner.zip": inner.getvalue()}))
    assert [item.name for item in items] == ["a.jpg"]
