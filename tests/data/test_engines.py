import os
import sys
from collections.abc import Iterator
from functools import partial

import pytest

from t2i_core.data.engines import Engine, LocalEngine, RayEngine, find_engine
from t2i_core.errors import DataError, InputError


def scaled(factor: int, number: int) -> tuple[int, int]:
    return number * factor, os.getpid()


def broken(number: int) -> int:
    raise InputError(f"no {number}")


def ended(number: int) -> int:
    os._exit(1)


@pytest.mark.parametrize("engine", [LocalEngine(1), LocalEngine(2)])
def test_results_come_in_the_order_of_the_blocks(engine: Engine) -> None:
    results = list(engine.map_blocks(partial(scaled, 3), range(30)))
    assert [value for value, _ in results] == list(range(0, 90, 3))


def test_work_goes_to_other_processes_only_where_there_is_more_than_one_block() -> None:
    assert {pid for _, pid in LocalEngine(2).map_blocks(partial(scaled, 1), range(1))} == {os.getpid()}
    assert os.getpid() not in {pid for _, pid in LocalEngine(2).map_blocks(partial(scaled, 1), range(4))}


def test_blocks_are_drawn_only_as_fast_as_results_are_taken() -> None:
    drawn = []

    def endless() -> Iterator[int]:
        while True:
            drawn.append(1)
            yield len(drawn)

    results = LocalEngine(2).map_blocks(partial(scaled, 1), endless())
    for _ in range(5):
        next(results)
    results.close()
    assert len(drawn) < 25


def test_an_error_of_a_worker_is_raised_here_and_a_killed_one_is_told() -> None:
    with pytest.raises(InputError, match="no 0"):
        list(LocalEngine(2).map_blocks(broken, range(3)))
    with pytest.raises(DataError, match="fewer --workers"):
        list(LocalEngine(2).map_blocks(ended, range(3)))


def test_engines_are_found_by_name() -> None:
    assert find_engine("local", 3) == LocalEngine(3)
    assert isinstance(find_engine("local"), LocalEngine)
    assert find_engine("ray") == RayEngine()
    for name, workers, said in (("spark", None, "There are: local, ray"), ("local", 0, "At least one")):
        with pytest.raises(InputError, match=said):
            find_engine(name, workers)


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"pip install '\.\[ray\]'"):
        list(RayEngine().map_blocks(partial(scaled, 3), range(3)))


def test_ray_gives_the_same_results_in_the_same_order() -> None:
    ray = pytest.importorskip("ray")
    try:
        results = list(RayEngine(window=8).map_blocks(partial(scaled, 3), range(20)))
    finally:
        ray.shutdown()
    assert [value for value, _ in results] == list(range(0, 60, 3))
    assert os.getpid() not in {pid for _, pid in results}
