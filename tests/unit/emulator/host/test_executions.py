"""What tells the saver that an execution has ended."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from glue_app.emulator.host import executions


def test_the_fingerprint_differs_when_an_execution_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    execution = SimpleNamespace(exec_status="RUNNING")
    store = SimpleNamespace(executions={"arn": execution})
    stores = SimpleNamespace(iter_stores=lambda: [("0", "us-east-1", store)])
    monkeypatch.setitem(sys.modules, executions._STORE, SimpleNamespace(sfn_stores=stores))
    before = executions.fingerprint()

    execution.exec_status = "SUCCEEDED"

    assert executions.fingerprint() != before


def test_a_service_that_is_not_loaded_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, executions._STORE, raising=False)

    assert executions.fingerprint() == ()
