"""Versions of objects in the Silver bucket that nobody reads any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from glue_app.operations.deployment import Deployment
from glue_app.operations.errors import OperationError

_MOST = 1000
"""Of one DeleteObjects."""


def delete_past(deployment: Deployment, prefix: str) -> int:
    """Delete every version that is not the current one, and what has a delete marker. Return how many.

    What is current stays, so this harms no reader and no writer.
    """
    return _delete(deployment, _past(deployment, prefix))


def delete_all(deployment: Deployment, key: str) -> int:
    """Delete an object with all its versions. Return how many there were."""
    found = (one for one in _versions(deployment, key) if one["Key"] == key)
    return _delete(deployment, found)


def _past(deployment: Deployment, prefix: str) -> Iterator[Mapping[str, Any]]:
    for one in _versions(deployment, prefix):
        if not one["IsLatest"] or "Size" not in one:  # a delete marker has none
            yield one


def _versions(deployment: Deployment, prefix: str) -> Iterator[Mapping[str, Any]]:
    pages = deployment.s3.get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=deployment.silver, Prefix=prefix):
        yield from page.get("Versions", [])
        yield from page.get("DeleteMarkers", [])


def _delete(deployment: Deployment, versions: Iterable[Mapping[str, Any]]) -> int:
    # all of them are listed first, files before the markers that hide them
    found = sorted(versions, key=lambda one: "Size" not in one)
    for at in range(0, len(found), _MOST):
        objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found[at : at + _MOST]]
        answer = deployment.s3.delete_objects(
            Bucket=deployment.silver, Delete={"Objects": objects, "Quiet": True}
        )
        if answer.get("Errors"):
            error = answer["Errors"][0]
            raise OperationError(
                f"S3 deletes no version of {error['Key']}: {error['Code']}", "see docs/operations.md"
            )
    return sum("Size" in one for one in found)
