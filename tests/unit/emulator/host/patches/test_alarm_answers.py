"""The patch alarm_answers: what is described does not change while it is written out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from localstack.services.cloudwatch.models import CloudWatchStore
from localstack.services.cloudwatch.provider_v2 import CloudwatchProvider

from glue_app.emulator.host.patches import alarm_answers
from glue_app.emulator.host.patches.patch import original

CONTEXT = SimpleNamespace(account_id="000000000000", region="us-east-1")
ALARM = {"AlarmName": "failed", "Namespace": "jobs", "MetricName": "failures", "Period": 60}
CALLS: dict[str, dict[str, Any]] = {
    "describe_alarms": {"alarm_names": ["failed"]},
    "describe_alarms_for_metric": {"metric_name": "failures", "namespace": "jobs"},
}


@pytest.fixture
def provider() -> Any:
    """A CloudWatch provider with one alarm, `provider.alarm`."""
    made = object.__new__(CloudwatchProvider)
    made.alarm_scheduler = Mock()
    store = CloudWatchStore()
    store._universal, store._global = {}, {}
    made.get_store = lambda *_: store
    made.put_metric_alarm(CONTEXT, dict(ALARM))
    (found,) = store.alarms.values()
    made.alarm = found.alarm
    return made


def fields_after_an_evaluation(provider: Any, describe: Any, name: str) -> set[str]:
    """Describe the alarm, then evaluate it; return the fields that the evaluation added to the answer."""
    (told,) = describe(provider, CONTEXT, **CALLS[name])["MetricAlarms"]
    before = set(told)
    provider.alarm["StateReasonData"] = "{}"
    return set(told) - before


@pytest.mark.parametrize("name", CALLS)
def test_localstack_still_answers_with_the_alarm_itself(provider: Any, name: str) -> None:
    assert fields_after_an_evaluation(provider, original(CloudwatchProvider, name), name)


@pytest.mark.parametrize("name", CALLS)
def test_an_evaluation_changes_no_answer(provider: Any, name: str) -> None:
    alarm_answers.apply()

    assert not fields_after_an_evaluation(provider, getattr(CloudwatchProvider, name), name)
