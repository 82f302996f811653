"""LocalStack's own provider of Parameter Store: moto's, and what it lacks of AWS's names of parameters."""

from __future__ import annotations

from collections.abc import Collection

from localstack.aws.forwarder import _wrap_with_fallthrough
from localstack.aws.skeleton import create_dispatch_table
from localstack.services.ssm.provider import SsmProvider

from glue_app.emulator.host.service import Handler, moto


def handlers(operations: Collection[str]) -> dict[str, Handler]:
    """LocalStack's handlers of these operations of Systems Manager, by name."""
    table = create_dispatch_table(SsmProvider())
    return {operation: _wrap_with_fallthrough(table[operation], moto) for operation in operations}
