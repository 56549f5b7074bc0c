"""Who works when: one piece each, in the order of asking."""

import threading
import time
from collections.abc import Callable

import pytest

from t2i_core.errors import Cancelled
from t2i_core.turns import Done, Turns, Work

DRAW = Work("draw", "products", 4)


def until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.005)


def in_line(turns: Turns, count: int) -> None:
    until(lambda: turns.waiting == count)


def test_turns_are_taken_in_the_order_of_asking() -> None:
    turns, order = Turns(), []

    def work(name: int) -> None:
        with turns.take(DRAW):
            order.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
    with turns.take(DRAW):
        for place, thread in enumerate(threads, start=1):
            thread.start()
            in_line(turns, place)
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_who_wants_many_turns_lets_those_who_came_meanwhile_go_first() -> None:
    turns, order = Turns(), []

    def greedy() -> None:
        for _ in range(3):
            with turns.take(DRAW):
                order.append("greedy")
                in_line(turns, 1) if len(order) == 1 else None

    def modest() -> None:
        until(lambda: bool(order))
        with turns.take(DRAW):
            order.append("modest")

    threads = [threading.Thread(target=greedy), threading.Thread(target=modest)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order == ["greedy", "modest", "greedy", "greedy"]


def test_as_many_work_at_once_as_are_allowed_to() -> None:
    turns, here = Turns(2), threading.Barrier(2)

    def work() -> None:
        with turns.take(DRAW):
            here.wait(30)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not here.broken


def test_who_is_stopped_while_waiting_leaves_the_line_and_holds_nobody_up() -> None:
    turns, stopped = Turns(), threading.Event()

    def impatient() -> None:
        def on_wait() -> None:
            raise Cancelled("no longer")

        with pytest.raises(Cancelled), turns.take(DRAW, on_wait):
            pytest.fail("it was not its turn")
        stopped.set()

    with turns.take(DRAW):
        threading.Thread(target=impatient).start()
        assert stopped.wait(30)
        assert turns.waiting == 0
    with turns.take(DRAW):
        pass


def test_a_turn_is_passed_on_and_told_of_when_its_work_fails() -> None:
    turns, heard = Turns(), list[Done]()
    turns.listen(heard.append)
    with pytest.raises(ZeroDivisionError), turns.take(DRAW):
        raise ZeroDivisionError
    with turns.take(DRAW):
        pass
    assert [(done.work, type(done.problem)) for done in heard] == [(DRAW, ZeroDivisionError), (DRAW, type(None))]
    assert all(done.seconds >= 0 and done.waited >= 0 for done in heard)
