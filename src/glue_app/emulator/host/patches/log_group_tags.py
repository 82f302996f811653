"""TagResource drops the tags of a log group that has none yet, DeleteLogGroup leaves those of one that goes.

Terraform would add the tags of a group that it takes over in each plan, and find those of an earlier stack.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from localstack.services.logs.models import logs_stores
from localstack.services.logs.provider import LogsProvider
from localstack.utils.aws.arns import log_group_arn
from moto.logs.models import LogsBackend

from .patch import Patch, replace


def _keeping(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def tag_resource(self: Any, context: Any, resource_arn: str, tags: Any, **others: Any) -> None:
        logs_stores[context.account_id][context.region].TAGS.setdefault(resource_arn, {})
        original(self, context, resource_arn, tags, **others)

    return tag_resource


def _keeping_by_name(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def tag_log_group(self: Any, context: Any, log_group_name: str, tags: Any, **others: Any) -> None:
        arn = log_group_arn(log_group_name, context.account_id, context.region)
        logs_stores[context.account_id][context.region].TAGS.setdefault(arn, {})
        original(self, context, log_group_name, tags, **others)

    return tag_log_group


def _forgetting(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def delete_log_group(self: Any, log_group_name: str) -> None:
        original(self, log_group_name)
        arn = log_group_arn(log_group_name, self.account_id, self.region_name)
        logs_stores[self.account_id][self.region_name].TAGS.pop(arn, None)

    return delete_log_group


def apply() -> None:
    replace(LogsProvider, "tag_resource", _keeping)
    replace(LogsProvider, "tag_log_group", _keeping_by_name)
    replace(LogsBackend, "delete_log_group", _forgetting)


PATCH = Patch("log-group-tags", "a log group without tags can be given some, and takes them along", apply)
