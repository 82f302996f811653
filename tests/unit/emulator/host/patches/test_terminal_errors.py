"""The patch terminal_errors: what ends an execution on AWS is taken by nobody."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from localstack.services.stepfunctions.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from localstack.services.stepfunctions.asl.component.common.error_name.error_equals_decl import (
    ErrorEqualsDecl,
)
from localstack.services.stepfunctions.asl.component.common.error_name.error_name import ErrorName
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)

from glue_app.emulator.host.patches import terminal_errors
from glue_app.emulator.host.patches.patch import original

ALL = StatesErrorName(typ=StatesErrorNameType.StatesALL)


class Raised(ErrorName):  # type: ignore[misc]  # LocalStack has no types
    """Of a state."""


def taken(body: Any, raised: str, *named: Any) -> bool:
    env: Any = SimpleNamespace(stack=[Raised(raised)])
    body(ErrorEqualsDecl(list(named)), env)
    (answer,) = env.stack
    return bool(answer)


def test_localstack_still_takes_every_error() -> None:
    terminal_errors.apply()

    assert taken(original(ErrorEqualsDecl, "_eval_body"), "States.Runtime", ALL)


@pytest.mark.parametrize(
    ("raised", "named", "takes"),
    [
        ("States.Runtime", ALL, False),
        ("States.Runtime", StatesErrorName(typ=StatesErrorNameType.StatesRuntime), False),
        ("States.DataLimitExceeded", ALL, False),
        ("Glue.ConcurrentRunsExceededException", ALL, True),
        ("States.TaskFailed", ALL, True),
        ("Mine", CustomErrorName("Mine"), True),
        ("Mine", CustomErrorName("Other"), False),
    ],
)
def test_only_what_aws_lets_be_taken_is_taken(raised: str, named: Any, takes: bool) -> None:
    terminal_errors.apply()

    assert taken(ErrorEqualsDecl._eval_body, raised, named) == takes
