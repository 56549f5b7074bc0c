"""Which code a job was submitted with."""

import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def code_version(root: Path = ROOT) -> str:
    """The release and, from a checkout, its commit: “0.1.0 (1a2b3c4d5e6f, changed)”."""
    try:
        release = version("t2i_core")
    except PackageNotFoundError:
        release = "not installed"
    commit = _git(root, "rev-parse", "--short=12", "HEAD") if (root / ".git").exists() else ""
    if not commit:
        return release
    changed = ", changed" if _git(root, "status", "--porcelain", "--untracked-files=no") else ""
    return f"{release} ({commit}{changed})"


def _git(root: Path, *words: str) -> str:
    """What git says; nothing where there is none, or where it takes too long."""
    try:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
