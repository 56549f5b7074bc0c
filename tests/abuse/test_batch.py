import threading
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from t2i_core.abuse.batch import run_batch
from t2i_core.abuse.check import AbuseChecker
from t2i_core.abuse.profile import Profile
from t2i_core.abuse.results import Result, Results
from t2i_core.abuse.sources import FileItem, Item
from t2i_core.abuse.verdict import Signal, Subject
from t2i_core.errors import Cancelled, DataError, OutputError
from tests.abuse.batches import CHECKER, judged, shop
from tests.abuse.drawn import encoded, photo


class Counting:
    """A judge that counts how often it is asked."""

    __name__ = "counting"

    def __init__(self) -> None:
        self.asked = 0
        self._lock = threading.Lock()

    def __call__(self, subject: Subject) -> Sequence[Signal]:
        with self._lock:
            self.asked += 1
        return [Signal("listing.blur", 0.1)]


def stop_after(number: int) -> object:
    def on_step(done: int, total: int) -> None:
        if done == number:
            raise Cancelled("stop")

    return on_step


def test_every_item_has_its_result_in_its_order(tmp_path: Path) -> None:
    results = judged(tmp_path)
    assert [result.name for result in results] == ["fine.jpg", "badge.jpg", "page.jpg", "none.jpg", "again.jpg"]
    rules = [{finding.rule for finding in result.verdict.findings} for result in results]
    assert rules[1] == {"listing.inset"}
    assert rules[2] == {"file.unreadable"}
    assert rules[3] == {"file.missing"}
    assert rules[0] == rules[4] == {"duplicate.other_title"}
    assert results[0].size == (300, 300)
    assert results[0].thumbnail


def test_the_worst_come_first_and_can_be_looked_for(tmp_path: Path) -> None:
    results = judged(tmp_path)
    assert [results.rank(place) for place in results.by_severity()] == [2, 2, 1, 1, 1]
    assert results.select(ranks=[2]) == [2, 3]
    assert results.select(rule="duplicate.other_title") == [0, 4]
    assert results.select(words="SCRIPT bag") == [1]
    assert results.select(words="script wallet") == []
    assert results.rules()["duplicate.other_title"] == 2


def test_steps_are_counted_to_the_end(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    items = shop(tmp_path)
    run_batch(CHECKER, items, tmp_path / "r.jsonl", total=5, on_step=lambda done, total: steps.append((done, total)))
    assert steps == [(number, 5) for number in range(1, 6)]


def test_a_stopped_batch_goes_on_where_it_was(tmp_path: Path) -> None:
    judge = Counting()
    items, file = shop(tmp_path), tmp_path / "r.jsonl"
    checker = AbuseChecker(judges=[judge])
    with pytest.raises(Cancelled):
        run_batch(checker, items, file, total=5, workers=1, on_step=stop_after(2))  # type: ignore[arg-type]
    file.write_bytes(file.read_bytes() + b'{"key": "half a line')
    asked = judge.asked
    results = run_batch(checker, items, file, total=5, workers=1)
    assert [result.name for result in results] == [item.name for item in items]
    whole = Counting()
    run_batch(AbuseChecker(judges=[whole]), items, tmp_path / "other.jsonl", total=5)
    assert judge.asked - asked < whole.asked
    again = Counting()
    run_batch(AbuseChecker(judges=[again]), items, file, total=5)
    assert again.asked == 0


def test_a_picture_that_changed_meanwhile_is_judged_anew(tmp_path: Path) -> None:
    items = shop(tmp_path)
    judged(tmp_path, items)
    (tmp_path / "page.jpg").write_bytes(encoded(photo((300, 300), 5)))
    results = judged(tmp_path, items)
    assert results[2].verdict.ok
    assert len(results) == 5


def test_other_rules_begin_the_batch_anew(tmp_path: Path) -> None:
    items = shop(tmp_path)
    judged(tmp_path, items)
    strict = AbuseChecker(Profile(min_longest=1000))
    results = judged(tmp_path, items, strict)
    assert "listing.size" in {finding.rule for finding in results[0].verdict.findings}


def test_a_judge_that_fails_on_one_picture_ends_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fails(subject: Subject) -> Sequence[Signal]:
        if subject.title == "Red Shoe":
            raise ZeroDivisionError
        return []

    results = judged(tmp_path, shop(tmp_path), AbuseChecker(judges=[fails]))
    assert [finding.rule for finding in results[0].verdict.findings] == ["check.failed"]
    assert len(results) == 5
    assert "ZeroDivisionError" in caplog.text


def test_several_workers_find_the_same(tmp_path: Path) -> None:
    items = shop(tmp_path)
    alone, together = (
        [result.verdict for result in run_batch(CHECKER, items, tmp_path / f"{n}.jsonl", total=5, workers=n)]
        for n in (1, 4)
    )
    assert alone == together


def test_memory_does_not_grow_with_the_pictures(tmp_path: Path) -> None:
    data = encoded(photo((64, 64)))

    def many() -> Iterator[Item]:
        for number in range(600):
            path = tmp_path / f"{number}.jpg"
            path.write_bytes(data)
            yield FileItem(path, "x", path.name)

    checker = AbuseChecker(judges=[])
    tracemalloc.start()
    results = run_batch(checker, many(), tmp_path / "r.jsonl", total=600)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(results) == 600
    assert peak < 12_000_000
    assert kept < 4_000_000


def test_a_record_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        Results(tmp_path / "file" / "r.jsonl", "key")


@pytest.mark.parametrize("text", ["", "{}", '{"name": 1}', "[1]"])
def test_a_damaged_line_is_no_result(text: str) -> None:
    with pytest.raises(DataError):
        Result.from_json(text)


def test_a_finished_record_can_be_thrown_away(tmp_path: Path) -> None:
    results = judged(tmp_path)
    results.discard()
    assert not results.file.exists()
