"""Listing log groups copies no events."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from localstack.services.logs.provider import LogsProvider
from moto.logs.models import LogEvent, LogStream, logs_backends

from glue_app.emulator.host.patches import log_group_listing


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The events that were copied."""
    found: list[Any] = []

    def count(event: Any, _memo: dict[int, Any]) -> Any:
        found.append(event)
        return event

    monkeypatch.setattr(LogEvent, "__deepcopy__", count, raising=False)
    monkeypatch.setattr(LogStream, "__deepcopy__", None, raising=False)
    monkeypatch.delattr(LogStream, "__deepcopy__")
    logs_backends.clear()
    backend = logs_backends["000000000000"]["us-east-1"]
    backend.create_log_group("/g", {})
    backend.create_log_stream("/g", "s")
    backend.groups["/g"].streams["s"].put_log_events([{"timestamp": 1, "message": "text"}] * 3)
    yield found
    logs_backends.clear()
    if "__deepcopy__" in vars(LogStream):
        del LogStream.__deepcopy__


def listed() -> Any:
    """What DescribeLogGroups makes of the groups."""
    groups = copy.deepcopy(dict(logs_backends["000000000000"]["us-east-1"].groups))
    assert LogsProvider.describe_log_groups
    return [group.to_describe_dict()["storedBytes"] for group in groups.values()]


def test_unpatched_every_event_is_copied(copied: list[Any]) -> None:
    """The patch can go once this fails."""
    assert listed() == [12]
    assert len(copied) == 6


def test_no_event_is_copied(copied: list[Any]) -> None:
    log_group_listing.apply()

    assert listed() == [12]
    assert copied == []
