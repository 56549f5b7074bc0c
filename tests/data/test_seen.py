import numpy as np

from t2i_core.data.seen import Seen, hashes_of


def test_an_id_is_new_once() -> None:
    seen = Seen()
    assert seen.add(hashes_of(["a", "b", "a"])).tolist() == [True, True, False]
    assert seen.add(hashes_of(["c", "b"])).tolist() == [True, False]
    assert seen.holds(hashes_of(["a", "b", "c", "d"])).tolist() == [True, True, True, False]
    assert len(seen) == 3


def test_many_ids_lie_in_few_sorted_runs_and_all_are_found() -> None:
    seen, ids = Seen(), [f"P{n}" for n in range(20_000)]
    for start in range(0, len(ids), 100):
        assert seen.add(hashes_of(ids[start : start + 100])).all()
    assert seen.holds(hashes_of(ids)).all()
    assert not seen.holds(hashes_of([f"Q{n}" for n in range(1000)])).any()
    assert len(seen._runs) < 16


def test_hashes_are_the_same_on_every_machine() -> None:
    assert hashes_of(["B00004SR9P"]).dtype == np.uint64
    assert hashes_of(["B00004SR9P"])[0] == hashes_of(["x", "B00004SR9P"])[1]


def test_nothing_is_in_an_empty_set() -> None:
    assert not Seen().holds(hashes_of(["a"])).any()
    assert Seen().add(hashes_of([])).tolist() == []
