"""RDS's lists: `Filters`, `MaxRecords` (20 to 100) and an opaque `Marker`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ..exceptions import InvalidParameterValue

Item = TypeVar("Item")


def filtered(
    items: Sequence[Item], request: Mapping[str, Any], attributes: Mapping[str, Callable[[Item], str]]
) -> list[Item]:
    """The items that all `Filters` of a Describe request let through.

    attributes: name of a filter → what it looks at; none where AWS says "this parameter isn't currently
    supported". Raises InvalidParameterValue for another one.
    """
    found = list(items)
    for wanted in request.get("Filters") or []:
        if wanted["Name"] not in attributes:
            raise InvalidParameterValue(f"Unrecognized filter name: {wanted['Name']}")
        attribute, values = attributes[wanted["Name"]], set(wanted["Values"])
        found = [one for one in found if attribute(one) in values]
    return found


def page(items: Sequence[Item], request: Mapping[str, Any], field: str) -> dict[str, Any]:
    """One page of a Describe answer: `{field: […], "Marker": …}`. Raises InvalidParameterValue."""
    size = request.get("MaxRecords", 100)
    if not 20 <= size <= 100:
        raise InvalidParameterValue(f"Invalid value {size} for MaxRecords. Must be between 20 and 100")
    start = _start(request.get("Marker"), field, len(items))
    answer: dict[str, Any] = {field: list(items[start : start + size])}
    if start + size < len(items):
        answer["Marker"] = base64.urlsafe_b64encode(f"{field} {start + size}".encode()).decode()
    return answer


def _start(marker: str | None, field: str, length: int) -> int:
    """Where the page begins. Raises InvalidParameterValue for a marker that this list never gave."""
    if not marker:
        return 0
    try:
        of, start = base64.urlsafe_b64decode(marker).decode().split(" ")
        if of == field and 0 < int(start) <= length:
            return int(start)
    except (binascii.Error, ValueError) as error:
        raise InvalidParameterValue(f"Invalid Marker: {marker}") from error
    raise InvalidParameterValue(f"Invalid Marker: {marker}")
