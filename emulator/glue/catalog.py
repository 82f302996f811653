"""What of the catalog moto does not do as AWS: pages, and tables that nobody described.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from localstack.aws.api import RequestContext

from emulator.host.moto_pages import whole
from emulator.host.service import Handler, NotEmulatedError, moto

from .exceptions import InvalidInputException
from .paging import page

#: operation → the field of its answer, what tells its items apart, AWS's largest page
_PAGED: dict[str, tuple[str, Callable[[Any], str], int]] = {
    "GetDatabases": ("DatabaseList", lambda one: str(one["Name"]), 100),
    "GetPartitionIndexes": ("PartitionIndexDescriptorList", lambda one: str(one["IndexName"]), 100),
    "GetPartitions": ("Partitions", lambda one: json.dumps(one["Values"]), 1000),
    "GetTableVersions": ("TableVersions", lambda one: str(one["VersionId"]), 100),
    "GetTables": ("TableList", lambda one: str(one["Name"]), 100),
}


def handlers() -> dict[str, Handler]:
    """Operation → who answers it."""
    paged = {operation: _paged(*how) for operation, how in _PAGED.items()}
    return paged | dict.fromkeys(("CreateTable", "UpdateTable"), _described)


def _paged(field: str, key: Callable[[Any], str], most: int) -> Handler:
    def answer(context: RequestContext, request: Mapping[str, Any]) -> dict[str, Any]:
        size = int(request.get("MaxResults") or most)
        found, token = page(whole(context, request, field), key, size, request.get("NextToken"))
        return {field: found} | ({"NextToken": token} if token else {})

    return answer


def _described(context: RequestContext, request: Mapping[str, Any]) -> Any:
    """AWS's model has TableInput as optional, for tables that are described by a file of Iceberg's."""
    for field in ("OpenTableFormatInput", "UpdateOpenTableFormatInput"):
        if request.get(field):
            raise NotEmulatedError("glue", f"{context.operation.name} with {field}")
    if not request.get("TableInput"):
        raise InvalidInputException("TableInput must be provided.")
    return moto(context, request)
