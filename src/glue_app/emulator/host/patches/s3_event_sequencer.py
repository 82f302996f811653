"""S3's events say which write of a key came later: ``sequencer`` rises. LocalStack sends one constant.

Unpatched, nothing tells two versions of one key apart that were written within one second, which is all that
LastModified says. AWS documents how two are compared, and only of one key; not how they are made: here it is
the time of the write, in the length that AWS's examples have.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from localstack.services.s3.notifications import EventBridgeNotifier

from .patch import Patch, replace


def _with_sequencer(original: staticmethod[..., Any]) -> Callable[..., Any]:
    def payload(ctx: Any, config_id: Any = None) -> Any:
        entry = original.__func__(ctx, config_id)
        detail = json.loads(entry["Detail"])
        if "sequencer" in detail["object"]:  # some kinds of events have none
            detail["object"]["sequencer"] = _sequencer(ctx.event_time.timestamp())
        return {**entry, "Detail": json.dumps(detail)}

    return staticmethod(payload)


def _sequencer(seconds: float) -> str:
    microseconds = round(seconds * 1_000_000)
    return f"00{microseconds // 1_000_000:08X}{microseconds % 1_000_000:08X}"


def apply() -> None:
    replace(EventBridgeNotifier, "_get_event_payload", _with_sequencer)


PATCH = Patch(
    "s3-event-sequencer", "S3's events in EventBridge have a sequencer that rises with each write", apply
)
