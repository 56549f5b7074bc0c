"""`python -m t2i_core.jobs.launch PROCESSES train …`: accelerate's launcher, told what this machine has.

Which processes run on what is decided where the job runs, because the machine that submits it may be another kind.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import NoReturn

USE_CPU = "ACCELERATE_USE_CPU"  # what makes accelerate join processes without graphics cards, over gloo


def main(argv: Sequence[str]) -> int:
    """Runs `t2i` with the given words in so many processes, and gives their exit code."""
    return launch(int(argv[0]), ["-m", "t2i_core.cli", *argv[1:]])


def launch(processes: int, words: Sequence[str]) -> int:
    """Runs a script, or a module after `-m`, with its arguments in so many processes, and gives their exit code."""
    import torch

    from t2i_core.settings import get_settings

    on_cpu = get_settings().device == "cpu" or (processes > 1 and not torch.cuda.is_available())
    if on_cpu:
        os.environ[USE_CPU] = "true"
    return _run(accelerate_words(processes, words, on_cpu=on_cpu, threads=threads_for(processes)))


def accelerate_words(processes: int, words: Sequence[str], *, on_cpu: bool, threads: int) -> list[str]:
    """The arguments of `accelerate launch`, which would ask for, or guess, each one that is left out."""
    several = ["--multi_gpu", "--main_process_port", "0"] if processes > 1 else []  # on processors too: see USE_CPU
    alone = ["--cpu"] if on_cpu and processes == 1 else []
    return [
        *("--num_processes", str(processes), "--num_machines", "1", *several, *alone),
        *("--num_cpu_threads_per_process", str(threads)),
        *("--mixed_precision", "no", "--dynamo_backend", "no"),  # the recipe decides, in the training itself
        *words,
    ]


def threads_for(processes: int) -> int:
    """Processor threads for each process: what the environment says, else an even share of what this one may use."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    if given.isdigit() and int(given) > 0:
        return int(given)
    usable = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, usable // processes)


def leave(code: int) -> NoReturn:
    """Ends this process with an exit code.

    One that worked together with others ends without Python's tidying up: a thread through which it talked to them may
    outlive Python, which aborts the process then, and a finished run would be called failed.
    """
    distributed = getattr(sys.modules.get("torch"), "distributed", None)
    if distributed is None or not distributed.is_available() or not distributed.is_initialized():
        sys.exit(code)
    distributed.destroy_process_group()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _run(words: Sequence[str]) -> int:
    from accelerate.commands.launch import launch_command, launch_command_parser
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    try:
        launch_command(launch_command_parser().parse_args(list(words)))
    except subprocess.CalledProcessError as problem:
        return _code(problem.returncode)
    except ChildFailedError as problem:
        return _code(max((failure.exitcode for failure in problem.failures.values()), key=abs))
    return 0


def _code(code: int) -> int:
    """What the trainer ended with, as a shell would say it; a death that leaves no words is put into some."""
    if code >= 0:
        return code
    name = signal.Signals(-code).name
    hint = ": the machine may have run out of memory" if name == "SIGKILL" else ""
    print(f"t2i: The training was killed by {name}{hint}.", file=sys.stderr, flush=True)
    return 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
