"""The health endpoint's judgement."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from glue_app.emulator.host import health
from glue_app.emulator.service import registration


def down() -> None:
    raise ConnectionError("no connections to DB instance gold (127.20.0.1:5432)")


@pytest.fixture(autouse=True)
def _own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "_registered", {})
    monkeypatch.setattr(health, "settings", lambda: SimpleNamespace(generation="g1"))


def test_all_up_is_200() -> None:
    registration.register("runner", health=lambda: None)

    answer = health.HealthResource().on_get(None)

    assert answer.status_code == 200
    assert json.loads(answer.get_data()) == {"generation": "g1", "services": {"rds": "up", "runner": "up"}}


def test_what_is_down_is_named_with_503() -> None:
    registration.register("runner", health=lambda: None)
    registration.register("rds", health=down)

    answer = health.HealthResource().on_get(None)

    assert answer.status_code == 503
    assert json.loads(answer.get_data())["services"] == {
        "runner": "up",
        "rds": "down: no connections to DB instance gold (127.20.0.1:5432)",
    }


def test_a_server_that_does_not_answer_is_named_with_its_url() -> None:
    with pytest.raises(ConnectionError, match=r"http://127\.0\.0\.1:9/healthz does not answer"):
        health._answers("http://127.0.0.1:9/healthz")
