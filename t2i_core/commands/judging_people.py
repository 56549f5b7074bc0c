"""What `t2i evaluate` does for the networks that look at people, and for try-on."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from t2i_core.commands.shared import print_result, show_progress

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def judge_body(arguments: argparse.Namespace, folder: Path, data: Sequence[Path]) -> "DataclassInstance":
    """The report on the pose or the parsing network of a folder; with --card, into its card too."""
    from t2i_core.models.layers import count_parameters
    from t2i_core.training.body_card import write_body_card
    from t2i_core.training.body_report import ParsingReport, PoseReport, evaluate_parsing, evaluate_pose
    from t2i_core.tryon.parsing import Parser
    from t2i_core.tryon.pose import NetworkPose, pose_finder
    from t2i_core.weights import read_config

    report: PoseReport | ParsingReport
    if read_config(folder)["model"] == "pose":
        finder = NetworkPose.from_pretrained(str(folder))
        network, report = finder.network, evaluate_pose(finder, data, count=arguments.count)
        learned = count_parameters(network) - count_parameters(network.encoder)
    else:
        parser = Parser.from_pretrained(str(folder))
        report = evaluate_parsing(pose_finder(), parser, data, count=arguments.count)
        learned = count_parameters(parser.network) - count_parameters(parser.network.encoder)
    if arguments.card:
        write_body_card(folder, learned / 1e6, report)
    return report


def judge_tryon(arguments: argparse.Namespace, data: Sequence[Path]) -> None:
    """Prints how well people's own garments are put back on them, and how often it fails; sheets go to --out."""
    from t2i_core.training.tryon_report import evaluate_tryon

    report = evaluate_tryon(
        data, count=arguments.count, seed=arguments.seed, out=arguments.out, on_step=show_progress("person")
    )
    print_result(report, as_json=arguments.json)
