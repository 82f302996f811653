"""The patch log_group_key: a log group gets another key, or none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto.core.responses import BaseResponse
from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogsBackend, logs_backends
from moto.logs.responses import LogsResponse

from glue_app.emulator.host.patches import log_group_key

KEY = "arn:aws:kms:us-east-1:000000000000:key/k"
METHODS = ("associate_kms_key", "disassociate_kms_key")
ARN = "arn:aws:logs:us-east-1:000000000000:log-group:/g"


@pytest.fixture
def backend() -> Iterator[LogsBackend]:
    """With one log group that has no key."""
    logs_backends.clear()
    found: LogsBackend = logs_backends["000000000000"]["us-east-1"]
    found.create_log_group("/g", {})
    yield found
    logs_backends.clear()
    for method in METHODS:
        if method in vars(LogsResponse):
            delattr(LogsResponse, method)


def call(method: str, **parameters: str) -> Any:
    response = LogsResponse()
    response.current_account, response.region = "000000000000", "us-east-1"
    response.querystring, response.body, response.uri_match = {}, json.dumps(parameters), None
    return getattr(response, method)()


def test_moto_still_lacks_them() -> None:
    """The patch can go once this fails."""
    assert not any(hasattr(LogsResponse, method) for method in METHODS)
    assert issubclass(LogsResponse, BaseResponse)


@pytest.mark.parametrize("group", [{"logGroupName": "/g"}, {"resourceIdentifier": ARN}])
def test_a_group_gets_a_key_and_loses_it(backend: LogsBackend, group: dict[str, str]) -> None:
    """By its name or by its ARN."""
    log_group_key.apply()
    assert call("associate_kms_key", kmsKeyId=KEY, **group) == ""
    assert backend.groups["/g"].to_describe_dict()["kmsKeyId"] == KEY
    assert call("disassociate_kms_key", **group) == ""
    assert "kmsKeyId" not in backend.groups["/g"].to_describe_dict()


def test_a_group_that_is_not_there_is_not_found(backend: LogsBackend) -> None:
    log_group_key.apply()
    with pytest.raises(ResourceNotFoundException, match="The specified log group does not exist"):
        call("associate_kms_key", logGroupName="/other", kmsKeyId=KEY)
