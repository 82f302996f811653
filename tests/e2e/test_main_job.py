"""The main job: a CSV in Bronze becomes Gold rows, and everything that was promised of it holds."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from scripts.bootstrap.toolchain import Toolchain
from scripts.e2e.__main__ import main as e2e
from scripts.e2e.stack import RunningStack
from scripts.settings import Settings
from scripts.stack.commands import Commands
from scripts.stack.layout import StateLayout
from scripts.stack.record import StackRecord
from scripts.stack.terraform import Terraform


def test_the_sample_reaches_gold_and_a_second_delivery_changes_nothing(stack: RunningStack) -> None:
    assert e2e([]) == 0
    report = json.loads(stack.report_path.read_text())
    assert report["ok"]
    assert report["status"] == "SUCCEEDED"
    rows = report["rows"]
    assert rows["read"] == rows["silver"] + rows["quarantined"]
    assert rows["silver"] >= 200
    assert report["redelivery"] == {"bedrock_calls": 0, "silver_changed": False, "gold_changed": False}
    assert report["gold"]
    assert all(count > 0 for count in report["gold"].values())
    assert all("equal those recomputed" in outcome for outcome in report["gold_against_silver"].values())
    assert 0 < report["bedrock"]["calls"] < report["bedrock"]["texts"]


def test_a_second_apply_is_an_empty_plan(commands: Commands, stack: RunningStack) -> None:
    settings = Settings.from_environment()
    toolchain = Toolchain.load(settings.tools)
    record = StackRecord.read(StateLayout(settings.state).record)
    assert record is not None
    terraform = Terraform(settings, toolchain, record, print)
    state = StateLayout(settings.state).terraform_state(record.generation)
    plan = subprocess.run(
        [
            toolchain.terraform,
            f"-chdir={Path(__file__).parents[2] / 'infra'}",
            "plan",
            f"-state={state}",
            "-detailed-exitcode",
            "-input=false",
            "-no-color",
        ],
        env=terraform.env,
        capture_output=True,
        text=True,
    )
    assert plan.returncode == 0, plan.stdout[-3000:] + plan.stderr[-1000:]
