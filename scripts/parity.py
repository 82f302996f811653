"""The parity ledger's generated parts: which operations are emulated, by whom, and what is patched.

python -m scripts.parity           writes them into docs/parity.md
python -m scripts.parity --check   ends with 1 where the document is not what the code says
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

LEDGER = Path(__file__).resolve().parents[1] / "docs" / "parity.md"
_BEGIN, _END = "<!-- generated: {} -->", "<!-- end of generated -->"


@dataclass(frozen=True)
class Room:
    """A service: its operations by who answers them."""

    service: str
    answered_by: Mapping[str, Collection[str]]

    def table(self) -> str:
        """A Markdown table, one row an operation."""
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
    """The operations of a provider's `@handler` methods."""
    return {
        function.operation
        for _name, function in inspect.getmembers(provider, inspect.isfunction)
        if hasattr(function, "operation")
    }


def generated() -> dict[str, str]:
    """The generated parts by name."""
    from glue_app.emulator.host.not_emulated import SERVICES
    from glue_app.emulator.host.patches import PATCHES

    parts = {room.service: room.table() for room in rooms()}
    rows = [f"| `{patch.name}` | {patch.reason} |" for patch in sorted(PATCHES, key=lambda patch: patch.name)]
    parts["patches"] = "\n".join(["| Patch | What AWS does |", "|---|---|", *rows])
    rows = [f"| {name} | {entry.why} | {entry.instead} |" for name, entry in sorted(SERVICES.items())]
    parts["not-emulated"] = "\n".join(["| Service | Why not | What to do |", "|---|---|---|", *rows])
    return parts


def written(document: str) -> str:
    """The document with its generated parts as the code says. Raises ValueError as `with_parts`."""
    return with_parts(document, generated(), LEDGER.name)


def with_parts(document: str, parts: Mapping[str, str], name: str) -> str:
    """The document `name` with these texts between their markers.

    Raises ValueError naming the part whose markers are missing.
    """
    for part, text in parts.items():
        begin = _BEGIN.format(part)
        before, found, rest = document.partition(begin)
        _old, end, after = rest.partition(_END)
        if not found or not end:
            raise ValueError(f"{name} has no part between {begin!r} and {_END!r}")
        document = f"{before}{begin}\n{text}\n{_END}{after}"
    return document


def main(arguments: list[str]) -> int:
    document = LEDGER.read_text(encoding="utf-8")
    current = written(document)
    if arguments == ["--check"]:
        if current != document:
            print(f"{LEDGER.name} is not what the code says: run python -m scripts.parity", file=sys.stderr)
            return 1
        return 0
    LEDGER.write_text(current, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
