import pytest

from t2i_core.abuse.verdict import Box, Finding, Severity, Verdict
from t2i_core.errors import DataError
from tests.abuse.drawn import photo, subject

BAD = Finding("listing.inset", Severity.WARNING, 0.9, Box(1, 2, 30, 40), "A badge.")
NOTE = Finding("listing.zoom", Severity.NOTE, 1.0, None, "Small.")


def test_a_verdict_comes_back_from_its_json() -> None:
    verdict = Verdict((BAD, NOTE), {"listing.inset": 0.9, "listing.blur": 0.1})
    assert Verdict.from_json(verdict.to_json()) == verdict


def test_notes_alone_leave_a_picture_fine() -> None:
    assert Verdict((NOTE,)).ok
    assert not Verdict((NOTE, BAD)).ok
    assert Verdict((NOTE, BAD)).severity is Severity.WARNING


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"findings": 3, "scores": {}}', '{"findings": [], "scores": 5}'])
def test_other_json_is_no_verdict(text: str) -> None:
    with pytest.raises(DataError, match="no verdict"):
        Verdict.from_json(text)


def test_a_box_found_in_the_reduced_picture_is_told_in_the_pixels_of_the_whole() -> None:
    large = subject(photo((2048, 1024)))
    assert large.reduced.size == (1024, 512)
    assert large.box(10, 20, 1024, 600) == Box(20, 40, 2048, 1024)
