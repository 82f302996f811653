"""What there is, in one flat table a kind: for telling two saves apart."""

from __future__ import annotations

from typing import Any

from localstack.services.s3.models import s3_stores
from localstack.services.sns.models import sns_stores
from localstack.services.sqs.models import sqs_stores
from localstack.services.stepfunctions.backend.store import sfn_stores
from moto.logs.models import logs_backends


def inventory() -> dict[str, dict[str, str]]:
    """{kind: {name: what would differ}}; the kinds are those that only the host layer knows."""
    return {
        "s3 object": _objects(),
        "sqs queue": _queues(),
        "sns topic": _topics(),
        "execution": _executions(),
        "log group": _log_groups(),
    }


def _objects() -> dict[str, str]:
    """`bucket/key@version` → ETag; a delete marker has none."""
    found = {}
    for store in _stores(s3_stores):
        for bucket in list(store.buckets.values()):
            for each in bucket.objects.values(with_versions=True):
                name = f"{bucket.name}/{each.key}@{each.version_id or 'null'}"
                found[name] = getattr(each, "etag", None) or "delete marker"
    return found


def _queues() -> dict[str, str]:
    """ARN → how many messages are in it, those in flight and delayed included."""
    return {
        queue.arn: f"{_messages(queue)} messages"
        for store in _stores(sqs_stores)
        for queue in list(store.queues.values())
    }


def _messages(queue: Any) -> int:
    if hasattr(queue, "visible"):
        waiting = queue.visible.qsize()
    else:  # FIFO
        waiting = sum(len(group.messages) for group in list(queue.message_groups.values()))
    return int(waiting + len(queue.inflight) + len(queue.delayed))


def _topics() -> dict[str, str]:
    return {
        arn: f"{len(topic['subscriptions'])} subscriptions"
        for store in _stores(sns_stores)
        for arn, topic in list(store.topics.items())
    }


def _executions() -> dict[str, str]:
    return {
        arn: str(getattr(execution.exec_status, "value", execution.exec_status))
        for store in _stores(sfn_stores)
        for arn, execution in list(store.executions.items())
    }


def _log_groups() -> dict[str, str]:
    found = {}
    for regions in list(dict.values(logs_backends)):
        for backend in list(dict.values(regions)):
            for group in list(backend.groups.values()):
                events = sum(len(stream.events) for stream in list(group.streams.values()))
                found[group.arn] = f"{events} events"
    return found


def _stores(bundle: Any) -> list[Any]:
    return [store for _account, _region, store in list(bundle.iter_stores())]
