"""Session Manager's preferences: the inputs of the account's document SSM-SessionManagerRunShell.

https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-configure-preferences.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glue_app.emulator.service.scope import Scope
from glue_app.emulator.ssm import documents
from glue_app.emulator.ssm.exceptions import InvalidDocument

#: minutes; AWS allows 1 to 60 for the first and 1 to 1,440 for the second
DEFAULT_IDLE_TIMEOUT = 20
_MAX_IDLE_TIMEOUT, _MAX_DURATION = 60, 1440


@dataclass(frozen=True)
class Preferences:
    """Durations in minutes; None: no limit, no encryption with a key of the account."""

    idle_timeout: int = DEFAULT_IDLE_TIMEOUT
    max_duration: int | None = None
    kms_key_id: str | None = None

    @classmethod
    def of_inputs(cls, inputs: Mapping[str, Any]) -> Preferences:
        return cls(
            _minutes(inputs.get("idleSessionTimeout"), _MAX_IDLE_TIMEOUT) or DEFAULT_IDLE_TIMEOUT,
            _minutes(inputs.get("maxSessionDuration"), _MAX_DURATION),
            inputs.get("kmsKeyId") or None,
        )


def find(scope: Scope) -> Preferences:
    """Those of the account and region; AWS's defaults where it has no such document."""
    try:
        document = documents.find(scope, documents.PREFERENCES)
    except InvalidDocument:
        return Preferences()
    return Preferences.of_inputs(document.inputs)


def _minutes(text: Any, most: int) -> int | None:
    """AWS writes a number as a string, empty for none. What is no number of minutes counts as none."""
    value = str(text or "")
    return int(value) if value.isdigit() and 1 <= int(value) <= most else None
