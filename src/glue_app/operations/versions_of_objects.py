"""Versions of objects in the Silver bucket that nobody reads any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from glue_app.operations.deployment import Deployment
from glue_app.operations.errors import OperationError

_MOST = 1000
"""Of one DeleteObjects."""


def delete_past(deployment: Deployment, prefix: str) -> int:
    """Delete every version that is not the current one, and what has a delete marker. Return how many.

    What is current stays, so this harms no reader and no writer.
    """
    found = deployment.versions(deployment.silver, prefix)
    return _delete(deployment, (one for one in found if not one["IsLatest"] or "Size" not in one))


def delete_all(deployment: Deployment, key: str) -> int:
    """Delete an object with all its versions. Return how many there were."""
    found = deployment.versions(deployment.silver, key)
    return _delete(deployment, (one for one in found if one["Key"] == key))


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
