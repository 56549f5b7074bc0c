"""Between functions and forms."""

import sys
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from t2i_core.abuse.verdict import Finding, Severity, Verdict
from t2i_core.api.judging import Checked
from t2i_core.errors import InputError, WeightsError
from t2i_core.space import answers


def test_a_bug_is_told_without_its_message(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise ZeroDivisionError("with a prompt in it")

    with pytest.raises(gr.Error) as told:
        answers.answering(broken, str)()
    assert told.value.message == answers.BROKEN
    assert told.value.print_exception is False
    assert "a call of broken failed" in caplog.text


def test_what_was_typed_is_never_html() -> None:
    assert "<script>" not in answers.refusal(InputError("no <script>alert(1)</script>")).message
    finding = Finding("text.promo", Severity.ERROR, 1.0, None, "it says <b>[SALE](http://x)</b> `50%`")
    _, words, _ = answers.show_verdict(Checked(Verdict((finding,)), None))
    assert not any(letter in words.partition("**error**")[2] for letter in "<>[]()`")


def test_a_model_that_is_missing_names_no_folder_of_this_machine(caplog: pytest.LogCaptureFixture) -> None:
    told = answers.refusal(WeightsError("There is no model in /srv/private"))
    assert told.message == answers.UNLOADED
    assert caplog.records[-1].__dict__["fields"] == {"problem": "There is no model in /srv/private"}


def test_functions_keep_their_names_and_descriptions() -> None:
    def draw(prompt: str) -> str:
        """Draws."""
        return prompt

    answer = answers.answering(draw, str.upper)
    assert (answer.__name__, answer.__doc__, answer("a")) == ("draw", "Draws.", "A")


def test_where_graphics_cards_are_lent_each_call_borrows_one(monkeypatch: pytest.MonkeyPatch) -> None:
    borrowed: list[int] = []

    def lend(duration: int) -> Any:
        def lending(function: Any) -> Any:
            def call(*arguments: object) -> object:
                borrowed.append(duration)
                return function(*arguments)

            return call

        return lending

    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=lend))
    monkeypatch.setattr(answers, "ON_ZERO_GPU", True)

    def draw(prompt: str, *, on_step: object = None) -> tuple[str, object]:
        return prompt, on_step

    assert answers.answering(draw, lambda result: result)("a") == ("a", None)  # progress cannot cross processes
    assert borrowed == [answers.SECONDS]
