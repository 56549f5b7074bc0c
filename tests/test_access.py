import pytest

from t2i_core.access import FREE, FREE_OF_ALL, LONGEST, LONGEST_OF_ALL, Gate, at_this_machine


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> Gate:
    return Gate("open sesame", clock)


def fail(gate: Gate, clock: Clock, visitor: str, times: int) -> None:
    for _ in range(times):
        clock.now += gate.wait(visitor)
        assert not gate.opens(visitor, "wrong")


def test_the_right_word_opens_and_others_do_not(gate: Gate) -> None:
    assert not gate.opens("a", "")
    assert not gate.opens("a", "open sesam")
    assert gate.opens("a", "open sesame")


def test_a_first_slip_costs_nothing(gate: Gate, clock: Clock) -> None:
    fail(gate, clock, "a", FREE - 1)
    assert gate.wait("a") == 0


def test_each_further_wrong_word_doubles_the_wait_up_to_a_limit(gate: Gate, clock: Clock) -> None:
    fail(gate, clock, "a", FREE)
    waits = []
    for _ in range(12):
        waits.append(gate.wait("a"))
        fail(gate, clock, "a", 1)
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == LONGEST


def test_while_a_visitor_waits_even_the_right_word_is_not_looked_at(gate: Gate, clock: Clock) -> None:
    fail(gate, clock, "a", FREE)
    assert not gate.opens("a", "open sesame")
    clock.now += 1.0
    assert gate.opens("a", "open sesame")


def test_others_are_not_held_up_by_one_who_guesses_a_little(gate: Gate, clock: Clock) -> None:
    fail(gate, clock, "a", FREE + 1)
    assert gate.opens("b", "open sesame")


def test_guessing_under_new_names_slows_everybody_for_a_while(gate: Gate, clock: Clock) -> None:
    for number in range(FREE_OF_ALL + 20):
        fail(gate, clock, f"visitor {number}", 1)
    assert 0 < gate.wait("somebody new") <= LONGEST_OF_ALL
    assert not gate.opens("somebody new", "open sesame")
    clock.now += LONGEST_OF_ALL
    assert gate.opens("somebody new", "open sesame")
    assert gate.wait("anybody") == 0


def test_words_that_are_no_ascii_are_compared_too(clock: Clock) -> None:
    assert Gate("пароль-12", clock).opens("a", "пароль-12")


@pytest.mark.parametrize(
    ("address", "headers", "here"),
    [
        ("localhost", {"Host": "localhost:8501"}, True),
        ("127.0.0.1", {"host": "127.0.0.1:8501"}, True),
        ("::1", {"Host": "[::1]:8501"}, True),
        ("localhost", {"Host": "studio.example.com"}, False),  # a name somebody pointed at this machine
        ("localhost", {"Host": "localhost.evil.example"}, False),
        ("localhost", {"Host": "localhost", "X-Forwarded-For": "10.0.0.9"}, False),  # through a proxy
        ("localhost", {}, False),
        ("0.0.0.0", {"Host": "localhost:8501"}, False),  # others can send that Host too
        (None, {"Host": "localhost"}, False),
    ],
)
def test_only_a_request_that_can_have_come_from_nowhere_else_is_of_this_machine(
    address: str | None, headers: dict[str, str], here: bool
) -> None:
    assert at_this_machine(address, headers) is here
