"""The ledger tells the truth: docs/parity.md and the code agree."""

from __future__ import annotations

import re
from typing import Any

import pytest
from localstack.aws.spec import load_service
from starlette.routing import Match

from glue_app.emulator.bedrock.operations import STUB_OPERATIONS
from scripts import parity
from stub_bedrock.app import app


def test_the_document_is_what_the_code_says() -> None:
    """`make docs` writes it anew."""
    document = parity.LEDGER.read_text(encoding="utf-8")

    assert parity.written(document) == document


@pytest.mark.parametrize("room", parity.rooms(), ids=lambda room: room.service)
def test_every_operation_is_aws(room: parity.Room) -> None:
    """And none has two answers."""
    listed = [operation for operations in room.answered_by.values() for operation in operations]

    assert set(listed) <= set(load_service(room.service).operation_names)
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("room", parity.rooms(), ids=lambda room: room.service)
def test_every_room_tells_its_differences(room: parity.Room) -> None:
    document = parity.LEDGER.read_text(encoding="utf-8")
    _, _, section = document.partition(f"## {room.service}\n")

    assert re.search(r"^### Known differences\n\n- ", section.split("\n## ")[0], re.MULTILINE)


@pytest.mark.parametrize(
    ("service", "operation"),
    [(service, operation) for service, names in STUB_OPERATIONS.items() for operation in sorted(names)],
)
def test_the_stub_has_what_is_handed_to_it(service: str, operation: str) -> None:
    http: dict[str, Any] = load_service(service).operation_model(operation).http
    path = re.sub(r"\{[^}]+\}", "x", http["requestUri"])
    request = {"type": "http", "method": http["method"], "path": path, "headers": []}

    assert any(route.matches(request)[0] is Match.FULL for route in app.routes)


def test_a_missing_part_is_named() -> None:
    with pytest.raises(ValueError, match="generated: glue"):
        parity.written("# nothing here\n")
