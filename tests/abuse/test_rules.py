import re

import pytest

from t2i_core.abuse.rules import GROUPS, RULES
from t2i_core.abuse.verdict import Signal

TEXT = {f"text.{name}" for name in ("promo", "price", "discount", "url", "phone", "handle", "off_product")}
OTHERS = {"code.qr", "code.barcode", "overlay.learned", "match.category", "match.colour", "match.unknown"}


def test_every_judge_finds_its_rules_in_the_table() -> None:
    assert set(RULES) >= TEXT | OTHERS
    assert {rule.group for rule in RULES.values()} == set(GROUPS)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_rule_has_a_threshold_and_a_sentence_for_the_seller(rule) -> None:  # type: ignore[no-untyped-def]
    assert 0 < rule.threshold <= 1
    assert re.fullmatch(r"[A-Z].+\.", rule.message)


def test_a_finding_tells_what_exactly_was_seen() -> None:
    finding = RULES["text.price"].finding(Signal("text.price", 0.9, None, "$ 9.99"))
    assert finding.message.endswith("($ 9.99)")
    assert finding.severity == "error"
