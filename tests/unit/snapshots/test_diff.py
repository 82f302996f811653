"""A diff names each thing that was added, changed or removed, Terraform's resources by their addresses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from glue_app.snapshots.diff import Difference, differences, of_terraform


def test_each_change_is_named_once() -> None:
    before = {
        "s3 object": {"b/kept@1": "e1", "b/gone@1": "e2", "b/changed@1": "e3"},
        "execution": {"x": "RUNNING"},
    }
    after = {"s3 object": {"b/kept@1": "e1", "b/changed@1": "e4", "b/new@1": "e5"}, "queue": {"q": ""}}
    assert differences(before, after) == [
        Difference("execution", "x", "-"),
        Difference("queue", "q", "+"),
        Difference("s3 object", "b/changed@1", "~"),
        Difference("s3 object", "b/gone@1", "-"),
        Difference("s3 object", "b/new@1", "+"),
    ]


def test_the_same_has_no_differences() -> None:
    assert differences({"queue": {"q": "1"}}, {"queue": {"q": "1"}, "topic": {}}) == []


def resource(name: str, instances: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"mode": "managed", "type": "aws_sqs_queue", "name": name, "instances": instances, **more}


def test_terraforms_resources_go_by_their_addresses(tmp_path: Path) -> None:
    state = tmp_path / "terraform.tfstate"
    resources = [
        resource("one", [{"attributes": {"a": 1}}]),
        resource("many", [{"index_key": "x", "attributes": {}}, {"index_key": 0, "attributes": {}}]),
        resource("inner", [{"attributes": {}}], module="module.m"),
        resource("looked_up", [{"attributes": {}}], mode="data"),
    ]
    state.write_text(json.dumps({"resources": resources}))
    assert sorted(of_terraform(state)) == [
        'aws_sqs_queue.many["x"]',
        "aws_sqs_queue.many[0]",
        "aws_sqs_queue.one",
        "module.m.aws_sqs_queue.inner",
    ]
    before = of_terraform(state)
    state.write_text(state.read_text().replace('"a": 1', '"a": 2'))
    assert [d.id for d in differences({"r": before}, {"r": of_terraform(state)})] == ["aws_sqs_queue.one"]


def test_without_a_state_there_are_no_resources(tmp_path: Path) -> None:
    assert of_terraform(tmp_path / "none") == {}
