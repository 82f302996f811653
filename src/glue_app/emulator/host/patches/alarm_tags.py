"""PutMetricAlarm drops its Tags: the second Terraform plan would add every alarm's tags again.

And DeleteAlarms keeps them: an alarm that is made anew under that name would have the old one's.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from localstack.services.cloudwatch.provider_v2 import CloudwatchProvider
from localstack.utils.aws.arns import cloudwatch_alarm_arn

from .patch import Patch, replace


def _tagging(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def put_alarm(self: Any, context: Any, request: Any) -> None:
        original(self, context, request)
        name = request["AlarmName"]
        arn = cloudwatch_alarm_arn(name, account_id=context.account_id, region_name=context.region)
        store = self.get_store(context.account_id, context.region)
        # tags count only when the alarm is created; later changes go through TagResource
        if request.get("Tags") and not store.TAGS.list_tags_for_resource(arn).get("Tags"):
            store.TAGS.tag_resource(arn, request["Tags"])

    return put_alarm


def _forgetting(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def delete_alarms(self: Any, context: Any, alarm_names: list[str], **others: Any) -> None:
        original(self, context, alarm_names, **others)
        store = self.get_store(context.account_id, context.region)
        for name in alarm_names:
            arn = cloudwatch_alarm_arn(name, account_id=context.account_id, region_name=context.region)
            if arn in store.TAGS.tags:
                store.TAGS.del_resource(arn)

    return delete_alarms


def apply() -> None:
    replace(CloudwatchProvider, "put_metric_alarm", _tagging)
    replace(CloudwatchProvider, "put_composite_alarm", _tagging)
    replace(CloudwatchProvider, "delete_alarms", _forgetting)


PATCH = Patch("alarm-tags", "an alarm keeps the tags it is made with, until it is deleted", apply)
