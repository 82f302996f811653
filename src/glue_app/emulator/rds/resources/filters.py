"""`Filters` of a Describe request.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Filter.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from ..exceptions import InvalidParameterValue

Item = TypeVar("Item")
#: name of a filter → what an item has of it: an identifier and an ARN, say
Attributes = Mapping[str, Callable[[Item], tuple[str, ...]]]


def fields(*names: str) -> Callable[[Mapping[str, Any]], tuple[str, ...]]:
    """Return a function that tells what a shape has in these fields."""
    return lambda shape: tuple(str(shape[name]) for name in names)


def filtered(items: Iterable[Item], request: Mapping[str, Any], attributes: Attributes[Item]) -> list[Item]:
    """Return the items that have one of each filter's values.

    attributes: none where AWS says "this parameter isn't currently supported". Raises InvalidParameterValue
    for a filter that is not among them.
    """
    found = list(items)
    for wanted in request.get("Filters") or []:
        if wanted["Name"] not in attributes:
            raise InvalidParameterValue(f"Unrecognized filter name: {wanted['Name']}")
        attribute, values = attributes[wanted["Name"]], set(wanted["Values"])
        found = [one for one in found if values & set(attribute(one))]
    return found
