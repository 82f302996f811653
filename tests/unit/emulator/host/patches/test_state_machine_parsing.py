"""The patch state_machine_parsing: parsed once, and each execution has a program of its own."""

from __future__ import annotations

import inspect
import json
from types import SimpleNamespace
from typing import Any

import pytest
from localstack.services.stepfunctions.asl.parse.asl_parser import AmazonStateLanguageParser
from localstack.services.stepfunctions.backend.execution_worker import ExecutionWorker

from glue_app.emulator.host.patches import state_machine_parsing
from glue_app.emulator.host.patches.patch import original


def worker(comment: str) -> Any:
    definition = {"Comment": comment, "StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
    machine = SimpleNamespace(definition=json.dumps(definition))
    return SimpleNamespace(_evaluation_details=SimpleNamespace(state_machine_details=machine))


def test_localstack_still_parses_for_each_execution() -> None:
    assert "Parser.parse(" in inspect.getsource(original(ExecutionWorker, "_get_evaluation_entrypoint"))


def test_it_is_parsed_once_and_each_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other than the first, and of the same parts; another definition is parsed for itself."""
    parsed: list[str] = []
    parse = AmazonStateLanguageParser.parse

    def counted(definition: str) -> Any:
        parsed.append(definition)
        return parse(definition)

    monkeypatch.setattr(AmazonStateLanguageParser, "parse", counted)
    entrypoint = state_machine_parsing._once(original(ExecutionWorker, "_get_evaluation_entrypoint"))
    first, second = entrypoint(worker("one")), entrypoint(worker("one"))
    assert len(parsed) == 1
    assert first is not second
    assert type(first) is type(second)
    assert list(first.states.states) == list(second.states.states) == ["End"]
    assert entrypoint(worker("two")).comment != first.comment
    assert len(parsed) == 2
