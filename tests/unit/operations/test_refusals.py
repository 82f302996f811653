"""What is refused from outside ends an operation in one line, never in a traceback."""

from __future__ import annotations

import pytest
import typer
from botocore.exceptions import ClientError, ConnectTimeoutError, NoCredentialsError
from deltalake.exceptions import DeltaError

from glue_app.cli import host, operations
from glue_app.operations.errors import OperationError, UsageError
from glue_app.operations.refusals import in_a_line
from glue_app.settings import Settings

DENIED = ClientError(
    {"Error": {"Code": "AccessDenied", "Message": "User: x is not\nauthorized"}}, "GetObject"
)
REFUSALS = [
    (DENIED, "(AccessDenied) when calling the GetObject operation: User: x is not authorized"),
    (NoCredentialsError(), "Unable to locate credentials"),
    (ConnectTimeoutError(endpoint_url="http://e"), "Connect timeout"),
    (DeltaError("no\nfield " + "x" * 9999), "a Delta table can't be read: no field xxx"),
]


@pytest.mark.parametrize(("raised", "said"), REFUSALS, ids=lambda one: type(one).__name__)
def test_it_is_one_line(raised: Exception, said: str) -> None:
    with pytest.raises(OperationError) as caught, in_a_line():
        raise raised
    assert said in str(caught.value)
    assert "\n" not in caught.value.problem
    assert len(caught.value.problem) < 600


def test_what_is_a_line_already_stays() -> None:
    with pytest.raises(UsageError), in_a_line():
        raise UsageError("LAST=x", "LAST=30")


@pytest.mark.parametrize("command", [operations.reprocess, operations.quality, operations.find])
@pytest.mark.parametrize(("raised", "said"), REFUSALS, ids=lambda one: type(one).__name__)
def test_every_operation_ends_so(
    command: object,
    raised: Exception,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever it was at when it was refused."""

    def refused(settings: Settings, outputs: str) -> None:
        raise raised

    monkeypatch.setattr("glue_app.operations.deployment.Deployment.of", refused)
    monkeypatch.setattr(host, "_is_here", lambda: True)
    with pytest.raises(typer.Exit) as ended:
        command(dataset="orders")  # type: ignore[operator]
    assert ended.value.exit_code == 1
    assert said in capsys.readouterr().err
