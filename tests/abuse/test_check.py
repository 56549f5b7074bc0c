from collections.abc import Sequence

import pytest
from PIL import Image

from t2i_core.abuse import check
from t2i_core.abuse.check import AbuseChecker, verdict_of
from t2i_core.abuse.profile import Profile
from t2i_core.abuse.verdict import Box, Judge, Severity, Signal, Subject
from t2i_core.errors import InputError, WeightsError
from tests.abuse.drawn import AMAZON, badged, bordered, encoded, photo

PROMO = Signal("text.promo", 0.9, Box(0, 0, 5, 5), "SALE")


def reads(subject: Subject) -> Sequence[Signal]:
    return [PROMO]


def sees(score: float) -> Judge:
    return lambda subject: [Signal("overlay.learned", score)]


def test_a_good_photo_is_fine_and_every_rule_has_its_score() -> None:
    verdict = AbuseChecker(AMAZON).check(encoded(photo((1200, 1200))))
    assert verdict.ok
    assert {"listing.blur", "listing.background", "file.blank"} <= set(verdict.scores)


def test_findings_come_worst_first() -> None:
    verdict = AbuseChecker(AMAZON).check(encoded(bordered(badged(photo(fill=0.6), round_one=False)).resize((400, 400))))
    ranks = [finding.severity.rank for finding in verdict.findings]
    assert ranks == sorted(ranks, reverse=True)
    assert {Severity.ERROR, Severity.WARNING} <= {finding.severity for finding in verdict.findings}


def test_a_picture_of_nothing_is_blamed_for_that_alone() -> None:
    verdict = AbuseChecker(AMAZON, readers=[reads]).check(encoded(Image.new("RGB", (900, 900), "#cccccc")))
    assert [finding.rule for finding in verdict.findings] == ["file.blank"]


@pytest.mark.parametrize("data", [b"", b"<html>", encoded(photo((90, 90)))[:400]])
def test_a_file_without_a_picture_gets_a_verdict_too(data: bytes) -> None:
    looked = AbuseChecker().look(data)
    assert not looked.verdict.ok
    assert looked.subject is None


def test_thresholds_and_switched_off_rules_decide_what_is_a_finding() -> None:
    signals = [Signal("listing.blur", 0.6), Signal("listing.inset", 0.7), Signal("listing.jpeg", 0.0)]
    profile = Profile(thresholds={"listing.blur": 0.61, "listing.jpeg": 0.0}, off=("listing.inset",))
    verdict = verdict_of(signals, profile)
    assert verdict.ok
    assert verdict.scores == {"listing.blur": 0.6, "listing.inset": 0.7, "listing.jpeg": 0.0}
    assert len(verdict_of(signals, Profile()).findings) == 2


def test_the_highest_of_several_signals_is_the_rules_score() -> None:
    verdict = verdict_of([Signal("text.price", 0.6), Signal("text.price", 0.8), Signal("text.price", 0.2)], Profile())
    assert verdict.scores == {"text.price": 0.8}
    assert [finding.score for finding in verdict.findings] == [0.8, 0.6]


def test_only_pictures_that_may_hold_text_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(photo((300, 300)))
    for may, expected in ((True, {"text.promo"}), (False, set())):
        monkeypatch.setattr(check, "may_hold_text", lambda subject, overlay, may=may: may)
        verdict = AbuseChecker(judges=[], readers=[reads]).check(data)
        assert {finding.rule for finding in verdict.findings} == expected


def test_what_the_learned_detector_says_helps_to_decide_that(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float | None] = []
    monkeypatch.setattr(check, "may_hold_text", lambda subject, overlay: told.append(overlay))
    AbuseChecker(judges=[sees(0.4)], readers=[reads]).check(encoded(photo((300, 300))))
    AbuseChecker(judges=[], readers=[reads]).check(encoded(photo((300, 300))))
    assert told == [0.4, None]


def test_judges_whose_weights_are_missing_are_named_and_the_rest_works(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(subject: Subject) -> Sequence[Signal]:
        raise WeightsError("There is no model “overlay”.")

    def lacking() -> Judge:
        raise ImportError("libGL.so.1")

    monkeypatch.setattr(check, "_LOADERS", {"overlay": lambda: broken, "match": lambda: sees(0.0), "text": lacking})
    checker = AbuseChecker.from_pretrained("google")
    assert [why.partition(":")[0] for why in checker.out_of_order] == ["overlay", "text"]
    assert "overlay.learned" in checker.check(encoded(photo((300, 300)))).scores
    assert AbuseChecker.from_pretrained(read=False).out_of_order[0].startswith("overlay")


def test_an_unknown_profile_is_told_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_LOADERS", {})
    with pytest.raises(InputError, match="no profile"):
        AbuseChecker.from_pretrained("ebay")


def test_a_rule_that_is_broken_everywhere_is_told_three_times() -> None:
    verdict = verdict_of([Signal("text.url", 0.5 + number / 100) for number in range(30)], Profile())
    assert [finding.score for finding in verdict.findings] == [0.79, 0.78, 0.77]
