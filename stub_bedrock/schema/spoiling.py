"""Tool answers gone wrong, on demand: what a caller has to survive with a real model."""

import copy
from typing import Any

from stub_bedrock.settings import Spoiling

_UNASKED_ID = 999_999


def spoil(value: dict[str, Any], how: Spoiling) -> dict[str, Any]:
    """Return a copy of the answer with the fault in it; `truncated` and `text` are made in answers.py."""
    spoilt = copy.deepcopy(value)
    records = next((v for v in spoilt.values() if isinstance(v, list) and v and isinstance(v[0], dict)), None)
    if how == "invalid_schema":
        _break_types(records[0] if records else spoilt)
    elif records is None:
        return spoilt
    elif how == "missing_record":
        records.pop()
    elif how == "duplicate_id":
        records.append(copy.deepcopy(records[0]))
    elif how in ("wrong_id", "extra_record"):
        target = records[0] if how == "wrong_id" else copy.deepcopy(records[0])
        key = next((key for key in ("id", "record_id", "recordId", "index") if key in target), None)
        if key is not None:
            target[key] = _UNASKED_ID if isinstance(target[key], int) else str(_UNASKED_ID)
        if how == "extra_record":
            records.append(target)
    return spoilt


def _break_types(target: dict[str, Any]) -> None:
    """Drop the last property, and give the last of the rest a value of another type; an id stays readable."""
    names = [name for name in target if name not in ("id", "record_id", "recordId", "index")] or list(target)
    if names:
        del target[names[-1]]
    if len(names) > 1:
        target[names[-2]] = {"unexpected": target[names[-2]]}
