"""What of the catalog moto does not do as AWS: pages; tables and partitions that nobody described.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from localstack.aws.api import RequestContext

from glue_app.emulator.host.moto_pages import whole
from glue_app.emulator.host.service import Handler, NotEmulatedError, moto

from .exceptions import EntityNotFoundException, InvalidInputException
from .paging import page

#: operation → the field of its answer, what tells its items apart, AWS's largest page
_PAGED: dict[str, tuple[str, Callable[[Any], str], int]] = {
    "GetDatabases": ("DatabaseList", lambda one: str(one["Name"]), 100),
    "GetPartitionIndexes": ("PartitionIndexDescriptorList", lambda one: str(one["IndexName"]), 100),
    "GetPartitions": ("Partitions", lambda one: json.dumps(one["Values"]), 1000),
    "GetTableVersions": ("TableVersions", lambda one: str(one["VersionId"]), 100),
    "GetTables": ("TableList", lambda one: str(one["Name"]), 100),
}


#: operation → the partitions that its request describes
_PARTITIONS: dict[str, Callable[[Mapping[str, Any]], list[Mapping[str, Any]]]] = {
    "BatchCreatePartition": lambda request: request["PartitionInputList"],
    "BatchUpdatePartition": lambda request: [entry["PartitionInput"] for entry in request["Entries"]],
    "CreatePartition": lambda request: [request["PartitionInput"]],
    "UpdatePartition": lambda request: [request["PartitionInput"]],
}


def handlers() -> dict[str, Handler]:
    """Operation → who answers it."""
    paged = {operation: _paged(*how) for operation, how in _PAGED.items()}
    paged["GetTables"] = _with_expression(paged["GetTables"])
    described = dict.fromkeys(("CreateTable", "UpdateTable"), _described)
    valued = dict.fromkeys(_PARTITIONS, _with_values)
    return paged | described | valued | {"DeleteTableVersion": _delete_version}


def _paged(field: str, key: Callable[[Any], str], most: int) -> Handler:
    def answer(context: RequestContext, request: Mapping[str, Any]) -> dict[str, Any]:
        return page(whole(context, request, field), request, field, key, default=most, most=most)

    return answer


def _with_expression(answer: Handler) -> Handler:
    """Tables by a regular expression; the words for one that is none are not verified on AWS."""

    def checked(context: RequestContext, request: Mapping[str, Any]) -> Any:
        expression = request.get("Expression") or ""
        try:
            # as moto reads it: `*` stands for anything
            re.compile(expression.removesuffix(".*").replace("*", ".*"))
        except (re.error, RecursionError, OverflowError) as error:
            raise InvalidInputException(f"Invalid expression {expression}: {error}") from error
        return answer(context, request)

    return checked


def _described(context: RequestContext, request: Mapping[str, Any]) -> Any:
    """AWS's model has TableInput as optional, for tables that are described by a file of Iceberg's."""
    for field in ("OpenTableFormatInput", "UpdateOpenTableFormatInput"):
        if request.get(field):
            raise NotEmulatedError("glue", f"{context.operation.name} with {field}")
    if not request.get("TableInput"):
        raise InvalidInputException("TableInput must be provided.")
    return moto(context, request)


def _with_values(context: RequestContext, request: Mapping[str, Any]) -> Any:
    """AWS's model has a partition's values as optional."""
    if not all(one.get("Values") for one in _PARTITIONS[context.operation.name](request)):
        raise InvalidInputException(
            "The number of partition keys do not match the number of partition values"
        )
    return moto(context, request)


def _delete_version(context: RequestContext, request: Mapping[str, Any]) -> Any:
    try:
        return moto(context, request)
    except KeyError as error:  # how moto says that the table has no such version
        raise EntityNotFoundException("Version not found.") from error
