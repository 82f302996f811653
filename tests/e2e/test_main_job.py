"""The main job: a CSV in Bronze becomes Gold rows, and everything that was promised of it holds."""

from __future__ import annotations

import json

from glue_app.e2e import proof
from glue_app.e2e.stack import RunningStack
from glue_app.settings import Settings
from glue_app.stack.commands import Commands


def test_the_sample_reaches_gold_and_a_second_delivery_changes_nothing(stack: RunningStack) -> None:
    assert proof.prove(Settings.from_environment()) == 0
    report = json.loads(stack.report_path.read_text())
    assert report["ok"]
    assert report["status"] == "SUCCEEDED"
    rows = report["rows"]
    assert rows["read"] == rows["silver"] + rows["quarantined"]
    assert rows["silver"] >= 200
    assert report["redelivery"] == {"bedrock_calls": 0, "silver_changed": False, "gold_changed": False}
    assert report["gold"]
    assert all(count > 0 for count in report["gold"].values())
    assert set(report["views"]) >= {"feedback_weekly", "feedback_monthly"}
    assert all(count > 0 for count in report["views"].values())
    assert all("equal those recomputed" in outcome for outcome in report["gold_against_silver"].values())
    assert 0 < report["bedrock"]["calls"] < report["bedrock"]["texts"]


def test_a_second_apply_is_an_empty_plan(commands: Commands) -> None:
    assert commands.pending_changes() == ""
