"""The parity ledger's generated parts: which operations are emulated, by whom, and what is patched.

`make docs` writes them into docs/parity.md.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from glue_app.bootstrap.layout import ROOT
from scripts.generated_parts import with_parts

LEDGER = ROOT / "docs" / "parity.md"


@dataclass(frozen=True)
class Room:
    """A service: its operations by who answers them."""

    service: str
    answered_by: Mapping[str, Collection[str]]

    def table(self) -> str:
        """Return a Markdown table, one row an operation."""
        rows = sorted(
            (operation, who) for who, operations in self.answered_by.items() for operation in operations
        )
        lines = ["| Operation | Answered by |", "|---|---|"]
        return "\n".join(lines + [f"| {operation} | {who} |" for operation, who in rows])


def rooms() -> list[Room]:
    """All rooms, as the code has them."""
    from glue_app.emulator.bedrock.operations import STUB_OPERATIONS
    from glue_app.emulator.glue.operations import MOTO_OPERATIONS as GLUE_MOTO
    from glue_app.emulator.glue.provider import GlueProvider
    from glue_app.emulator.rds.operations import MOTO_OPERATIONS as RDS_MOTO
    from glue_app.emulator.rds.provider import RdsProvider
    from glue_app.emulator.ssm.operations import LOCALSTACK_OPERATIONS
    from glue_app.emulator.ssm.operations import MOTO_OPERATIONS as SSM_MOTO
    from glue_app.emulator.ssm.provider import SsmProvider

    return [
        Room("glue", {"glue-app": handlers(GlueProvider), "moto": GLUE_MOTO}),
        Room("rds", {"glue-app": handlers(RdsProvider), "moto": RDS_MOTO}),
        Room(
            "ssm",
            {"glue-app": handlers(SsmProvider), "LocalStack": LOCALSTACK_OPERATIONS, "moto": SSM_MOTO},
        ),
        *(Room(service, {"the stub": operations}) for service, operations in STUB_OPERATIONS.items()),
    ]


def handlers(provider: type) -> set[str]:
    """Return the operations of a provider's `@handler` methods."""
    return {
        function.operation
        for _name, function in inspect.getmembers(provider, inspect.isfunction)
        if hasattr(function, "operation")
    }


def generated() -> dict[str, str]:
    """Return the generated parts by name."""
    from glue_app.emulator.gateway import BEFORE_LISTEN, STEPS
    from glue_app.emulator.host.not_emulated import SERVICES
    from glue_app.emulator.host.patches import PATCHES

    parts = {room.service: room.table() for room in rooms()}
    rows = [f"| `{patch.name}` | {patch.reason} |" for patch in sorted(PATCHES, key=lambda patch: patch.name)]
    parts["patches"] = "\n".join(["| Patch | What AWS does |", "|---|---|", *rows])
    rows = [f"| `{step.rule.name}` | {step.rule.reason} | {step.why} |" for step in (*BEFORE_LISTEN, *STEPS)]
    head = ["| Rule | What it does | Without it |", "|---|---|---|"]
    parts["gateway"] = "\n".join([*head, *rows])
    rows = [f"| {name} | {entry.why} | {entry.instead} |" for name, entry in sorted(SERVICES.items())]
    parts["not-emulated"] = "\n".join(["| Service | Why not | What to do |", "|---|---|---|", *rows])
    return parts


def written(document: str) -> str:
    """Return the document with its generated parts as the code says. Raises ValueError as `with_parts`."""
    return with_parts(document, generated(), LEDGER.name)
