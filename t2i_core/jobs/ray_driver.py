"""What a training job does on a Ray cluster: one actor a process, on as many machines as it takes.

`python -m t2i_core.jobs.ray_driver --processes 4 -- train products ...` runs inside the cluster. Each actor sets the
variables that `accelerate launch` would set and then runs the command that a person types, so that training on a
cluster is the same loop. All processes start together or not at all, and when one fails the others are ended.
"""

import argparse
import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from t2i_core.errors import JobError, T2IError
from t2i_core.jobs.echo import echoed

if TYPE_CHECKING:
    from ray import ObjectRef
    from ray.actor import ActorHandle

PATIENCE = 60.0  # seconds between two words about what the job waits for


class Process:
    """One training process, in an actor of its own."""

    def place(self) -> str:
        """The address of the machine it is on."""
        import ray

        return str(ray.util.get_node_ip_address())

    def free_port(self) -> int:
        """A port of this machine that nobody listens on."""
        with socket.socket() as probe:
            probe.bind(("", 0))
            return int(probe.getsockname()[1])

    def run(self, variables: Mapping[str, str], words: Sequence[str]) -> str:
        """Runs `t2i` with these words. Returns what the user can mend; empty: it went well."""
        os.environ.update(variables)
        from t2i_core.cli import build_parser

        arguments = build_parser().parse_args(words)
        first = variables.get("RANK", "0") == "0"
        try:
            with echoed(arguments.out) if first else nullcontext():
                arguments.run(arguments)
        except T2IError as problem:
            return str(problem) or type(problem).__name__
        return ""


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0: trained; 1: it failed, the last line says why."""
    import ray

    arguments = _parser().parse_args(argv)
    ends = time.monotonic() + 60 * arguments.minutes
    ray.init()
    try:
        bundle = share_of(ray.nodes(), arguments.processes, arguments.resource)
        processes = _start(arguments.processes, bundle, ends)
        _train(processes, arguments.words, on_gpu="GPU" in bundle, ends=ends)
    except JobError as problem:
        print(problem, flush=True)
        return 1
    return 0


def share_of(nodes: Sequence[Mapping[str, Any]], processes: int, resource: str | None = None) -> dict[str, float]:
    """What one process reserves: a graphics card where the cluster has any, else an even share of the processors.

    nodes: as `ray.nodes()` lists them
    resource: what its machine must offer besides: a name the cluster's owner gave, or `accelerator_type:A100`
    """
    offers = [node["Resources"] for node in nodes if node["Alive"]]
    wanted = {resource: 0.001} if resource else {}  # a pinch of it, as Ray does for kinds of cards: it marks machines
    fitting = [offer for offer in offers if resource is None or resource in offer]
    if any(offer.get("GPU", 0) >= 1 for offer in fitting):
        return {"CPU": 1, "GPU": 1} | wanted
    processors = [int(offer.get("CPU", 0)) for offer in fitting]
    return {"CPU": float(_even_share(processors, processes))} | wanted


def _even_share(processors: Sequence[int], processes: int) -> int:
    """The most processors each process can have, 1 at least: a cluster may yet grow."""
    shares = range(max([*processors, 1]), 0, -1)
    return next((share for share in shares if sum(have // share for have in processors) >= processes), 1)


def variables_of(places: Sequence[str], port: int, on_gpu: bool) -> list[dict[str, str]]:
    """For each process on these machines, what `accelerate` reads: who it is among how many, and where they meet."""
    on_machine: Counter[str] = Counter()
    variables = []
    for rank, place in enumerate(places):
        local = 0 if on_gpu else on_machine[place]  # Ray shows each process its own card alone, as the first one
        on_machine[place] += 1
        variables.append(
            {
                "MASTER_ADDR": places[0],
                "MASTER_PORT": str(port),
                "RANK": str(rank),
                "WORLD_SIZE": str(len(places)),
                "LOCAL_RANK": str(local),
            }
            | ({} if on_gpu else {"ACCELERATE_USE_CPU": "true", "T2I_DEVICE": "cpu"})
        )
    for one, place in zip(variables, places, strict=True):
        one["LOCAL_WORLD_SIZE"] = str(on_machine[place])
    return variables


def _start(count: int, bundle: Mapping[str, float], ends: float) -> "list[ActorHandle]":
    """All processes, once the cluster has room for all. Raises JobError where the time is up before."""
    import ray
    from ray.util.placement_group import placement_group
    from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

    group = placement_group([dict(bundle)] * count, strategy="PACK")
    while not ray.wait([group.ready()], timeout=min(PATIENCE, max(0.0, ends - time.monotonic())))[0]:
        if time.monotonic() >= ends:
            raise JobError(f"The cluster had no room for {count} processes of {dict(bundle)} within the time limit.")
        print(f"Waiting for room for {count} processes of {dict(bundle)}.", flush=True)
    actor = ray.remote(Process)
    others = {name: amount for name, amount in bundle.items() if name not in ("CPU", "GPU")}
    return [
        actor.options(
            num_cpus=bundle["CPU"],
            num_gpus=bundle.get("GPU", 0),
            resources=others,
            scheduling_strategy=PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=index),
        ).remote()
        for index in range(count)
    ]


def _train(processes: "list[ActorHandle]", words: Sequence[str], *, on_gpu: bool, ends: float) -> None:
    """Raises JobError with the first process that failed, or where the time is up; the others end with this driver."""
    import ray

    places = ray.get([process.place.remote() for process in processes])
    port = ray.get(processes[0].free_port.remote())
    alone = len(processes) == 1 and not on_gpu
    variables = [{} if alone else one for one in variables_of(places, port, on_gpu)]
    print(f"Training with {len(processes)} processes on {len(set(places))} machines.", flush=True)
    pending = [process.run.remote(own, list(words)) for process, own in zip(processes, variables, strict=True)]
    while pending:
        done, pending = ray.wait(pending, timeout=max(0.0, ends - time.monotonic()))
        if not done:
            raise JobError("The job was ended at its time limit. Its last checkpoint is in the run's folder.")
        for said in map(_outcome, done):
            if said:
                raise JobError(said)


def _outcome(run: "ObjectRef[str]") -> str:
    """What a process said. Its failure, with the traceback, goes to the log."""
    import ray

    try:
        return str(ray.get(run))
    except ray.exceptions.RayError as problem:
        print(problem, flush=True)
        return "A process failed; what it said stands above."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m t2i_core.jobs.ray_driver", description=__doc__)
    parser.add_argument("--processes", type=int, required=True)
    parser.add_argument("--minutes", type=float, required=True, help="after which the job is ended")
    parser.add_argument("--resource", help="what the machines must offer")
    parser.add_argument("words", nargs="+", help="what `t2i` is asked to do")
    return parser


if __name__ == "__main__":
    sys.exit(main())
