"""What the emulator says of itself at `/_glue-app/health`, judged."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from glue_app.stack.record import StackRecord


def judge_emulator(record: StackRecord, status: int, body: Any, apart: Collection[str] = ()) -> str:
    """`healthy` when this life of the emulator answers and its services are up, but for those in `apart`.

    Its answer (emulator/host/health.py): `{"generation": "…", "services": {"rds": "up", "stub": "down: …"}}`.
    """
    if status not in (200, 503) or not isinstance(body, dict):
        return f"answers {status} for /_glue-app/health" if status else "doesn't answer"
    if body.get("generation") != record.generation:
        return f"is of another life of the stack: {body.get('generation')}"
    down = [
        f"{name} {state}"
        for name, state in body.get("services", {}).items()
        if state != "up" and name not in apart
    ]
    return "; ".join(down) or "healthy"
