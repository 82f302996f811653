"""Whatever ends in a 500 is in the log with its place, operation and request id."""

from __future__ import annotations

import logging

import pytest
from localstack.aws.api import RequestContext
from localstack.aws.handlers.logging import ExceptionLogger
from localstack.aws.spec import load_service
from localstack.http import Request, Response

from glue_app.emulator.host.gateway import failure_log


def test_an_unexpected_exception_is_logged_with_its_place(caplog: pytest.LogCaptureFixture) -> None:
    """Without DEBUG: file, function, operation and request id."""
    failure_log.apply()
    context = RequestContext(Request())
    context.service, context.request_id = load_service("glue"), "the-id"
    context.operation = context.service.operation_model("GetJob")
    logger = logging.getLogger("tests.failure_log")
    logger.setLevel(logging.INFO)
    try:
        raise KeyError("of ours")
    except KeyError as error:
        ExceptionLogger(logger)(None, error, context, Response())
    assert "request the-id, glue.GetJob failed" in caplog.text
    assert "test_failure_log.py" in caplog.text
