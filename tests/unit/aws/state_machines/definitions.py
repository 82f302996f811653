"""The definitions of these tests: sound.yaml, the project's own pipeline, and those with a fault."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[3]


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
        "readable_names": json.dumps([{"Variable": "$.source.key", "StringMatches": "*.csv"}]),
        "silver_retriers": json.dumps([retrier]),
        "gold_retriers": json.dumps([retrier]),
        "call_retriers": json.dumps([retrier]),
        "lookup_retriers": json.dumps([retrier]),
        "most_rounds": "3",
        "most_tellings": "20",
        "pipeline_timeout_seconds": "7200",
        "step_timeout_seconds": "3600",
        "known_datasets": "'customers', 'orders'",
        'replace(known_datasets, "\'", "")': "customers, orders",
        "partition": "aws",
    }
    return re.sub(r"\$\{([^}]*)\}", lambda found: values.get(found[1], "name"), text)


def mutants() -> tuple[dict[str, Any], list[tuple[str, dict[str, Any], str, str | None, str]]]:
    """The sound bases by name, and of each mutant: base, changes, code, location, part of the message."""
    loaded = yaml.safe_load((HERE / "mutants.yaml").read_text(encoding="utf-8"))
    found = [
        (base, changes, _CODES.get(code, code), at, words)
        for base, changes, code, at, words in loaded["mutants"]
    ]
    return loaded["bases"], found


_CODES = {"SCHEMA": "SCHEMA_VALIDATION_FAILED"}


def changed(base: Any, changes: dict[str, Any]) -> Any:
    """A copy of `base` with what is at each path replaced, added, or taken away (`<gone>`)."""
    made = copy.deepcopy(base)
    for path, value in changes.items():
        *parents, last = [
            int(key[1:-1]) if key[0] == "[" else key for key in re.findall(r"\[\d+\]|[^/\[\]]+", path)
        ]
        holder = made
        for key in parents:
            holder = holder[key]
        if value == "<gone>":
            del holder[last]
        elif isinstance(last, int) and last == len(holder):
            holder.append(value)
        else:
            holder[last] = value
    return made


def every() -> dict[str, Any]:
    """All definitions by a name that tells what they are."""
    bases, faulty = mutants()
    return {
        "pipeline": json.loads(pipeline()),
        **{f"sound {name}": found for name, found in sound().items()},
        **{f"base {name}": found for name, found in bases.items()},
        **{f"{base} {json.dumps(changes)}": changed(bases[base], changes) for base, changes, *_ in faulty},
    }


if __name__ == "__main__":
    print(json.dumps(every()))
