"""S3 hands EventBridge the object's key as it is; LocalStack URL-encodes it, as in S3's other notifications.

Unpatched, a pipeline that decodes keys works here and fails on AWS for `50%off.csv`, and one that does not
fails here for every key with a space or Japanese.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from localstack.services.s3.notifications import EventBridgeNotifier

from .patch import Patch, replace


def _with_raw_key(original: staticmethod[..., Any]) -> Callable[..., Any]:
    def payload(ctx: Any, config_id: Any = None) -> Any:
        return original.__func__(dataclasses.replace(ctx, key_name=unquote(ctx.key_name)), config_id)

    return staticmethod(payload)


def apply() -> None:
    replace(EventBridgeNotifier, "_get_event_payload", _with_raw_key)


PATCH = Patch("s3-event-key", "S3's events in EventBridge carry the raw key, not URL-encoded", apply)
