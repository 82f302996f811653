"""The patch alarm_tags: a new alarm's tags are kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from localstack.services.cloudwatch.models import CloudWatchStore
from localstack.services.cloudwatch.provider_v2 import CloudwatchProvider

from glue_app.emulator.host.patches import alarm_tags
from glue_app.emulator.host.patches.patch import original

CONTEXT = SimpleNamespace(account_id="000000000000", region="us-east-1")
ARN = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:failed"
REQUESTS: dict[str, dict[str, Any]] = {
    "put_metric_alarm": {"AlarmName": "failed", "Period": 60, "Tags": [{"Key": "a", "Value": "b"}]},
    "put_composite_alarm": {
        "AlarmName": "failed",
        "AlarmRule": "FALSE",
        "Tags": [{"Key": "a", "Value": "b"}],
    },
}


@pytest.fixture
def provider() -> Any:
    """A CloudWatch provider whose one store is `provider.store`."""
    made = object.__new__(CloudwatchProvider)
    made.alarm_scheduler = Mock()
    made.store = CloudWatchStore()
    made.store._universal, made.store._global = {}, {}
    made.get_store = lambda *_: made.store
    return made


def tags_of(provider: Any) -> Any:
    return provider.store.TAGS.list_tags_for_resource(ARN)["Tags"]


@pytest.mark.parametrize("method", REQUESTS)
def test_localstack_still_drops_them(provider: Any, method: str) -> None:
    original(CloudwatchProvider, method)(provider, CONTEXT, dict(REQUESTS[method]))

    assert tags_of(provider) == []


@pytest.mark.parametrize("method", REQUESTS)
def test_tags_of_a_new_alarm_are_kept(provider: Any, method: str) -> None:
    alarm_tags.apply()

    getattr(CloudwatchProvider, method)(provider, CONTEXT, dict(REQUESTS[method]))

    assert tags_of(provider) == [{"Key": "a", "Value": "b"}]


def test_tags_of_an_old_alarm_stay(provider: Any) -> None:
    """On AWS, Tags count only when an alarm is created."""
    alarm_tags.apply()
    put = CloudwatchProvider.put_metric_alarm
    request: dict[str, Any] = dict(REQUESTS["put_metric_alarm"])

    put(provider, CONTEXT, dict(request))
    put(provider, CONTEXT, {**request, "Tags": [{"Key": "a", "Value": "changed"}]})

    assert tags_of(provider) == [{"Key": "a", "Value": "b"}]


def test_localstack_still_keeps_the_tags_of_a_deleted_alarm(provider: Any) -> None:
    provider.store.TAGS.tag_resource(ARN, [{"Key": "a", "Value": "b"}])

    original(CloudwatchProvider, "delete_alarms")(provider, CONTEXT, ["failed"])

    assert tags_of(provider) == [{"Key": "a", "Value": "b"}]


def test_an_alarm_made_anew_has_nothing_of_the_old_one(provider: Any) -> None:
    """Its tags are its own, as those of `terraform destroy` and another apply are."""
    alarm_tags.apply()
    put = CloudwatchProvider.put_metric_alarm
    request: dict[str, Any] = dict(REQUESTS["put_metric_alarm"])

    put(provider, CONTEXT, dict(request))
    CloudwatchProvider.delete_alarms(provider, CONTEXT, ["failed", "none"])
    assert tags_of(provider) == []

    put(provider, CONTEXT, {**request, "Tags": [{"Key": "a", "Value": "new"}]})
    assert tags_of(provider) == [{"Key": "a", "Value": "new"}]
