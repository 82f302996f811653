"""RDS's lists: `Filters`, `MaxRecords` (20 to 100) and an opaque `Marker`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from glue_app.emulator.service.paging import Paging

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


_PAGING = Paging(
    "MaxRecords",
    "Marker",
    wrong_size=lambda size, least, most: InvalidParameterValue(
        f"Invalid value {size} for MaxRecords. Must be between {least} and {most}"
    ),
    wrong_token=lambda marker: InvalidParameterValue(f"Invalid Marker: {marker}"),
)


def page(items: Sequence[Item], request: Mapping[str, Any], field: str) -> dict[str, Any]:
    """Cut one page of a Describe answer, as `Paging.page`. Raises InvalidParameterValue."""
    return _PAGING.page(items, request, field, least=20, most=100)
