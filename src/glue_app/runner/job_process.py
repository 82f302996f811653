"""Starts a process of `glue_runner` as a job has it: its environment, its folder, its logs, its guard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from glue_app.runner import kernel_guard
from glue_app.runner.environment import job_environment
from glue_app.runner.job_site.glue_runner.egress import EgressPolicy
from glue_app.runner.process import ProcessGroup
from glue_app.runner.settings import Settings


def start(
    settings: Settings,
    module: str,
    folder: Path,
    environment: Mapping[str, str],
    launch: Mapping[str, Any],
    keep_stdin: bool = False,
) -> ProcessGroup:
    """`launch` is a line of JSON on its stdin. environment: the run's AWS_* variables."""
    env = job_environment(settings, folder, environment)
    policy, report = EgressPolicy.from_environment(env), kernel_guard.append_to(folder)
    with kernel_guard.Watch(policy, report) if kernel_guard.problem() is None else nullcontext() as watch:
        guard = [watch.descriptor] if watch else []
        return ProcessGroup(
            [settings.python, "-m", f"glue_runner.{module}"],
            env=env,
            cwd=folder / "work",
            stdin=json.dumps({**launch, "guard": guard}).encode() + b"\n",
            stdout=folder / "stdout.log",
            stderr=folder / "stderr.log",
            keep_stdin=keep_stdin,
            pass_fds=guard,
        )
