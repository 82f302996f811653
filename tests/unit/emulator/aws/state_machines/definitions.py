"""The definitions of these tests: sound.yaml, the project's own pipeline, and those with a fault."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[4]


def sound() -> dict[str, Any]:
    """The definitions that AWS takes, by what they show."""
    loaded: dict[str, Any] = yaml.safe_load((HERE / "sound.yaml").read_text(encoding="utf-8"))
    return loaded


def pipeline() -> str:
    """infra/pipeline.asl.json.tftpl with plausible values."""
    text = (REPOSITORY / "infra" / "pipeline.asl.json.tftpl").read_text(encoding="utf-8")
    retrier = {
        "ErrorEquals": ["States.TaskFailed"],
        "IntervalSeconds": 2,
        "MaxAttempts": 3,
        "BackoffRate": 1.5,
    }
    values = {
        "csv_suffix_in_any_case": json.dumps([{"Variable": "$.source.key", "StringMatches": "*.csv"}]),
        "silver_retriers": json.dumps([retrier]),
        "gold_retriers": json.dumps([retrier]),
        "pipeline_timeout_seconds": "7200",
        "step_timeout_seconds": "3600",
        "known_datasets": "'customers', 'orders'",
        'replace(known_datasets, "\'", "")': "customers, orders",
        "partition": "aws",
    }
    return re.sub(r"\$\{([^}]*)\}", lambda found: values.get(found[1], "name"), text)
