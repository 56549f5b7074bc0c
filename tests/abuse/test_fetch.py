from collections.abc import Iterator

import pytest

from t2i_core.abuse import fetch
from t2i_core.abuse.fetch import UrlItem
from t2i_core.abuse.files import NoPicture
from tests.loopback import Quiet, serving


class Shop(Quiet):
    """A shop's server: /good is a picture, the rest is what else servers do."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        leads = {"/moved": "/good", "/loop": "/loop", "/inside": "http://169.254.169.254/secret", "/file": "file:///x"}
        if self.path in leads:
            self.send_response(302)
            self.send_header("Location", leads[self.path])
            self.end_headers()
            return
        self.send_response(200 if self.path in ("/good", "/huge") else 404)
        self.end_headers()
        if self.path == "/good":
            self.wfile.write(b"picture")
        if self.path == "/huge":
            self.wfile.write(bytes(500_000))


@pytest.fixture
def shop() -> Iterator[str]:
    Shop.asked = []
    with serving(Shop) as address:
        yield address


def here(address: str) -> bool:
    return address == "127.0.0.1"


def refused(item: UrlItem) -> tuple[str, str]:
    with pytest.raises(NoPicture) as caught:
        item.read()
    return caught.value.signal.rule, caught.value.signal.detail


@pytest.mark.parametrize("path", ["/good", "/moved"])
def test_a_picture_is_fetched_also_where_it_was_moved_to(shop: str, path: str) -> None:
    assert UrlItem(shop + path, allowed=here).read() == b"picture"


@pytest.mark.parametrize(
    ("path", "said"),
    [("/loop", "without end"), ("/inside", "inside a network"), ("/none", "answers 404"), ("/file", "only plain http")],
)
def test_other_answers_are_findings(shop: str, path: str, said: str) -> None:
    rule, detail = refused(UrlItem(shop + path, allowed=here))
    assert (rule, said in detail) == ("file.missing", True)


def test_too_large_an_answer_is_cut_short(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "MAX_DOWNLOAD", 100_000)
    assert refused(UrlItem(shop + "/huge", allowed=here))[0] == "file.too_large"


def test_a_server_of_this_machine_is_never_asked(shop: str) -> None:
    port = shop.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"):
        assert refused(UrlItem(f"http://{host}:{port}/good"))[0] == "file.missing"
    assert Shop.asked == []


@pytest.mark.parametrize(
    "url", ["ftp://a.b/c", "http://", "http://user:pw@127.0.0.1/", "http://[bad", "http://a:b/", "\n"]
)
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    assert refused(UrlItem(url))[0] == "file.missing"
