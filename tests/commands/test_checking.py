import json
from pathlib import Path

import pytest

from t2i_core.abuse.check import AbuseChecker
from t2i_core.abuse.profile import Profile, find_profile
from t2i_core.abuse.results import Result
from t2i_core.abuse.rules import RULES
from t2i_core.abuse.store import open_opinions
from t2i_core.abuse.verdict import Signal, Verdict
from t2i_core.cli import main
from t2i_core.commands import checking
from t2i_core.settings import Settings
from tests.abuse.batches import shop
from tests.abuse.drawn import encoded, photo

Printed = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the judges that must be loaded."""
    monkeypatch.setattr(AbuseChecker, "from_pretrained", lambda profile, read=True: AbuseChecker(profile))


@pytest.fixture
def fine(tmp_path: Path) -> Path:
    path = tmp_path / "fine.jpg"
    path.write_bytes(encoded(photo((1200, 1200))))
    return path


def lines(printed: Printed) -> list[dict[str, object]]:
    return [json.loads(line) for line in printed.readouterr().out.splitlines()]


def test_a_fine_picture_prints_its_verdict_and_exits_with_0(fine: Path, capsys: Printed) -> None:
    assert main(["check", str(fine), "--profile", "amazon", "--title", "Knitted thing", "--json"]) == 0
    (line,) = lines(capsys)
    assert (line["ok"], line["title"], line["size"], line["findings"]) == (True, "Knitted thing", [1200, 1200], [])
    assert isinstance(line["scores"], dict)


def test_findings_exit_with_1_one_line_a_picture(tmp_path: Path, capsys: Printed) -> None:
    shop(tmp_path)
    assert main(["check", str(tmp_path), str(tmp_path / "none.jpg"), "--json"]) == 1
    assert [line["name"] for line in lines(capsys)] == [
        *("again.jpg", "badge.jpg", "fine.jpg", "page.jpg"),
        str(tmp_path / "none.jpg"),
    ]


def test_without_json_a_person_reads_sentences(tmp_path: Path, capsys: Printed) -> None:
    (tmp_path / "page.jpg").write_bytes(b"<html>")
    assert main(["check", str(tmp_path / "page.jpg")]) == 1
    said = capsys.readouterr().out
    assert said.startswith("error")
    assert "not a picture that can be opened" in said
    assert "[file.unreadable]" in said


def test_a_catalogue_gives_titles_and_repeats(tmp_path: Path, capsys: Printed) -> None:
    shop(tmp_path)
    (tmp_path / "all.csv").write_text("title;image\nRed Shoe;fine.jpg\nLeather Wallet;again.jpg\n", "utf-8-sig")
    assert main(["check", "--catalogue", str(tmp_path / "all.csv"), "--json"]) == 1
    first, second = lines(capsys)
    assert (first["title"], second["title"]) == ("Red Shoe", "Leather Wallet")
    assert [one["rule"] for one in first["findings"]] == ["duplicate.other_title"]  # type: ignore[attr-defined]


def test_reports_are_written_where_asked(fine: Path, tmp_path: Path) -> None:
    main(["check", str(fine), "--out", str(tmp_path / "out")])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["check.csv", "check.html"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Name the pictures"),
        (["x.jpg", "--profile", "ebay"], "no profile"),
        (["x.jpg", "--workers", "0"], "--workers"),
        (["--catalogue", "none.csv"], "Check the path"),
        (["pages"], "holds no pictures"),
        (["--refit"], "Too little was said"),
    ],
)
def test_what_cannot_run_exits_with_2(
    options: list[str], said: str, capsys: Printed, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    assert main(["check", *options]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""


def test_a_long_batch_that_was_stopped_goes_on(
    tmp_path: Path, settings: Settings, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "FEW", 1)
    shop(tmp_path)

    def stop(what: str) -> object:
        def on_step(done: int, total: int) -> None:
            if done == 2:
                raise KeyboardInterrupt

        return on_step

    with monkeypatch.context() as patched:
        patched.setattr(checking, "show_progress", stop)
        assert main(["check", str(tmp_path), "--json"]) == 130
    (record,) = settings.checks.glob("*.jsonl")
    assert len(record.read_text().splitlines()) == 3
    capsys.readouterr()
    assert main(["check", str(tmp_path), "--json"]) == 1
    assert len(lines(capsys)) == 4
    assert list(settings.checks.iterdir()) == []


def test_judges_that_do_not_work_here_are_named(fine: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    checker = AbuseChecker(out_of_order=("text: libGL.so.1 is missing",))
    monkeypatch.setattr(AbuseChecker, "from_pretrained", lambda profile, read=True: checker)
    assert main(["check", str(fine)]) == 0
    assert "libGL.so.1" in capsys.readouterr().err


def test_refit_saves_a_profile_that_the_next_check_can_use(settings: Settings, capsys: Printed) -> None:
    for number in range(6):
        for score, agree in ((0.55, False), (0.9, True)):
            signal = Signal("listing.blur", score)
            verdict = Verdict((RULES["listing.blur"].finding(signal),), {"listing.blur": score})
            open_opinions().say(Result(f"{score}{number}", "", verdict), agree=agree)
    assert main(["check", "--refit", "--profile", "amazon"]) == 0
    rule, saved = lines(capsys)
    assert (rule["rule"], rule["wrong_before"], rule["wrong_after"]) == ("listing.blur", 6, 0)
    fitted = find_profile(str(saved["profile"]), settings.profiles)
    assert saved["profile"] == "amazon-refitted"
    assert 0.55 < fitted.threshold("listing.blur") <= 0.9
    assert (fitted.fill, Profile().threshold("listing.blur")) == (0.85, 0.5)
