"""The patch log_group_tags: a log group's tags are those it was given, from its first to its last day."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from localstack.services.logs.models import logs_stores
from localstack.services.logs.provider import LogsProvider
from moto.logs.models import LogsBackend, logs_backends

from glue_app.emulator.host.patches import log_group_tags
from glue_app.emulator.host.patches.patch import original

CONTEXT = SimpleNamespace(account_id="000000000000", region="us-east-1")
ARN = "arn:aws:logs:us-east-1:000000000000:log-group:/g"
TAGS = {"Project": "glue-app"}
CALLS = [("tag_resource", ARN), ("tag_log_group", "/g")]


@pytest.fixture(autouse=True)
def backend() -> Iterator[LogsBackend]:
    """With one log group that has no tags."""
    logs_backends.clear()
    logs_stores.clear()
    found: LogsBackend = logs_backends["000000000000"]["us-east-1"]
    found.create_log_group("/g", {})
    yield found
    logs_backends.clear()
    logs_stores.clear()


def provider() -> Any:
    return object.__new__(LogsProvider)


def tags() -> Any:
    return provider().list_tags_for_resource(CONTEXT, ARN)["tags"]


@pytest.mark.parametrize(("method", "group"), CALLS)
def test_localstack_still_drops_the_first_tags(method: str, group: str) -> None:
    """The patch can go once this and the next one fail."""
    original(LogsProvider, method)(provider(), CONTEXT, group, TAGS)
    assert tags() == {}


def test_localstack_still_keeps_the_tags_of_a_deleted_group(backend: LogsBackend) -> None:
    logs_stores["000000000000"]["us-east-1"].TAGS[ARN] = dict(TAGS)
    original(LogsBackend, "delete_log_group")(backend, "/g")
    backend.create_log_group("/g", {})
    assert tags() == TAGS


@pytest.mark.parametrize(("method", "group"), CALLS)
def test_a_group_without_tags_is_given_some(method: str, group: str) -> None:
    log_group_tags.apply()
    getattr(provider(), method)(CONTEXT, group, TAGS)
    assert tags() == TAGS


def test_a_group_made_anew_has_nothing_of_the_old_one(backend: LogsBackend) -> None:
    log_group_tags.apply()
    provider().tag_resource(CONTEXT, ARN, TAGS)
    backend.delete_log_group("/g")
    backend.create_log_group("/g", {})
    assert tags() == {}
