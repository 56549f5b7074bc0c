from pathlib import Path

import pytest

from t2i_core.abuse.profile import Profile
from t2i_core.abuse.results import Result
from t2i_core.abuse.rules import RULES
from t2i_core.abuse.store import Opinions
from t2i_core.abuse.verdict import Signal, Verdict
from t2i_core.errors import OutputError


def result(name: str, **scores: float) -> Result:
    """A picture with these scores of listing rules, judged by their usual thresholds."""
    named = {f"listing.{rule}": score for rule, score in scores.items()}
    over = [RULES[rule].finding(Signal(rule, s)) for rule, s in named.items() if s >= RULES[rule].threshold]
    return Result(name, "", Verdict(tuple(over), named))


@pytest.fixture
def opinions(tmp_path: Path) -> Opinions:
    return Opinions(tmp_path / "new" / "abuse.sqlite")


def test_what_was_said_is_remembered_and_can_be_taken_back(opinions: Opinions) -> None:
    first, second = result("a", blur=0.9), result("b", blur=0.1)
    opinions.say(first, agree=True)
    opinions.say(first, agree=False)
    assert Opinions(opinions.file).of([first.id, second.id]) == {first.id: False}
    assert opinions.of([]) == {}


def test_false_alarms_raise_a_threshold_to_where_they_end(opinions: Opinions) -> None:
    for number in range(6):
        opinions.say(result(f"wrong{number}", blur=0.55 + number / 100), agree=False)
        opinions.say(result(f"right{number}", blur=0.8 + number / 100), agree=True)
    (blur,) = opinions.refit(Profile())
    assert blur.rule == "listing.blur"
    assert 0.6 < blur.after < 0.8
    assert (blur.wrong_before, blur.wrong_after, blur.opinions) == (6, 0, 12)


def test_a_threshold_everyone_agrees_with_stays(opinions: Opinions) -> None:
    for number in range(10):
        opinions.say(result(f"right{number}", blur=0.6 + number / 50), agree=True)
        opinions.say(result(f"fine{number}", blur=number / 50), agree=True)
    (blur,) = opinions.refit(Profile())
    assert blur.after == blur.before == RULES["listing.blur"].threshold


def test_little_that_was_said_changes_nothing(opinions: Opinions) -> None:
    for number in range(4):
        opinions.say(result(f"wrong{number}", blur=0.6), agree=False)
    assert opinions.refit(Profile()) == []


def test_rules_that_are_kept_or_broken_have_no_threshold_to_move(opinions: Opinions) -> None:
    for number in range(9):
        opinions.say(result(f"wrong{number}", size=1.0), agree=False)
    assert opinions.refit(Profile()) == []


def test_something_that_was_overlooked_blames_no_rule(opinions: Opinions) -> None:
    for number in range(9):
        opinions.say(result(f"missed{number}", blur=0.3), agree=False)
    assert opinions.refit(Profile()) == []


def test_a_damaged_file_is_told(opinions: Opinions) -> None:
    opinions.file.parent.mkdir()
    opinions.file.write_bytes(b"no database" * 100)
    with pytest.raises(OutputError, match="can be moved away"):
        opinions.of(["a"])
