"""What a visitor sends is shown as text, opens no file of the machine, and asks no server inside."""

import io
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from t2i_core.abuse.catalogue import archive_items
from t2i_core.abuse.files import NoPicture
from t2i_core.abuse.sources import Item
from t2i_core.settings import get_settings
from t2i_core.ui.check_batch import items_of
from tests.loopback import Quiet, serving


class Inside(Quiet):
    """A server of this network that no catalogue may reach."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"secret")


@pytest.fixture
def inside() -> Iterator[str]:
    Inside.asked = []
    with serving(Inside) as address:
        yield address


def reasons(items: Iterator[Item] | list[Item]) -> list[str]:
    found = []
    for item in items:
        with pytest.raises(NoPicture) as nothing:
            item.read()
        found.append(nothing.value.signal.detail)
    return found


def uploaded(address: str) -> Path:
    path = get_settings().checks / "upload.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"title,url\nShoe,{address}/a.png\nBag,{address.replace('127.0.0.1', 'localhost')}/b.png\n")
    return path


@pytest.mark.parametrize(("allowed", "said"), [("0", "not fetched"), ("1", "inside a network")])
def test_addresses_in_an_uploaded_catalogue_reach_no_server_inside(
    inside: str, monkeypatch: pytest.MonkeyPatch, allowed: str, said: str
) -> None:
    monkeypatch.setenv("T2I_FETCH", allowed)
    get_settings.cache_clear()
    items, total = items_of(uploaded(inside), get_settings().checks)
    assert total == 2
    assert all(said in reason for reason in reasons(list(items)))
    assert Inside.asked == []


def test_a_name_that_answers_differently_the_second_time_gains_nothing(
    inside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the address that was checked is the one that is asked."""
    from t2i_core.abuse import fetch

    answers = iter(["93.184.216.34", "127.0.0.1"])
    asked: list[str] = []

    def looked_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connected(address: tuple[str, int], timeout: float) -> socket.socket:
        asked.append(address[0])
        raise OSError("no network in a test")

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    monkeypatch.setattr(socket, "create_connection", connected)
    with pytest.raises(NoPicture):
        fetch.UrlItem(f"http://rebound.example:{inside.rpartition(':')[2]}/a").read()
    assert asked == ["93.184.216.34"]


def test_an_archive_cannot_name_where_its_catalogue_is_put(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr("../../evil.csv", "title,path\nShoe,../../../secret.png\nBag,/etc/hostname\n")
    (tmp_path / "in" / "kept").mkdir(parents=True)
    upload = tmp_path / "in" / "upload.zip"
    upload.write_bytes(buffer.getvalue())
    (tmp_path / "secret.png").write_bytes(b"secret")
    items, _ = archive_items(upload, tmp_path / "in" / "kept")
    assert reasons(list(items)) == ["the archive holds no such file"] * 2
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"secret.png", "in/upload.zip", "in/kept/upload.csv"}
