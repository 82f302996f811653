"""What the containers do not hold: caches, threads and counters that a restored service needs.

`save()` is kept beside the containers; `repair()` takes it when all of those are back.
"""

from __future__ import annotations

from typing import Any

from glue_app.emulator.host.patches import event_delivery

from ..containers import provider_of
from . import alarms, counters, events, executions


def save() -> dict[str, Any]:
    """Return what has to be saved beside the containers."""
    return {"counters": counters.save(), "redeliveries": event_delivery.pending()}


def repair(saved: dict[str, Any]) -> None:
    """Make the services go on. None of it may call a service: the gateway does not listen yet."""
    counters.restore(saved["counters"])
    provider_of("s3").on_after_state_load()  # its index of CORS rules
    events.restore(provider_of("events"))
    event_delivery.resume(saved["redeliveries"], provider_of("events")._target_sender_store)
    executions.end()
    alarms.schedule(provider_of("cloudwatch").alarm_scheduler)
