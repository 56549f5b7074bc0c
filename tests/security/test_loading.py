"""No file that somebody else made is ever run: pickles above all, which run what they like while they are read."""

import ast
import io
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from t2i_core.errors import WeightsError
from t2i_core.weights import read_folder
from tests.tiny import tiny_model

# Calls that run what is in a file or a text.
RUN = {
    *("pickle.load", "pickle.loads", "pickle.Unpickler", "pandas.read_pickle", "joblib.load", "marshal.loads"),
    *("eval", "exec", "os.system", "yaml.load", "torch.load"),
}
HARMLESS = {"torch.load": "weights_only=True"}


def running_calls(source: str) -> Iterator[str]:
    """The calls in a program that could run what they read, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name, words = ast.unparse(node.func), [ast.unparse(word) for word in node.keywords]
            runs = name in RUN and HARMLESS.get(name) not in words
            if runs or any(word in ("shell=True", "allow_pickle=True") for word in words):
                yield f"{node.lineno}: {name}"


def test_nothing_in_the_studio_runs_what_it_reads(repository: Path) -> None:
    files = [*(repository / "t2i_core").rglob("*.py"), *(repository / "pages").glob("*.py"), *repository.glob("*.py")]
    found = {str(file): list(running_calls(file.read_text(encoding="utf-8"))) for file in files}
    assert {name: calls for name, calls in found.items() if calls} == {}


def test_a_call_that_runs_what_it_reads_would_be_found() -> None:
    lines = ("torch.load(a)", "torch.load(a, weights_only=True)", "run(a, shell=True)", "np.load(a, allow_pickle=True)")
    assert list(running_calls("\n".join(lines))) == ["1: torch.load", "3: run", "4: np.load"]


class Trap:
    """Unpickled, it leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.mark,)


def test_a_model_whose_weights_are_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    import torch

    folder, mark = tiny_model(tmp_path / "products"), tmp_path / "it ran"
    trap = io.BytesIO()
    torch.save({"weights": Trap(mark)}, trap)
    for data in (pickle.dumps(Trap(mark)), trap.getvalue()):
        (folder / "model.safetensors").write_bytes(data)
        with pytest.raises(WeightsError, match=r"model\.safetensors"):
            read_folder(folder)
    assert not mark.exists()
    pickle.loads(pickle.dumps(Trap(mark)))  # noqa: S301
    assert mark.exists()  # the trap works
