"""Each operation has one owner."""

from __future__ import annotations

import botocore.session

from glue_app.emulator.glue.operations import MOTO_OPERATIONS
from glue_app.emulator.glue.provider import GlueProvider


def ours() -> set[str]:
    methods = vars(GlueProvider).values()
    return {method.operation for method in methods if hasattr(method, "operation")}


def test_the_lists_name_operations_of_aws_and_do_not_overlap() -> None:
    of_aws = set(botocore.session.get_session().get_service_model("glue").operation_names)
    assert ours() | MOTO_OPERATIONS <= of_aws
    assert not ours() & MOTO_OPERATIONS


def test_what_terraform_calls_is_answered() -> None:
    kinds = ("Job", "Connection", "SecurityConfiguration", "Database", "Table")
    needed = {f"{verb}{kind}" for kind in kinds for verb in ("Create", "Get", "Update", "Delete")}
    needed -= {"UpdateSecurityConfiguration"}  # AWS has none
    assert needed | {"GetTags", "TagResource", "UntagResource"} <= ours() | MOTO_OPERATIONS
