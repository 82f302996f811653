"""infra/maintenance.asl.json.tftpl as Terraform would render it, for tests without Terraform."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

_TEMPLATE = Path(__file__).resolve().parents[2] / "infra" / "maintenance.asl.json.tftpl"
_RETRIERS = json.dumps([{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 1}])
_NOT_THERE = ["S3.NoSuchKeyException", "Sfn.ExecutionDoesNotExistException", "Sfn.InvalidArnException"]
_VALUES = {
    "name": "tests",
    "partition": "aws",
    "timeout_seconds": "3600",
    "step_timeout_seconds": "600",
    "most_waits": "24",
    "call_retriers": _RETRIERS,
    "lookup_retriers": json.dumps([{"ErrorEquals": _NOT_THERE, "MaxAttempts": 0}]),
    "job_retriers": json.dumps(
        [{"ErrorEquals": ["Glue.ConcurrentRunsExceededException"], "BackoffRate": 1, "MaxAttempts": 120}]
    ),
}


def definition(values: Mapping[str, str]) -> str:
    """The definition; a name that has no value stays as a text of its own."""
    known = {**_VALUES, **values}
    text = _TEMPLATE.read_text(encoding="utf-8")
    return re.sub(r"\$\{([^}]*)\}", lambda found: known.get(found[1], found[1]), text)
