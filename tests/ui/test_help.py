"""Every control tells, on its question mark or when pointed at, what it does."""

import ast
from collections.abc import Iterator
from pathlib import Path

CONTROLS = {
    *("button", "download_button", "form_submit_button", "text_input", "number_input", "slider", "select_slider"),
    *("selectbox", "multiselect", "pills", "segmented_control", "toggle", "checkbox", "radio", "color_picker"),
    *("file_uploader", "camera_input", "popover", "text_area", "date_input"),
}  # fmt: skip


def controls_in(source: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CONTROLS:
            yield node


def without_help(source: str) -> list[int]:
    """The lines of controls that say nothing of themselves."""
    return [call.lineno for call in controls_in(source) if not any(word.arg == "help" for word in call.keywords)]


def test_every_control_has_a_help_text(repository: Path) -> None:
    files = [*(repository / "pages").glob("*.py"), *(repository / "t2i_core" / "ui").glob("*.py")]
    found = {file.name: without_help(file.read_text("utf-8")) for file in files}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_a_control_without_help_would_be_found() -> None:
    assert without_help('left.slider("Steps", 1, 9)\nst.button("Go", help="Goes.")\n') == [1]
