"""RDS's paging: `MaxRecords` (20 to 100) and an opaque `Marker`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from .exceptions import InvalidParameterValue

Item = TypeVar("Item")


def page(items: Sequence[Item], request: Mapping[str, Any], field: str) -> dict[str, Any]:
    """One page of a Describe answer: `{field: […], "Marker": …}`. Raises InvalidParameterValue."""
    size = request.get("MaxRecords") or 100
    if not 20 <= size <= 100:
        raise InvalidParameterValue(f"Invalid value {size} for MaxRecords. Must be between 20 and 100")
    start = _start(request.get("Marker"))
    answer: dict[str, Any] = {field: list(items[start : start + size])}
    if start + size < len(items):
        answer["Marker"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return answer


def _start(marker: str | None) -> int:
    if not marker:
        return 0
    try:
        return int(base64.urlsafe_b64decode(marker))
    except (binascii.Error, ValueError) as error:
        raise InvalidParameterValue(f"Invalid Marker: {marker}") from error
