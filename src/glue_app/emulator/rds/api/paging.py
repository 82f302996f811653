"""RDS's lists: `MaxRecords` (20 to 100) and an opaque `Marker`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from glue_app.emulator.service.paging import Paging

from ..exceptions import InvalidParameterValue

Item = TypeVar("Item")


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
