"""moto has no AssociateKmsKey: Terraform can't take over a log group that a service made, and encrypt it.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html
"""

from __future__ import annotations

from typing import Any

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.responses import LogsResponse

from .patch import Patch


def associate_kms_key(self: Any) -> str:
    _group(self).kms_key_id = self._get_param("kmsKeyId")
    return ""


def disassociate_kms_key(self: Any) -> str:
    _group(self).kms_key_id = None
    return ""


def _group(response: Any) -> Any:
    """Return the group that is named, or whose ARN is given (resourceIdentifier)."""
    arn = response._get_param("resourceIdentifier") or ""
    name = response._get_param("logGroupName") or arn.partition(":log-group:")[2].removesuffix(":*")
    if name not in response.logs_backend.groups:
        raise ResourceNotFoundException
    return response.logs_backend.groups[name]


def apply() -> None:
    LogsResponse.associate_kms_key = associate_kms_key
    LogsResponse.disassociate_kms_key = disassociate_kms_key


PATCH = Patch("log-group-key", "a log group's key can be changed: AssociateKmsKey, DisassociateKmsKey", apply)
