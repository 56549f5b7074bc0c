"""A run's state on disk: tensors in safetensors, the rest in JSON, replaced as a whole or not at all."""

import json
import math
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from t2i_core.errors import WeightsError
from t2i_core.training.opponent import Opponent
from t2i_core.training.optimizer import MuonAdamW
from t2i_core.weights import CONFIG, documents_of, write_folder

NAME = "checkpoint"
OLD = "checkpoint.old"
BEST = "best"
PROGRESS = "progress.json"


@dataclass
class Progress:
    """How far a run has come. `spent` is seconds of its budget's clock; `setbacks`: how often it was rolled back."""

    step: int = 0
    spent: float = 0.0
    setbacks: int = 0


def save_checkpoint(
    run: Path,
    model: nn.Module,
    ema: nn.Module,
    optimizer: MuonAdamW,
    progress: Progress,
    opponent: Opponent | None = None,
) -> None:
    """Writes the state beside the last one, then takes its place: a kill at any moment leaves one whole checkpoint."""
    building = _building(run)
    save_file(_contiguous(model.state_dict()), building / "model.safetensors")
    save_file(_contiguous(ema.state_dict()), building / "ema.safetensors")
    save_file(_contiguous(_moments(model, optimizer)), building / "optimizer.safetensors")
    if opponent is not None:
        save_file(_contiguous(opponent.model.state_dict()), building / "opponent.safetensors")
        moments = _moments(opponent.model, opponent.optimizer)
        save_file(_contiguous(moments), building / "opponent-optimizer.safetensors")
    (building / PROGRESS).write_text(json.dumps(asdict(progress)))
    shutil.rmtree(run / OLD, ignore_errors=True)
    if (run / NAME).exists():
        (run / NAME).rename(run / OLD)
    building.rename(run / NAME)
    shutil.rmtree(run / OLD, ignore_errors=True)
    for leftover in run.glob(".checkpoint-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def progress_of(checkpoint: Path) -> dict[str, Any]:
    """What a checkpoint, or a best state, tells of how far its run had come: `Progress`, and the loss of an exam."""
    told: dict[str, Any] = json.loads((checkpoint / PROGRESS).read_text())
    return told


def save_best(run: Path, ema: nn.Module, progress: Progress, loss: float) -> None:
    """Keeps an average that did better than all before on pictures the run does not learn from. Killed at any moment,
    a run has a whole best state or none, and then its newest checkpoint counts."""
    building = _building(run)
    save_file(_contiguous(ema.state_dict()), building / "ema.safetensors")
    (building / PROGRESS).write_text(json.dumps({**asdict(progress), "exam": loss}))
    shutil.rmtree(run / BEST, ignore_errors=True)
    building.rename(run / BEST)


def best_exam(run: Path) -> float:
    """The loss of a run's best state on the pictures set apart; infinite where none was kept."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return float(progress_of(run / BEST)["exam"])
    return math.inf


def find_checkpoint(run: Path) -> Path | None:
    """The newest whole checkpoint of a run, or None where it has none yet."""
    for name in (NAME, OLD):
        if (run / name / PROGRESS).is_file():
            return run / name
    return None


def kind_of_run(run: Path) -> str:
    """The kind of model that a run trains; “run” where its folder does not say."""
    for name in ("run.json", CONFIG):
        with suppress(OSError, ValueError, KeyError, TypeError):
            return str(json.loads((run / name).read_text())["model"])
    return "run"


def averaged(run: Path) -> tuple[Path, dict[str, Tensor]]:
    """The best state of a run, or its newest checkpoint where it keeps no best one, and the averaged weights there, in
    halves as they are shipped.

    Raises WeightsError where the run has none yet.
    """
    found = run / BEST if best_exam(run) < math.inf else find_checkpoint(run)
    if found is None:
        raise WeightsError(f"{run} holds no checkpoint yet. Train first: t2i train RECIPE --out {run}")
    stored = load_file(found / "ema.safetensors")
    return found, {name: tensor.half().contiguous() for name, tensor in stored.items()}


def export_averaged(
    run: Path, out: Path, more: Callable[[dict[str, Tensor]], dict[str, object]] = lambda _: {}
) -> Path:
    """Writes the averaged weights of a run as a model folder (fp16), and returns it. A card that lies in `out` stays.

    more: what config.json says of the weights besides. Raises WeightsError where the run has no checkpoint yet.
    """
    found, tensors = averaged(run)
    config = json.loads((run / "run.json").read_text())
    config["trained"] = progress_of(found)
    card = {"README.md": f"# {config['name']}\n".encode()}
    write_folder(out, config | more(tensors), tensors, card | documents_of(out))
    return out


def load_checkpoint(
    folder: Path,
    model: nn.Module,
    ema: nn.Module,
    optimizer: MuonAdamW | None = None,
    opponent: Opponent | None = None,
) -> Progress:
    """Restores a state in place. Raises WeightsError where the checkpoint belongs to another network."""
    try:
        model.load_state_dict(load_file(folder / "model.safetensors"))
        ema.load_state_dict(load_file(folder / "ema.safetensors"))
        if optimizer is not None:
            _restore_moments(model, optimizer, load_file(folder / "optimizer.safetensors"))
        if opponent is not None:
            opponent.model.load_state_dict(load_file(folder / "opponent.safetensors"))
            moments = load_file(folder / "opponent-optimizer.safetensors")
            _restore_moments(opponent.model, opponent.optimizer, moments)
        return Progress(**progress_of(folder))
    except (RuntimeError, KeyError, SafetensorError, OSError, ValueError) as problem:
        reason = str(problem).splitlines()[0][:200]
        raise WeightsError(f"The checkpoint in {folder} does not fit this recipe: {reason}") from problem


def _building(run: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix=".checkpoint-", dir=run))


def _moments(model: nn.Module, optimizer: MuonAdamW) -> dict[str, Tensor]:
    names: dict[Tensor, str] = {parameter: name for name, parameter in model.named_parameters()}
    return {
        f"{names[parameter]}|{key}": torch.as_tensor(value)
        for parameter, state in optimizer.state.items()
        for key, value in state.items()
    }


def _restore_moments(model: nn.Module, optimizer: MuonAdamW, stored: dict[str, Tensor]) -> None:
    parameters = dict(model.named_parameters())
    for name, value in stored.items():
        owner, key = name.rsplit("|", 1)
        optimizer.state[parameters[owner]][key] = _laid_out(value, parameters[owner])


def _laid_out(value: Tensor, parameter: Tensor) -> Tensor:
    """A stored moment in the layout of its parameter: a fused AdamW walks through the memory of both side by side, and
    moments of a channels-last kernel that were read back in rows would be given to other numbers of it."""
    if value.shape != parameter.shape:
        return value.to(parameter.device) if value.dim() else value
    return torch.empty_like(parameter, dtype=value.dtype, requires_grad=False).copy_(value)


def _contiguous(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
